"""Celery's side of the picture: each task calls one service. PostgreSQL knows what is stale, the bell only wakes."""

from celery import shared_task
from django.utils import timezone

from pmo_portal.core import trace
from portfolio.capacity.services import queue, refresh

TURN_SECONDS = 20.0


@shared_task(name=queue.TASK)
def refresh_waiting() -> None:
    """Answer what waits; when more waits than a turn holds, ring again."""
    with trace.tracing(source="job"):
        refresh.drain(seconds=TURN_SECONDS)
        if queue.waits():
            queue.ring()


@shared_task(name="portfolio.capacity.tasks.sweep")
def sweep() -> None:
    """Every 15 s: a night that nobody began, and what a lost ring or a killed worker left waiting."""
    with trace.tracing(source="job"):
        queue.begin_the_night(refresh.night_of(timezone.localtime()))
        if queue.waits():
            refresh.drain(seconds=TURN_SECONDS)
