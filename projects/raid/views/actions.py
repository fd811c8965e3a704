"""Actions: the list, and the forms behind it."""

import re
from typing import Any

from django.utils.translation import gettext_lazy as _

from projects.hierarchy import records
from projects.hierarchy.views.base import EDIT_REGISTERS, ProjectEditPage, RowDeletePage, RowEditPage
from projects.raid import services
from projects.raid.forms.registers import ActionForm
from projects.raid.models import Action, Decision, Issue, Risk
from projects.raid.selectors import actions, actions_then
from projects.raid.views.base import ClosePage, RegisterTab

TAB = "projects:action-list"


class ActionList(RegisterTab):
    template = "projects/raid/action_list.html"
    register = "action"
    kinds = (Action, Risk, Issue, Decision)

    def rows(self) -> list[Action]:
        return actions_then(self.trail) if self.trail else actions(self.project)


class ActionCreate(ProjectEditPage):
    """`?origin=decision:12` says what it comes from."""

    title = _("New action")
    saved_message = _("Action added")
    permission = EDIT_REGISTERS
    back = TAB

    def get_target(self) -> None:
        return None

    def get_form(self, data: Any = None) -> ActionForm:
        asked = self.request.GET.get("origin", "")
        origin = asked if re.fullmatch(r"(risk|issue|decision):\d{1,18}", asked) else ""
        return ActionForm(data, project=self.project, origin=origin)

    def save(self, form: Any, version: int | None) -> Action:
        return services.create_action(project=self.project, by=self.user, on=self.on, **rows_of(form.changes()))


class ActionEdit(RowEditPage):
    title = _("Edit the action")
    saved_message = _("Action saved")
    permission = EDIT_REGISTERS
    row_model = Action
    back = TAB

    def get_form(self, data: Any = None) -> ActionForm:
        return ActionForm(data, instance=self.object, project=self.project)

    def save(self, form: Any, version: int | None) -> Action:
        return services.update_action(
            action=self.row, by=self.user, version=version or 0, changes=rows_of(form.changes()), on=self.on
        )

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(delete_url=f"/actions/{self.row.pk}/delete/", **extra)


class ActionClose(ClosePage):
    title = _("Mark the action as done")
    button = _("Mark as done")
    deleted_message = _("Action done")
    explanation = _("It stays in the register as done today. You can take it up again by editing it.")
    model = Action
    back = TAB

    def delete_object(self) -> None:
        services.update_action(
            action=self.object, by=self.user, version=self.object.version, changes={"status": Action.Status.DONE}, on=self.on
        )  # fmt: skip


class ActionDelete(RowDeletePage):
    title = _("Delete the action")
    model = Action
    back = TAB

    def delete_object(self) -> None:
        services.delete_action(action=self.object, by=self.user, version=self.object.version, on=self.on)


def rows_of(changes: dict[str, Any]) -> dict[str, Any]:
    """The changes with the row of the origin in place of its id; the form has offered those of the project alone."""
    kinds: dict[str, Any] = {"risk": Risk, "issue": Issue, "decision": Decision}
    return changes | {
        name: kind.objects.filter(pk=changes[name]).first() for name, kind in kinds.items() if changes[name] is not None
    }


records.add("action", Action, tab=TAB)
