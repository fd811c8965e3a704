"""The floor's background tasks."""

from celery import shared_task
from django.utils import timezone

from pmo_portal.core import audit_chain, retention, trace


@shared_task(name="pmo_portal.core.tasks.look_after_history")
def look_after_history() -> None:
    """Every night: seal the days that are over, then let go of what the retention rule no longer keeps."""
    with trace.tracing(source="job"):
        audit_chain.extend(timezone.now())
        retention.apply(timezone.now())
