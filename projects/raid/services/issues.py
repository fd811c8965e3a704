"""Issues: create, change, delete."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pmo_portal.core import editing, undo
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project, restoring
from projects.raid.models import Issue
from projects.raid.services.entries import next_code, with_its_day

FIELDS = frozenset(
    {"code", "external_ref", "title", "title_en", "description", "status", "urgency", "impact", "size", "owner"}
    | {"due_date", "closed_on"}
)


def create_issue(*, project: Project, by: User, on: date, **fields: Any) -> Issue:
    """An issue, numbered I1, I2… in its project unless it has a code."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        fields["code"] = fields.get("code") or next_code(Issue, held)
        fields = with_its_day(fields, Issue(), field="closed_on", ended=Issue.ENDED, on=on)
        issue = editing.create(Issue(project=held, **fields), by=by, project_id=held.pk)
        facts_changed(held, on=on)
        return issue


def update_issue(*, issue: Issue, by: User, version: int, changes: Mapping[str, Any], on: date) -> Issue:
    """Change an issue. The day it was resolved comes and goes with its status."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(issue.project_id)
        row = editing.lock(Issue, issue.pk, version=version, changes=changes)
        changes = with_its_day(changes, row, field="closed_on", ended=Issue.ENDED, on=on)
        if editing.write(row, by=by, changes=changes, project_id=held.pk):
            facts_changed(held, on=on)
        return row


def delete_issue(*, issue: Issue, by: User, version: int, on: date) -> None:
    """Delete an issue; the actions that came from it stay, without their origin."""
    with editing.writing():
        held = hold_project(issue.project_id)
        editing.delete(issue, by=by, version=version, project_id=held.pk)
        facts_changed(held, on=on)


class IssueWay(restoring.FactWay):
    model = Issue
    permission = "projects.edit_registers"


undo.ways.add("projects.Issue", IssueWay())
