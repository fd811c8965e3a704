"""The clock of the reporting cycle. Redis is the doorbell, PostgreSQL the truth: a lost message costs one interval."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from pmo_portal.core import trace
from pmo_portal.core.editing import Busy
from reporting.status.services import clock


@shared_task(name="reporting.status.tasks.move_on", autoretry_for=(OperationalError, Busy), max_retries=3)
def move_on() -> None:
    """Every ten minutes: periods whose day has come open, close and freeze."""
    with trace.tracing(source="job"):
        clock.move_on(on=timezone.localdate(), at=timezone.now())
