"""What people are told, by the clock. Every run may be repeated: an event reaches a person once."""

from celery import shared_task
from django.db import OperationalError
from django.utils import timezone

from pmo_portal.core import trace
from reporting.alerts.services import gather, letters


@shared_task(name="reporting.alerts.tasks.tell", autoretry_for=(OperationalError,), max_retries=3)
def tell() -> None:
    """Every ten minutes: find what happened, then send the letters whose time has come."""
    with trace.tracing(source="job"):
        gather.gather(on=timezone.localdate(), at=timezone.now())
        letters.send_due(now=timezone.now())
