"""How much one actor may cause: files sent, files taken out, letters, imports at the same time (security.md, exam C 42).

Counted in PostgreSQL, one row for each actor and kind with the moments of the last hour, by one statement: however many ask at
once, exactly the limit gets through. On a connection of its own, so that it counts whatever becomes of the request, inside its
transaction or not, and nobody waits for the transaction of somebody else.
"""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from pmo_portal.core.errors import TooMuch
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event

HOUR = timedelta(hours=1)
LEASE = timedelta(minutes=10)  # of what runs, should its process die before it says that it is over
SOON = 5  # seconds: when what runs may be over

# Of several at once each waits for the row, and then sees it as the one before left it. No row: it is not taken.
TAKE = """
INSERT INTO core_quota AS held (actor, kind, taken) VALUES (%(actor)s, %(kind)s, ARRAY[clock_timestamp()])
ON CONFLICT (actor, kind) DO UPDATE SET taken =
    ARRAY(SELECT one FROM unnest(held.taken) one WHERE one > clock_timestamp() - %(window)s ORDER BY one)
    || greatest(clock_timestamp(), held.taken[cardinality(held.taken)] + interval '1 microsecond')
WHERE (SELECT count(*) FROM unnest(held.taken) one WHERE one > clock_timestamp() - %(window)s) < %(most)s
RETURNING taken[cardinality(taken)]
"""
# The one whose leaving makes room.
FREE = """
SELECT one + %(window)s FROM core_quota, unnest(taken) one
WHERE actor = %(actor)s AND kind = %(kind)s AND one > clock_timestamp() - %(window)s
ORDER BY one DESC OFFSET %(most)s - 1 LIMIT 1
"""
RELEASE = "UPDATE core_quota SET taken = array_remove(taken, %(moment)s::timestamptz) WHERE actor = %(actor)s AND kind = %(kind)s"


@dataclass(frozen=True, slots=True)
class Quota:
    """`refusal` may name %(most)s and %(time)s, when one more is free."""

    window: timedelta
    refusal: Promise


QUOTAS: Mapping[str, Quota] = {
    "imports_per_hour": Quota(
        HOUR, _("You sent %(most)s files within an hour, which is the limit. Try again at %(time)s.")
    ),
    "imports_at_once": Quota(
        LEASE, _("You have imports running already, as many as may run at once: %(most)s. Wait until one of them is over.")
    ),
    "exports_per_hour": Quota(
        HOUR, _("You took out %(most)s files within an hour, which is the limit. Try again at %(time)s.")
    ),
    "mails_per_hour": Quota(
        HOUR,
        _("%(most)s letters were sent at your request within an hour, which is the limit. Try again at %(time)s."),
    ),
}  # fmt: skip


def take(kind: str, *, by: User | str) -> datetime | None:
    """Count one of this kind for the actor, a user or a name such as `address:192.0.2.1`, or raise TooMuch.

    The moment it was counted; None when nothing is limited (`settings.QUOTAS`, 0).
    """
    most, quota = settings.QUOTAS[kind], QUOTAS[kind]
    if not most:
        return None
    actor = by[:80] if isinstance(by, str) else f"user:{by.pk}"
    asked: dict[str, Any] = {"actor": actor, "kind": kind, "window": quota.window, "most": most}
    with closing(connection.copy()) as own, own.cursor() as cursor:
        cursor.execute(TAKE, asked)
        if taken := cursor.fetchone():
            moment: datetime = taken[0]
            return moment
        cursor.execute(FREE, asked)
        found = cursor.fetchone()
    security_event("quota_reached", user=None if isinstance(by, str) else by, quota=kind, actor=actor, most=most)
    raise refused(quota, most, found[0] if found else timezone.now())


def refused(quota: Quota, most: int, free: datetime) -> TooMuch:
    """In words: at which minute, the one that has begun by then."""
    minute = timezone.localtime(free + timedelta(minutes=1))
    words = str(quota.refusal) % {"most": formats.number(most), "time": f"{minute:%H:%M}"}
    wait = int((free - timezone.now()).total_seconds()) + 1 if quota.window == HOUR else SOON
    return TooMuch(words, wait=max(wait, 1))


@contextmanager
def running(kind: str, *, by: User) -> Iterator[None]:
    """Count it while it runs, or raise TooMuch."""
    moment = take(kind, by=by)
    try:
        yield
    finally:
        if moment is not None:
            with closing(connection.copy()) as own, own.cursor() as cursor:
                cursor.execute(RELEASE, {"actor": f"user:{by.pk}", "kind": kind, "moment": moment})


def acting(request: Any) -> User:
    """Who causes what a request asks for: also while looking at the portal as someone else."""
    user: User = getattr(request, "real_user", None) or request.user
    return user


def forget(now: datetime) -> None:
    """Delete what no longer counts."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM core_quota WHERE taken = '{}' OR taken[cardinality(taken)] < %s", [now - 2 * HOUR])
