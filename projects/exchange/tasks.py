"""What imports leave behind, by the clock. A night that is missed is made up for by the next."""

from celery import shared_task

from pmo_portal.core import trace
from projects.exchange.services import batches


@shared_task(name="projects.exchange.tasks.drop_old")
def drop_old() -> None:
    """Every night: files and workbooks that were sent and never applied; they may hold money and confidential notes."""
    with trace.tracing(source="job"):
        batches.drop_old()
