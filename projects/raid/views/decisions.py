"""Decisions: the list with options and verdicts, the question's form, and the steps of its life."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _

from pmo_portal.core.models import User
from projects.access.policy import TAKE_DECISION
from projects.hierarchy import records
from projects.hierarchy.models import Project
from projects.hierarchy.views.base import EDIT_REGISTERS, ProjectEditPage, RowDeletePage, RowEditPage
from projects.hierarchy.visibility import Access
from projects.raid import services
from projects.raid.forms.decisions import DecisionForm, LapseForm, ReopenForm, ScheduleForm, TakeForm
from projects.raid.models import Decision, DecisionOption
from projects.raid.selectors import decisions, decisions_then
from projects.raid.views.base import RegisterTab

TAB = "projects:decision-list"


class DecisionList(RegisterTab):
    template = "projects/raid/decision_list.html"
    register = "decision"
    kinds = (Decision, DecisionOption)

    def rows(self) -> list[Decision]:
        return decisions_then(self.trail) if self.trail else decisions(self.project)

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(amounts=Access.of(self.user).sees("budget", self.project), **extra)


def currency_for(user: User, project: Project) -> str:
    """The currency of the project's amounts; "" for who does not see them."""
    return str(project.currency) if Access.of(user).sees("budget", project) else ""


class DecisionCreate(ProjectEditPage):
    template = "projects/raid/decision_edit.html"
    title = _("Ask for a decision")
    saved_message = _("Decision asked for")
    permission = EDIT_REGISTERS
    back = TAB

    def get_target(self) -> None:
        return None

    def get_form(self, data: Any = None) -> DecisionForm:
        return DecisionForm(data, amounts=currency_for(self.user, self.project))

    def save(self, form: Any, version: int | None) -> Decision:
        return services.create_decision(
            project=self.project, by=self.user, on=self.on, options=form.choices() or (), **form.changes()
        )


class DecisionEdit(RowEditPage):
    template = "projects/raid/decision_edit.html"
    title = _("Edit the decision")
    saved_message = _("Decision saved")
    permission = EDIT_REGISTERS
    row_model = Decision
    back = TAB

    def get_form(self, data: Any = None) -> DecisionForm:
        return DecisionForm(
            data, instance=self.object, amounts=currency_for(self.user, self.project),
            options=self.object.options.all(),
        )  # fmt: skip

    def save(self, form: Any, version: int | None) -> Decision:
        return services.update_decision(
            decision=self.row, by=self.user, version=version or 0, changes=form.changes(), options=form.choices(), on=self.on
        )  # fmt: skip

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=f"/decisions/{self.row.pk}/delete/", **extra)


class DecisionStep(RowEditPage):
    """One step in the life of a decision, through one form."""

    template = "projects/raid/decision_step.html"
    permission = EDIT_REGISTERS
    row_model = Decision
    back = TAB
    step: ClassVar[Callable[..., Decision]]
    button: ClassVar[Any]

    def first(self) -> dict[str, Any]:
        """What the form starts with."""
        return {}

    def get_form(self, data: Any = None) -> Any:
        return self.form_class(data, initial=self.first())

    def save(self, form: Any, version: int | None) -> Decision:
        return type(self).step(decision=self.row, by=self.user, version=version or 0, on=self.on, **form.cleaned_data)


class DecisionTake(DecisionStep):
    title = _("Write down what was decided")
    button = _("Write it down")
    saved_message = _("Decision written down")
    permission = TAKE_DECISION
    form_class = TakeForm
    step = services.take_decision

    def first(self) -> dict[str, Any]:
        return {"taken_on": self.on}


class DecisionSchedule(DecisionStep):
    title = _("Put on an agenda")
    button = _("Put on the agenda")
    saved_message = _("Put on the agenda")
    form_class = ScheduleForm
    step = services.schedule_decision

    def first(self) -> dict[str, Any]:
        return {"scheduled_for": self.row.scheduled_for or self.row.needed_by, "committee": self.row.committee}


class DecisionLapse(DecisionStep):
    title = _("No longer needed")
    button = _("Give the decision up")
    saved_message = _("Decision given up")
    form_class = LapseForm
    step = services.lapse_decision


class DecisionReopen(DecisionStep):
    title = _("Ask again")
    button = _("Ask again")
    saved_message = _("Decision asked for again")
    form_class = ReopenForm
    step = services.ask_decision_again


class DecisionDelete(RowDeletePage):
    title = _("Delete the decision")
    model = Decision
    back = TAB

    def delete_object(self) -> None:
        services.delete_decision(decision=self.object, by=self.user, version=self.object.version, on=self.on)


records.add("decision", Decision, tab=TAB)
records.add("option", DecisionOption, tab=TAB)
