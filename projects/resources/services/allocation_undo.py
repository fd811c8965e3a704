"""Requests and answers taken back: what a project asked by who may ask, what was answered by who may answer."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Sum

from pmo_portal.core import undo
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.hierarchy.models import Project
from projects.hierarchy.services import restoring
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors import reach
from projects.resources.selectors.time import firmly_given
from projects.resources.services.crowding import Given, crowded_by, hold_people
from projects.resources.services.months import touch

NOTHING = Decimal(0)
ANSWERED = frozenset({"answer", "answered_by", "answered_on", "granted"})


def right_for(event: AuditEvent) -> str:
    """What was answered is for who answers, and so is what a part took along: nobody else makes parts of a request."""
    answered = event.action != "delete" and bool(ANSWERED & event.changes.keys())
    if event.target_type == Allocation._meta.label:
        answered |= event.action == "answer" or (event.action == "undo" and moves_an_answer(event))
    return ANSWER_ALLOCATION if answered or of_a_part(event) else REQUEST_ALLOCATION


def moves_an_answer(event: AuditEvent) -> bool:
    """Whether taking this back again says who does it, or answers: what the project moves is between confirmed and changed."""
    states = set(event.changes.get("status", ())) - set(Allocation.GRANTED)
    return bool(states) or bool({"person", "unit"} & event.changes.keys())


def of_a_part(event: AuditEvent) -> bool:
    """Whether the event made a part of a request, or moved months in the course of making one (`judge` asks once for many)."""
    if event.action == "create" and event.target_type == Allocation._meta.label:
        return any(event.changes.get("origin", ()))
    if event.target_type != AllocationMonth._meta.label:
        return False
    known: bool | None = getattr(event, "of_part", None)
    return bool(made_parts({event.request_id})) if known is None else known


def made_parts(requests: Collection[str]) -> set[str]:
    """Those of these requests of the portal that made a part of a request for people: one statement."""
    made = AuditEvent.objects.filter(
        request_id__in=set(requests) - {""},
        target_type=Allocation._meta.label,
        action="create",
        changes__has_key="origin",
    )
    return set(made.values_list("request_id", flat=True))


def given_to_people(ids: Collection[int]) -> dict[tuple[int, date, bool], Decimal]:
    """{(person, month, whether per cent): what these requests firmly put on them}."""
    rows = firmly_given(AllocationMonth.objects.filter(allocation__in=ids, allocation__person__isnull=False)).order_by()
    sums = rows.values("allocation__person", "month", "allocation__measure").annotate(sum=Sum("granted"))
    return {
        (one["allocation__person"], one["month"], one["allocation__measure"] == Allocation.Measure.PERCENT): one["sum"]
        for one in sums
    }


class OfRequest(restoring.FactWay):
    """A request and its months are one: what was answered needs the right to answer.

    What comes back on somebody needs room like a confirmation: others may have given them work since.
    """

    def requests_of(self, events: Sequence[AuditEvent]) -> set[int]:
        """The requests these events are about, gone ones included."""
        raise NotImplementedError

    def judge(self, events: Sequence[AuditEvent], *, by: User) -> Callable[[], None]:
        parts = made_parts({event.request_id for event in events})
        for event in events:
            event.of_part = event.request_id in parts  # type: ignore[attr-defined]
        ids = self.requests_of(events)
        people = set(Allocation.objects.filter(pk__in=ids).values_list("person", flat=True))
        hold_people(people | {pk for event in events for pk in event.changes.get("person", ()) if isinstance(pk, int)})
        before = given_to_people(ids)

        def room() -> None:
            after = given_to_people(ids)
            given = [
                Given(pk, month, before.get(key, NOTHING), after.get(key, NOTHING), percent)
                for key in before | after
                for pk, month, percent in (key,)
            ]
            if full := crowded_by(given, without=ids, by=by, written=True):
                raise undo.CannotUndo(" ".join(full.values()))

        return room

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        right = right_for(event)
        if not by.has_perm(right, row.project) or (right == ANSWER_ALLOCATION and not self.theirs(row, event, by)):
            raise undo.not_allowed()

    def theirs(self, row: Any, event: AuditEvent, by: User) -> bool:
        """Whether the people it was given to, before and after, are those they answer for."""
        request = row if isinstance(row, Allocation) else row.allocation
        units = reach.reach(by, ANSWER_ALLOCATION, request.project)
        if units is None:
            return True
        people, named = (
            [pk for pk in event.changes.get(name, ()) if isinstance(pk, int)] for name in ("person", "unit")
        )
        refusing = Allocation.Status.REFUSED in event.changes.get("status", ())[:1]
        return (
            reach.answered_by(units, request, people)
            and units.issuperset(named)
            and (not refusing or request.unit_id in units)
        )

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        project = Project.objects.filter(pk=event.project_id or 0).first()
        return project is not None and user.has_perm(right_for(event), project)


class AllocationWay(OfRequest):
    model = Allocation
    actions = frozenset({"create", "update", "answer", "undo", "delete"})

    def requests_of(self, events: Sequence[AuditEvent]) -> set[int]:
        return {event.target_id for event in events}


class MonthWay(OfRequest):
    """The request whose months change is another version of itself; one that is gone takes them with it."""

    model = AllocationMonth

    def requests_of(self, events: Sequence[AuditEvent]) -> set[int]:
        there = AllocationMonth.objects.filter(pk__in=[event.target_id for event in events])
        gone = {pk for event in events for pk in event.changes.get("allocation", ()) if isinstance(pk, int)}
        return gone | set(there.values_list("allocation", flat=True))

    def done(self, row: AllocationMonth, names: Iterable[str], *, by: User, on: date) -> None:
        touch(list(Allocation.objects.filter(pk=row.allocation_id)), by=by)
        super().done(row, names, by=by, on=on)


undo.ways.add("projects.Allocation", AllocationWay())
undo.ways.add("projects.AllocationMonth", MonthWay())
