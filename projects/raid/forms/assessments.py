"""The form of an independent review."""

from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import Segments, comfortable
from projects.hierarchy.forms import FactForm
from projects.raid.models import Assessment

# What each level means (NZ Treasury, Gateway review reports: domain.md §2.8.2).
MEANINGS = _(
    "Green: delivery to time, cost and quality is highly likely. Amber/green: probable. Amber: feasible, with significant "
    "issues. Amber/red: in doubt. Red: appears unachievable."
)


class AssessmentForm(FactForm):
    """How confident the reviewer is, why, and what should be done."""

    class Meta:
        model = Assessment
        fields = ("rating", "summary", "recommendations", "assessed_on", "scale", "reviewer", "reviewer_name")
        widgets: ClassVar[dict[str, Any]] = {
            "summary": forms.Textarea(attrs={"rows": 4}),
            "recommendations": forms.Textarea(attrs={"rows": 5}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("rating", "scale"):
            old: Any = self.fields[name]
            choices = [(value, words) for value, words in old.choices if value]
            field = forms.ChoiceField(
                label=capfirst(str(old.label)), choices=choices, initial=old.initial, widget=Segments
            )
            field.wide = True  # type: ignore[attr-defined]
            self.fields[name] = field
        self.fields["rating"].help_text = MEANINGS
        self.fields["reviewer"].help_text = _("You, unless somebody else is named.")
        comfortable(self)

    def _get_validation_exclusions(self) -> set[str]:
        """What spans fields (who reviewed, a rating of its scale) is for the service and the database."""
        return super()._get_validation_exclusions() | {"reviewer_name", "scale"}  # type: ignore[misc]
