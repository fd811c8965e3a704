"""What can be changed on many projects at once: one small form each, and the right it asks on every project."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django import forms
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.forms import AmountField, Combobox, DateField
from pmo_portal.core.models import User
from projects.access.policy import CREATE_PROJECT, DELETE_PROJECT, EDIT_PROJECT
from projects.hierarchy.forms import NodeChoice, PriorityField
from projects.hierarchy.models import Project
from projects.hierarchy.selectors import nodes_where
from projects.resources.models import Person

UNCHANGED = ("", _("Leave as it is"))


class BulkForm(forms.Form):
    """`button` and `icon` draw it in the selection bar; `changes` is what the service is given."""

    title: ClassVar[str | Promise]
    button: ClassVar[str | Promise]
    icon: ClassVar[str]
    right: ClassVar[str] = EDIT_PROJECT

    def __init__(self, data: Any = None, *, by: User) -> None:
        super().__init__(data)
        self.by = by

    @property
    def changes(self) -> Mapping[str, Any]:
        """{field of a project: new value} of a valid form."""
        return self.cleaned_data


class ManagerForm(BulkForm):
    """Who manages the selected projects."""

    title = _("Change the project manager")
    button, icon = _("Manager"), "users"
    project_manager = forms.ModelChoiceField(
        Person.objects.order_by("name", "pk"),
        label=_("Project manager"),
        required=False,
        empty_label=_("Nobody"),
        widget=Combobox,
    )


class PhaseForm(BulkForm):
    """The phase of the selected projects."""

    title = _("Change the phase")
    button, icon = _("Phase"), "layers"
    phase = forms.CharField(label=_("Phase"), max_length=80, required=False)


class StateForm(BulkForm):
    """A step in their life: the rules of each project decide whether it may take it."""

    title = _("Change the state")
    button, icon = _("State"), "flag"
    state = forms.ChoiceField(label=_("State"), choices=Project.State.choices)
    resume_date = DateField(
        label=capfirst(_("resume date")), required=False, help_text=_("Only for projects put on hold.")
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("state") == Project.State.SUSPENDED and not data.get("resume_date"):
            self.add_error("resume_date", _("A project on hold needs the date it resumes."))
        return data

    @property
    def changes(self) -> Mapping[str, Any]:
        data = self.cleaned_data
        return data if data["state"] == Project.State.SUSPENDED else {"state": data["state"]}


class SteeringForm(BulkForm):
    """How they are steered; what is left empty stays as it is."""

    title = _("Change how the projects are steered")
    button, icon = _("Steering"), "scale"
    must_win = forms.TypedChoiceField(
        label=capfirst(_("must-win")),
        choices=(UNCHANGED, ("yes", _("yes")), ("no", _("no"))),
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    priority = PriorityField(nothing=UNCHANGED[1])
    confidentiality = forms.ChoiceField(
        label=capfirst(_("confidentiality")), choices=(UNCHANGED, *Project.Confidentiality.choices), required=False
    )
    size = forms.ChoiceField(label=capfirst(_("size")), choices=(UNCHANGED, *Project.Size.choices), required=False)
    delivery_mode = forms.ChoiceField(
        label=capfirst(_("delivery mode")), choices=(UNCHANGED, *Project.DeliveryMode.choices), required=False
    )
    investment_class = forms.ChoiceField(
        label=capfirst(_("investment class")), choices=(UNCHANGED, *Project.InvestmentClass.choices), required=False
    )
    category = forms.CharField(label=capfirst(_("category")), max_length=120, required=False)
    tolerance_time = AmountField(
        label=capfirst(_("schedule tolerance, points")), required=False, min_value=0, max_digits=5, decimal_places=2
    )
    tolerance_cost = AmountField(
        label=capfirst(_("cost tolerance, points")), required=False, min_value=0, max_digits=5, decimal_places=2
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not self.given(data):
            raise forms.ValidationError(_("Choose at least one thing to change."))
        return data

    @property
    def changes(self) -> Mapping[str, Any]:
        return self.given(self.cleaned_data)

    @staticmethod
    def given(data: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value not in (None, "")}


class PlaceForm(BulkForm):
    """Where they go, with their parts."""

    title = _("Move the projects")
    button, icon = _("Move"), "folder-kanban"
    right = DELETE_PROJECT  # the PMO's, as for one project; the destination is checked by the service

    def __init__(self, data: Any = None, *, by: User) -> None:
        super().__init__(data, by=by)
        self.fields["node"] = NodeChoice(nodes_where(by, CREATE_PROJECT), label=capfirst(_("portfolio or programme")))


BULK_FORMS: dict[str, type[BulkForm]] = {
    "manager": ManagerForm,
    "state": StateForm,
    "phase": PhaseForm,
    "steering": SteeringForm,
    "move": PlaceForm,
}
