"""Forms of milestones."""

from typing import Any

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import DateField, comfortable
from projects.hierarchy.forms import FactForm
from projects.planning.models import Milestone


class MilestoneForm(FactForm):
    """Everything about a milestone."""

    class Meta:
        model = Milestone
        fields = (
            "name", "name_en", "code", "is_key", "is_fixed", "baseline_date", "forecast_date", "actual_date", "weight", "owner",
            "position",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["position"].required = False
        comfortable(self)

    def clean_position(self) -> int:
        """Left empty: at the end of the list for a new one, where it was otherwise."""
        given = self.cleaned_data.get("position")
        return given if given is not None else self.initial.get("position") or 0


class DatesForm(forms.Form):
    """The two dates that change in the table."""

    forecast_date = DateField(label=capfirst(_("forecast")), required=False)
    actual_date = DateField(label=capfirst(_("actual")), required=False)
