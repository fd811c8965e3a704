"""How long the history is kept: `AUDIT_RETENTION_DAYS`, for ever by default.

Only the database removes events (`core_audit_purge`), never one younger than a year, and each time it leaves an event that says
how many of which time are gone. Begun again after a kill it goes on where it was: every batch is a transaction.
"""

import logging
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from pmo_portal.core import trace

BATCH = 50_000

log = logging.getLogger(__name__)


def apply(now: datetime) -> int:
    """Remove what is older than the rule keeps, in whole days of UTC; how many events went."""
    if not settings.AUDIT_RETENTION_DAYS:
        return 0
    before = now - timedelta(days=settings.AUDIT_RETENTION_DAYS)
    before = before.replace(hour=0, minute=0, second=0, microsecond=0)
    total, gone = 0, BATCH
    while gone == BATCH:
        with connection.cursor() as cursor:
            cursor.execute("SELECT core_audit_purge(%s, %s, %s)", [before, BATCH, trace.current().request_id])
            gone = cursor.fetchone()[0]
        total += gone
    if total:
        log.info("%d events of before %s left the history", total, before.date().isoformat())
    return total
