"""Actions: create, change, delete."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pmo_portal.core import editing, undo
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project, restoring
from projects.raid.models import Action
from projects.raid.models.action import ORIGINS
from projects.raid.services.entries import check_in_project, next_code, with_its_day

FIELDS = frozenset(
    {"code", "external_ref", "title", "title_en", "description", "status", "priority", "owner", "due_date", "done_on"}
    | {"percent_complete", *ORIGINS}
)
DONE = (Action.Status.DONE.value,)


def create_action(*, project: Project, by: User, on: date, **fields: Any) -> Action:
    """An action, numbered A1, A2… in its project unless it has a code; it may come from one risk, issue or decision of it."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        check_in_project(held, fields, ORIGINS)
        fields["code"] = fields.get("code") or next_code(Action, held)
        action = editing.create(Action(project=held, **finished(fields, Action(), on=on)), by=by, project_id=held.pk)
        facts_changed(held, on=on)
        return action


def update_action(*, action: Action, by: User, version: int, changes: Mapping[str, Any], on: date) -> Action:
    """Change an action. The day it was done comes and goes with its status, and so does its last percent."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(action.project_id)
        check_in_project(held, changes, ORIGINS)
        row = editing.lock(Action, action.pk, version=version, changes=changes)
        if editing.write(row, by=by, changes=finished(changes, row, on=on), project_id=held.pk):
            facts_changed(held, on=on)
        return row


def delete_action(*, action: Action, by: User, version: int, on: date) -> None:
    with editing.writing():
        held = hold_project(action.project_id)
        editing.delete(action, by=by, version=version, project_id=held.pk)
        facts_changed(held, on=on)


def finished(changes: Mapping[str, Any], row: Action, *, on: date) -> dict[str, Any]:
    """The changes with what follows from being done: its day and 100 %; taken up again, how far it is is not known any more."""
    changes = with_its_day(changes, row, field="done_on", ended=DONE, on=on)
    if changes.get("status", row.status) in DONE:
        changes["percent_complete"] = 100
    elif row.status in DONE and changes.get("percent_complete") in (None, 100):
        changes["percent_complete"] = None
    return changes


class ActionWay(restoring.FactWay):
    """What an action came from may be gone meanwhile: then it cannot be pointed at again, and the field says so."""

    model = Action
    permission = "projects.edit_registers"


undo.ways.add("projects.Action", ActionWay())
