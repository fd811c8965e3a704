"""Forms of issues and actions."""

from typing import Any, ClassVar

from django import forms
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import Segments, comfortable
from projects.hierarchy.forms import FactForm
from projects.hierarchy.models import Project
from projects.raid.forms.risks import SCALE
from projects.raid.models import Action, Issue
from projects.raid.models.action import ORIGINS
from projects.raid.selectors import origins

LONG = {"description": forms.Textarea(attrs={"rows": 3})}
NAMES = {"risk": _("Risks"), "issue": _("Issues"), "decision": _("Decisions")}


def one_to_five(form: forms.ModelForm, name: str) -> None:
    """Five steps side by side in place of a number to type."""
    old = form.fields[name]
    field = forms.TypedChoiceField(
        label=capfirst(str(old.label)), choices=SCALE, coerce=int, initial=old.initial, widget=Segments
    )
    field.wide = True  # type: ignore[attr-defined]
    form.fields[name] = field


class IssueForm(FactForm):
    """An issue; the day it was resolved follows from its status."""

    class Meta:
        model = Issue
        fields = (
            "title", "title_en", "status", "owner", "urgency", "impact", "size", "due_date", "description", "code",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = LONG

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        one_to_five(self, "urgency")
        one_to_five(self, "impact")
        self.fields["size"] = forms.TypedChoiceField(
            label=self.fields["size"].label, choices=[("", _("not assessed")), *SCALE], coerce=int, empty_value=None,
            required=False,
        )  # fmt: skip
        comfortable(self)


class ActionForm(FactForm):
    """An action; what it comes from is one choice among the risks, issues and decisions of its project."""

    origin = forms.ChoiceField(label=capfirst(_("comes from")), required=False)

    class Meta:
        model = Action
        fields = (
            "title", "title_en", "status", "owner", "priority", "due_date", "percent_complete", "description", "code",
        )  # fmt: skip
        widgets: ClassVar[dict[str, Any]] = LONG

    def __init__(self, *args: Any, project: Project, origin: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        one_to_five(self, "priority")
        held = next((f"{name}:{pk}" for name in ORIGINS if (pk := getattr(self.instance, f"{name}_id"))), origin)
        field: Any = self.fields["origin"]
        field.choices = [("", "–"), *choices_of_origin(project)]
        self.initial["origin"] = held
        self.order_fields(
            ["title", "title_en", "status", "owner", "priority", "due_date", "percent_complete", "origin"]
        )
        comfortable(self)

    def changes(self) -> dict[str, Any]:
        """The fields of the action, its origin as the one of three that is meant."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "origin"}
        kind, _colon, pk = self.cleaned_data["origin"].partition(":")
        return given | dict.fromkeys(ORIGINS) | ({kind: int(pk)} if pk else {})


def choices_of_origin(project: Project) -> list[tuple[Any, list[tuple[str, str]]]]:
    """The risks, issues and decisions of the project under their headings."""
    found = origins(project).items()
    return [(NAMES[name], [(f"{name}:{pk}", label) for pk, label in rows]) for name, rows in found if rows]
