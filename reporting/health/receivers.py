"""Facts changed below: ask for the health of these projects in the writer's own transaction, then ring the bell."""

from typing import Any

from django.db import transaction
from django.dispatch import receiver
from django.utils import timezone

from pmo_portal.core import work
from pmo_portal.core.events import projects_changed
from reporting.health.services import queue, refresh

KIND = "health"


@receiver(projects_changed, dispatch_uid="reporting.health")
def want_health(sender: Any, ids: list[int], removed: bool = False, **_kwargs: Any) -> None:
    """Raise `wanted` now and ring after commit, unless a ring is under way already; a lost ring only waits for the sweeper.

    Projects about to be deleted leave the sums at once: afterwards nothing would remember what they had added.
    """
    if removed:
        refresh.forget(ids, at=timezone.now())
    elif work.want(KIND, ids):
        transaction.on_commit(queue.ring, robust=True)
