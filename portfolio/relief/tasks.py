"""Celery's side of levellings: each task calls one service. PostgreSQL knows what waits, the bell only wakes."""

from celery import shared_task

from pmo_portal.core import trace
from portfolio.relief.services import runs

TURN_SECONDS = 300.0


@shared_task(name=runs.TASK)
def level_waiting() -> None:
    with trace.tracing(source="job"):
        drain()


@shared_task(name="portfolio.relief.tasks.sweep")
def sweep() -> None:
    """Every 15 s: what a lost ring or a killed worker left waiting."""
    with trace.tracing(source="job"):
        if runs.waits():
            drain()


def drain() -> None:
    """Imported where something is to be computed: the engine takes 90 MB, also of a scheduler that only names the task."""
    from portfolio.relief.services import solving

    solving.drain(seconds=TURN_SECONDS)
