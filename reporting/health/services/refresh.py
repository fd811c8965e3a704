"""Compute health: claim what waits, photograph it, keep what changed. One transaction a batch.

A batch that fails is given back, and its projects are then tried one by one; attempts are counted and committed before they
start, and broken off when they take too long, so that one poisonous project neither holds up the others nor loops for ever.
"""

import gc
import logging
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from datetime import date, datetime, timedelta
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils import timezone

from pmo_portal.core import patience, work
from pmo_portal.core.as_of import end_of
from reporting.health import rules, selectors
from reporting.health.services import photographs, rollups

KIND = "health"
BATCH = 500
TIMELY = 0.8  # of a lease: nobody else takes the work over while it is still being done
RECONNECT_TRIES = 60

log = logging.getLogger(__name__)


def refresh(ids: Sequence[int], *, on: date, at: datetime) -> int:
    """Compute these projects as at the day `on` and keep the result as true from the moment `at`; returns how many changed.

    Joins the caller's transaction or opens one. Two refreshes of the same project exclude each other.
    """
    with transaction.atomic():
        work.hold(KIND, ids)
        return _compute(ids, on=on, at=at)


def forget(ids: Sequence[int], *, at: datetime, erased: bool = False) -> None:
    """Take projects that are about to be deleted out of every sum, in the deleter's transaction; `erased`: and of the past.

    No past day shows a state that began today: it goes. What earlier days show stays, and keeps its project.
    """
    work.hold(KIND, ids)
    before = photographs.stored(ids)
    photographs.keep(before, dict.fromkeys(before), at=at)
    rollups.move([(row, None) for row in before.values()], day=timezone.localdate(at), at=at)
    yesterday = timezone.localdate(at) - timedelta(days=1)
    photographs.forget(ids, after=None if erased else end_of(yesterday))


def drain(*, batch: int = BATCH, seconds: float = 300.0) -> int:
    """Answer what waits until nothing does (or for about `seconds`); returns how many projects were answered.

    A project that only pauses between two answers (it changes all the time) is waited for.
    """
    answered, stop = 0, time.monotonic() + seconds
    while time.monotonic() < stop:
        if leases := work.lease(KIND, limit=batch):
            answered += _attempt(leases)
        elif not work.rest(KIND):
            break
    work.bury(KIND)
    return answered


def drain_in_lanes(lanes: int, *, batch: int) -> int:
    """`drain` in several threads with a connection each: Python judges one batch while PostgreSQL reads or writes another."""
    with ThreadPoolExecutor(lanes) as pool:
        running = [pool.submit(copy_context().run, _lane, batch) for _lane_number in range(lanes)]
        return sum(lane.result() for lane in running)


def _lane(batch: int) -> int:
    try:
        set_timeouts()
        return drain(batch=batch, seconds=24 * 3600)
    finally:
        connection.close()


def _attempt(leases: Sequence[work.Lease]) -> int:
    """Compute and finish these leases in one transaction: all of them, or none; returns how many were answered."""
    try:
        with patience.at_most(TIMELY * work.LEASE_SECONDS), _uncollected(), transaction.atomic():
            ids = [x.subject_id for x in leases]
            work.hold(KIND, ids)
            _compute(ids, on=timezone.localdate(), at=timezone.now())
            work.finish(KIND, leases)
    except Exception as error:  # the job runner: whatever one project does must not stop the others
        if not connection.is_usable():
            _wait_for_the_database()
            work.give_back(KIND, leases)
        elif len(leases) > 1:
            log.warning("health: a batch of %d is tried one by one (%s)", len(leases), error)
            work.give_back(KIND, leases)
        else:
            log.exception("health: project %d could not be computed", leases[0].subject_id)
            work.fail(KIND, leases[0], error=f"{type(error).__name__}: {error}")
        return 0
    return len(leases)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Leave cyclic garbage alone: a batch makes many small objects and hardly a cycle, and looking for some costs a quarter
    of its time. What it drops is freed at once all the same, by reference counts.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


def _wait_for_the_database() -> None:
    """Return when it answers again. Raises OperationalError when it stays away: the leases then run out by themselves."""
    for _second in range(RECONNECT_TRIES):
        connection.close()
        try:
            connection.ensure_connection()
        except OperationalError:
            time.sleep(work.PAUSE_SECONDS / 2)
        else:
            return
    connection.ensure_connection()


def _compute(ids: Sequence[int], *, on: date, at: datetime) -> int:
    """Photograph the projects, compare with what is stored, and write the differences and the sums they move."""
    before = photographs.stored(ids)
    limits = selectors.LimitBook.read()
    after: dict[int, dict[str, Any]] = {}
    for subject in selectors.subjects(ids, on=on):
        if subject.left:
            continue
        verdict = rules.assess(subject.facts, limits.of(subject), subject.on)
        after[subject.project_id] = photographs.photograph(subject, verdict)
    changed = [pid for pid in ids if before.get(pid) != after.get(pid)]
    if changed:
        photographs.keep(before, {pid: after.get(pid) for pid in changed}, at=at)
        rollups.move([(before.get(pid), after.get(pid)) for pid in changed], day=timezone.localdate(at), at=at)
    return len(changed)


def set_timeouts() -> None:
    """A background session may wait longer than a page: 5 minutes for a statement, 30 s for a lock."""
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = '300s'; SET lock_timeout = '30s'")
