"""Celery's side of health: each task loads nothing and calls one service. Redis is the doorbell, PostgreSQL the truth."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from pmo_portal.core import trace, work
from reporting.health.services import queue, refresh


@shared_task(name="reporting.health.tasks.refresh_waiting")
def refresh_waiting() -> None:
    """Answer everything that waits, in batches."""
    with trace.tracing(source="job"):
        refresh.drain()


@shared_task(name="reporting.health.tasks.sweep")
def sweep() -> None:
    """Every 15 s: answer what a lost ring, a killed worker or a failed try left waiting."""
    if work.waiting(refresh.KIND):
        with trace.tracing(source="job"):
            refresh.drain()


@shared_task(name="reporting.health.tasks.queue_all", autoretry_for=(OperationalError,), max_retries=3)
def queue_all() -> None:
    """Every night: dates make projects late without anyone writing, so every project is computed again."""
    if work.claim_slot("health.queue_all", _night(timezone.localtime())):
        queue.everything()
        queue.ring()


def _night(now: datetime) -> datetime:
    """The slot of this night's run: today at 02:00."""
    midnight = now.replace(hour=2, minute=0, second=0, microsecond=0)
    return midnight if now >= midnight else midnight - timedelta(days=1)
