"""Keep the picture up to date: gather what is stale, then answer it in batches, one transaction each (as for health).

A batch that fails is given back and tried one by one; attempts are counted and committed before they start.
"""

import logging
import time
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.utils import timezone

from pmo_portal.core import events, patience, work
from pmo_portal.core.periods import add_months
from portfolio.capacity.horizon import horizon_on, months_of, piece_days, piece_of
from portfolio.capacity.models import PersonLoad, Picture
from portfolio.capacity.selectors.roleless import roles_asked_of
from portfolio.capacity.services import groups, queue
from portfolio.capacity.services.people import FIGURES, Moved, refresh_people
from projects.resources.models import Allocation, AllocationMonth, Person
from projects.resources.worktime import Horizon

BATCH = 250  # a batch takes a second on a quiet machine: well within its lease on a busy one
TIMELY = 0.8  # of a lease
WATCHED_MONTHS = 3  # whose over-allocation the health of a project looks at

log = logging.getLogger(__name__)


def drain(*, batch: int = BATCH, seconds: float = 300.0) -> int:
    """Answer what waits until nothing does (or for about `seconds`); returns how many people and groups were answered.

    Who was answered within this second and changed again is waited for.
    """
    answered, stop = 0, time.monotonic() + seconds
    while time.monotonic() < stop:
        queue.gather()
        done = 0
        for kind in queue.KINDS:
            leases = work.lease(kind, limit=batch)
            done += len(leases)
            answered += attempt(kind, leases) if leases else 0
        if not done and not work.rest(*queue.KINDS):
            break
    for kind in queue.KINDS:
        work.bury(kind)
    return answered


def attempt(kind: str, leases: Sequence[work.Lease]) -> int:
    """Compute and finish these leases in one transaction: all of them, or none; returns how many were answered."""
    try:
        with patience.at_most(TIMELY * work.LEASE_SECONDS), transaction.atomic():
            ids = sorted(held.subject_id for held in leases)
            work.hold(kind, ids)
            compute(kind, ids, on=timezone.localdate(), at=timezone.now())
            work.finish(kind, leases)
    except Exception as error:  # the job runner: whatever one person's data do must not stop the others
        if not connection.is_usable():
            connection.close()
            return 0  # the leases run out by themselves
        if len(leases) > 1:
            log.warning("%s: a batch of %d is tried one by one (%s)", kind, len(leases), error)
            work.give_back(kind, leases)
        else:
            log.exception("%s: %d could not be computed", kind, leases[0].subject_id)
            work.fail(kind, leases[0], error=f"{type(error).__name__}: {error}")
        return 0
    return len(leases)


def compute(kind: str, ids: Sequence[int], *, on: date, at: datetime) -> None:
    """Bring these people, or these groups, up to date as seen on the day `on`."""
    horizon = horizon_on(on)
    if kind == queue.PEOPLE:
        moved = refresh_people(ids, horizon)
        if not moved.changed:
            return
        groups.hold()
        groups.move(moved, horizon)
        if asked := roles_asked_of(moved.changed):
            groups.add_up("role", asked, horizon)
        events.announce(projects_of(crowded(moved, horizon, on), on))
    else:
        groups.hold()
        groups.add_up(kind.partition(":")[2], ids, horizon)
    first, last = months_of(horizon)
    Picture.objects.update_or_create(pk=1, defaults={"first_month": first, "last_month": last, "changed_at": at})


def crowded(moved: Moved, horizon: Horizon, on: date) -> list[int]:
    """Those whose time or too much work of the next months differs."""
    days = piece_days(horizon)
    until = add_months(on.replace(day=1), WATCHED_MONTHS)
    near = [place for place, day in enumerate(days) if piece_of(on) <= day < until]
    over = FIGURES.index("over")
    return [pk for row, pk in enumerate(moved.ids) if moved.by[row, near][:, [0, over]].any()]


def projects_of(people: Sequence[int], on: date) -> list[int]:
    """The projects these people are granted to in the next months: their health looks at it."""
    if not people:
        return []
    first = on.replace(day=1)
    rows = AllocationMonth.objects.filter(
        allocation__person__in=people,
        allocation__status__in=Allocation.GRANTED,
        granted__gt=0,
        month__gte=first,
        month__lt=add_months(first, WATCHED_MONTHS),
    )
    return list(rows.order_by().values_list("project", flat=True).distinct())


def night_of(now: datetime) -> datetime:
    """The slot of this night's run: today at 01:30."""
    slot = now.replace(hour=1, minute=30, second=0, microsecond=0, fold=0)
    return slot if now >= slot else slot - timedelta(days=1)


def at_once(*, on: date, at: datetime) -> int:
    """Compute everybody and every group now, in batches of one transaction each; returns how many people."""
    people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    stored = set(PersonLoad.objects.order_by().values_list("person_id", flat=True).distinct())
    everybody = sorted(stored.union(people))
    for start in range(0, len(everybody), BATCH):
        with transaction.atomic():
            batch = everybody[start : start + BATCH]
            work.hold(queue.PEOPLE, batch)
            compute(queue.PEOPLE, batch, on=on, at=at)
    for kind, refs in groups.known().items():
        with transaction.atomic():
            compute(queue.GROUPS[kind], refs, on=on, at=at)
    return len(people)
