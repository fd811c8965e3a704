"""Celery's side of health: each task loads nothing and calls one service. Redis is the doorbell, PostgreSQL the truth."""

from datetime import datetime, timedelta

from celery import shared_task
from django.db import OperationalError, transaction
from django.utils import timezone

from pmo_portal.core import trace, work
from reporting.health.services import queue, refresh

TURN_SECONDS = 20.0  # a worker that is asked to stop finishes its task first: none is longer than this


@shared_task(name="reporting.health.tasks.refresh_waiting")
def refresh_waiting() -> None:
    """Answer what waits, in batches."""
    with trace.tracing(source="job"):
        _take_a_turn()


@shared_task(name="reporting.health.tasks.sweep")
def sweep() -> None:
    """Every 15 s: a night that nobody began, and what a lost ring, a killed worker or a failed try left waiting."""
    with trace.tracing(source="job"):
        begin_the_night(timezone.localtime())
        if work.waiting(refresh.KIND):
            _take_a_turn()


@shared_task(name="reporting.health.tasks.queue_all", autoretry_for=(OperationalError,), max_retries=3)
def queue_all() -> None:
    """Every night: dates make projects late without anyone writing, so every project is computed again."""
    with trace.tracing(source="job"):
        begin_the_night(timezone.localtime())


def _take_a_turn() -> None:
    """Work for a while; when more waits than that, ring again."""
    refresh.drain(seconds=TURN_SECONDS)
    if work.seconds_until_due(refresh.KIND) == 0.0:
        queue.ring()


def begin_the_night(now: datetime) -> None:
    """Queue every project once a night, whoever asks first: its own message, or a sweep after that message was lost.

    The slot is claimed in the transaction that queues: it is taken exactly when the projects wait.
    """
    with transaction.atomic():
        if work.claim_slot("health.queue_all", _night(now)):
            queue.everything()
            transaction.on_commit(queue.ring, robust=True)


def _night(now: datetime) -> datetime:
    """The slot of this night's run: today at 02:00, the first of the two when the clocks go back at three."""
    midnight = now.replace(hour=2, minute=0, second=0, microsecond=0, fold=0)
    return midnight if now >= midnight else midnight - timedelta(days=1)
