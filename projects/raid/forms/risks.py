"""Forms of risks."""

from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import Segments, comfortable
from projects.hierarchy.forms import FactForm
from projects.raid.models import Risk

SCALE = [(1, _("1 – very low")), (2, _("2 – low")), (3, _("3 – medium")), (4, _("4 – high")), (5, _("5 – very high"))]


class RiskForm(FactForm):
    """A risk, before and after its response."""

    probability = forms.TypedChoiceField(label=capfirst(_("likelihood")), choices=SCALE, coerce=int, widget=Segments)
    impact = forms.TypedChoiceField(label=capfirst(_("impact")), choices=SCALE, coerce=int, widget=Segments)

    class Meta:
        model = Risk
        fields = (
            "title", "title_en", "kind", "status", "probability", "impact", "residual_probability", "residual_impact",
            "owner", "due_date", "response", "last_reviewed_on", "description", "response_note", "code",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = {
            "description": forms.Textarea(attrs={"rows": 3}),
            "response_note": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("probability", "impact"):
            self.fields[name].wide = True  # type: ignore[attr-defined]
        for name in ("residual_probability", "residual_impact"):
            old = self.fields[name]
            choices = [("", _("not assessed")), *SCALE]
            self.fields[name] = forms.TypedChoiceField(
                label=old.label, choices=choices, coerce=int, empty_value=None, required=False
            )
        comfortable(self)
