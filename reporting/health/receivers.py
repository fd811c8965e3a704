"""Facts changed below: ask for the health of these projects in the writer's own transaction, then ring the bell."""

from datetime import date, datetime, time
from typing import Any

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from pmo_portal.core import work
from pmo_portal.core.events import projects_changed
from reporting.health.services import queue, refresh

KIND = "health"
NOON = time(12)


@receiver(projects_changed, dispatch_uid="reporting.health")
def want_health(
    sender: Any,
    ids: list[int],
    on: date | None = None,
    at_once: bool = False,
    removed: bool = False,
    erased: bool = False,
    **_kwargs: Any,
) -> None:
    """Raise `wanted` now and ring after commit, unless a ring is under way already; a lost ring only waits for the sweeper.

    A dated state of the past (one of several yearly files) is photographed at once, as of its day: the next one would
    replace it before any worker saw it. Projects about to be deleted leave the sums at once: afterwards nothing would
    remember what they had added. `at_once`: what became confidential leaves the sums of everybody in the writer's own
    transaction, whether or not a worker runs.
    """
    if removed:
        refresh.forget(ids, at=timezone.now(), erased=erased)
        return
    if on is not None and on < timezone.localdate():
        refresh.refresh(ids, on=on, at=timezone.make_aware(datetime.combine(on, NOON)))
    elif at_once:
        refresh.refresh(ids, on=timezone.localdate(), at=timezone.now())
    if work.want(KIND, ids):
        transaction.on_commit(queue.ring, robust=True)
