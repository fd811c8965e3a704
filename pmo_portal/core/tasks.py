"""The floor's background tasks."""

from celery import shared_task
from django.utils import timezone

from pmo_portal.core import audit_chain, retention, trace
from pmo_portal.core.identity.tidy import tidy


@shared_task(name="pmo_portal.core.tasks.look_after_history")
def look_after_history() -> None:
    """Every night: seal the days that are over, then let go of what the retention rule no longer keeps."""
    with trace.tracing(source="job"):
        audit_chain.extend(timezone.now())
        retention.apply(timezone.now())


@shared_task(name="pmo_portal.core.tasks.tidy_up")
def tidy_up() -> None:
    """Every night: what signing in left behind."""
    with trace.tracing(source="job"):
        tidy(timezone.now())
