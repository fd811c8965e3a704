"""Requests and answers taken back: what a project asked by who may ask, what was answered by who may answer."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pmo_portal.core import undo
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.hierarchy.models import Project
from projects.hierarchy.services import restoring
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.services.crowding import hold_people
from projects.resources.services.months import touch

ANSWERED = frozenset({"answer", "answered_by", "answered_on", "granted"})


def right_for(event: AuditEvent) -> str:
    return ANSWER_ALLOCATION if ANSWERED & event.changes.keys() and event.action != "delete" else REQUEST_ALLOCATION


class OfRequest(restoring.FactWay):
    """A request and its months are one: what was answered needs the right to answer."""

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        if not by.has_perm(right_for(event), row.project):
            raise undo.not_allowed()

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        project = Project.objects.filter(pk=event.project_id or 0).first()
        return project is not None and user.has_perm(right_for(event), project)


class AllocationWay(OfRequest):
    model = Allocation
    actions = frozenset({"create", "update", "answer", "undo", "delete"})

    def hold(self, event: AuditEvent) -> None:
        super().hold(event)
        hold_people(pk for pk in event.changes.get("person", ()) if isinstance(pk, int))


class MonthWay(OfRequest):
    """The request whose months change is another version of itself; one that is gone takes them with it."""

    model = AllocationMonth

    def done(self, row: AllocationMonth, names: Iterable[str], *, by: User, on: date) -> None:
        touch(list(Allocation.objects.filter(pk=row.allocation_id)), by=by)
        super().done(row, names, by=by, on=on)


undo.ways.add("projects.Allocation", AllocationWay())
undo.ways.add("projects.AllocationMonth", MonthWay())
