"""Celery's side of levellings: each task calls one service. PostgreSQL knows what waits, the bell only wakes."""

from celery import shared_task

from pmo_portal.core import trace
from portfolio.relief.services import solving
from portfolio.relief.services.runs import TASK

TURN_SECONDS = 300.0


@shared_task(name=TASK)
def level_waiting() -> None:
    with trace.tracing(source="job"):
        solving.drain(seconds=TURN_SECONDS)


@shared_task(name="portfolio.relief.tasks.sweep")
def sweep() -> None:
    """Every 15 s: what a lost ring or a killed worker left waiting."""
    with trace.tracing(source="job"):
        if solving.waits():
            solving.drain(seconds=TURN_SECONDS)
