"""The durable to-do rows behind every background job (security.md §5.3).

A writer raises `wanted` in its own transaction; a worker claims rows with SKIP LOCKED and sets `done = wanted` in the
transaction that writes the result. Killing anything at any point loses nothing and doubles nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import F, Min
from django.utils import timezone

from pmo_portal.core.models import PeriodicRun, Work

MAX_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """A row this transaction holds: the subject, and the version its result will answer."""

    subject_id: int
    wanted: int


def want(kind: str, subject_ids: Iterable[int]) -> None:
    """Ask for the subjects to be done (again), inside the caller's transaction; repeated asks coalesce.

    Ids are written in ascending order so that two writers never deadlock on them.
    """
    ids = sorted(set(subject_ids))
    if not ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_work (kind, subject_id, wanted, done, attempts)
            SELECT %s, subject, 1, 0, 0 FROM unnest(%s::bigint[]) AS subject
            ON CONFLICT (kind, subject_id) DO UPDATE SET
                wanted_at = CASE WHEN core_work.wanted = core_work.done THEN now() ELSE core_work.wanted_at END,
                wanted = core_work.wanted + 1, attempts = 0, state = 'live', next_try = now(), last_error = ''
            """,
            [kind, ids],
        )


def claim(kind: str, *, limit: int) -> list[Claim]:
    """Lock up to `limit` waiting rows that nobody else holds, oldest try first. Call inside a transaction."""
    rows = (
        Work.objects.filter(kind=kind, wanted__gt=F("done"), state=Work.State.LIVE, next_try__lte=timezone.now())
        .order_by("next_try", "subject_id")
        .select_for_update(skip_locked=True)
        .values_list("subject_id", "wanted")[:limit]
    )
    return [Claim(subject_id, wanted) for subject_id, wanted in rows]


def claim_one(kind: str, subject_id: int) -> Claim | None:
    """Lock one waiting row, or None when it is done, dead or held by someone else."""
    row = (
        Work.objects.filter(kind=kind, subject_id=subject_id, wanted__gt=F("done"), state=Work.State.LIVE)
        .select_for_update(skip_locked=True)
        .values_list("subject_id", "wanted")
        .first()
    )
    return Claim(*row) if row else None


def finish(kind: str, claims: Iterable[Claim]) -> None:
    """Mark the claimed versions done, in the transaction that wrote their results."""
    held = list(claims)
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_work SET done = answered.wanted, attempts = 0, last_error = ''
            FROM unnest(%s::bigint[], %s::bigint[]) AS answered(subject_id, wanted)
            WHERE kind = %s AND core_work.subject_id = answered.subject_id
            """,
            [[c.subject_id for c in held], [c.wanted for c in held], kind],
        )


def begin_attempt(kind: str, subject_id: int) -> int:
    """Count one attempt and commit it before the work starts, so that a job which kills its worker is still counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_work SET attempts = attempts + 1, next_try = now() + make_interval(secs => 5 * 2 ^ attempts),
                state = CASE WHEN attempts + 1 > %s THEN 'dead' ELSE state END
            WHERE kind = %s AND subject_id = %s AND wanted > done RETURNING attempts
            """,
            [MAX_ATTEMPTS, kind, subject_id],
        )
        row = cursor.fetchone()
    return row[0] if row else 0


def fail(kind: str, subject_id: int, *, error: str) -> None:
    """Keep the reason of a failed attempt; after MAX_ATTEMPTS the row is dead until someone re-arms it or asks again."""
    row = Work.objects.filter(kind=kind, subject_id=subject_id)
    row.update(last_error=error[:2000])
    row.filter(attempts__gte=MAX_ATTEMPTS).update(state=Work.State.DEAD)


def waiting(kind: str) -> int:
    """How many subjects wait."""
    return Work.objects.filter(kind=kind, wanted__gt=F("done"), state=Work.State.LIVE).count()


def oldest_wait() -> timedelta | None:
    """Age of the oldest waiting row of any kind, or None when nothing waits."""
    rows = Work.objects.filter(wanted__gt=F("done"), state=Work.State.LIVE)
    oldest: datetime | None = rows.aggregate(oldest=Min("wanted_at"))["oldest"]
    return timezone.now() - oldest if oldest else None


def claim_slot(name: str, slot: datetime) -> bool:
    """True for the one caller that may run the periodic job `name` for this slot."""
    _row, created = PeriodicRun.objects.get_or_create(name=name, slot=slot)
    return created
