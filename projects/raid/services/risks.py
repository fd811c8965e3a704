"""Risks: create, change, delete."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pmo_portal.core import editing, undo
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project, restoring
from projects.raid.models import Risk
from projects.raid.services.entries import next_code

FIELDS = frozenset(
    {"code", "external_ref", "title", "title_en", "description", "kind", "status", "owner", "response", "response_note"}
    | {"probability", "impact", "residual_probability", "residual_impact", "due_date", "last_reviewed_on"}
)


def create_risk(*, project: Project, by: User, on: date, **fields: Any) -> Risk:
    """A risk, numbered R1, R2… in its project unless it has a code; it counts as reviewed on the day it is entered."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        fields = {"last_reviewed_on": on, **fields}
        fields["code"] = fields.get("code") or next_code(Risk, held)
        risk = editing.create(Risk(project=held, **fields), by=by, project_id=held.pk)
        facts_changed(held, on=on)
        return risk


def update_risk(*, risk: Risk, by: User, version: int, changes: Mapping[str, Any], on: date) -> Risk:
    """Change a risk; closing it is a change of status."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(risk.project_id)
        row = editing.lock(Risk, risk.pk, version=version, changes=changes)
        if editing.write(row, by=by, changes=changes, project_id=held.pk):
            facts_changed(held, on=on)
        return row


def delete_risk(*, risk: Risk, by: User, version: int, on: date) -> None:
    with editing.writing():
        held = hold_project(risk.project_id)
        editing.delete(risk, by=by, version=version, project_id=held.pk)
        facts_changed(held, on=on)


class RiskWay(restoring.FactWay):
    model = Risk
    permission = "projects.edit_registers"


undo.ways.add("projects.Risk", RiskWay())
