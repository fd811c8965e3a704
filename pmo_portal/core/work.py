"""The durable to-do rows behind every background job (security.md §5.3).

A writer raises `wanted` in its own transaction. A worker leases rows (the attempt is counted and committed before the work
starts), then does the work and sets `done = wanted` in one transaction. Killing anything at any point loses nothing: the
lease runs out and the row is tried again; an answer counts once, because it is written with `done`.
"""

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import OperationalError, connection, transaction
from django.db.models import F, Min
from django.utils import timezone
from psycopg2.errors import LockNotAvailable

from pmo_portal.core.models import PeriodicRun, Work
from pmo_portal.core.redaction import without_rows

MAX_ATTEMPTS = 5
LEASE_SECONDS = 10  # who does not answer within this time is taken for dead
BACKOFF_SECONDS = 10  # after a failure; doubled at each attempt
FINISH_LOCK = "500ms"  # less than PostgreSQL's deadlock_timeout: whoever writes is never the victim
MANY = 100  # asked for at once: an import, a threshold
PAUSE_SECONDS = 1.0  # a subject asked for again and again is answered once in this time


@dataclass(frozen=True, slots=True)
class Lease:
    """A row lent to this worker: the subject, the version its answer will be, and the attempts made so far, this one included."""

    subject_id: int
    wanted: int
    attempts: int


def want(kind: str, subject_ids: Iterable[int]) -> bool:
    """Ask for the subjects to be done (again), inside the caller's transaction; repeated asks coalesce.

    Ids are written in ascending order so that two writers never deadlock on them. True when one of them was not waiting
    already: only then is there a reason to ring a worker. More than `MANY` at once stand behind those who wait for one.
    """
    ids = sorted(set(subject_ids))
    if not ids:
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_work (kind, subject_id, wanted, done, attempts, background)
            SELECT %s, subject, 1, 0, 0, %s FROM unnest(%s::bigint[]) AS subject ORDER BY subject
            ON CONFLICT (kind, subject_id) DO UPDATE SET
                wanted = core_work.wanted + 1,
                background = EXCLUDED.background AND (core_work.background OR core_work.wanted = core_work.done),
                wanted_at = CASE WHEN core_work.wanted = core_work.done THEN now() ELSE core_work.wanted_at END,
                next_try = CASE WHEN core_work.wanted = core_work.done OR core_work.state = 'dead'
                    THEN greatest(now(), core_work.done_at + %s::interval) ELSE core_work.next_try END,
                attempts = CASE WHEN core_work.state = 'dead' THEN 0 ELSE core_work.attempts END,
                state = 'live'
            RETURNING wanted - done = 1
            """,
            [kind, len(ids) > MANY, ids, f"{PAUSE_SECONDS} seconds"],
        )
        return any(fresh for (fresh,) in cursor.fetchall())


def lease(kind: str, *, limit: int) -> list[Lease]:
    """Borrow up to `limit` waiting rows that never failed, oldest first, those of the background last; when there are none,
    one that did, to be done alone.

    Call outside a transaction: the loan is committed at once.
    """
    return _lease(kind, limit, tried=(0, 0)) or _lease(kind, 1, tried=(1, MAX_ATTEMPTS - 1))


def _lease(kind: str, limit: int, *, tried: tuple[int, int]) -> list[Lease]:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            WITH due AS (
                SELECT id FROM core_work
                WHERE kind = %s AND wanted > done AND state = 'live' AND next_try <= now() AND attempts BETWEEN %s AND %s
                ORDER BY background, next_try, subject_id LIMIT %s FOR UPDATE SKIP LOCKED
            )
            UPDATE core_work AS row SET attempts = attempts + 1,
                next_try = now() + make_interval(secs => %s)
            FROM due WHERE row.id = due.id RETURNING subject_id, wanted, attempts
            """,
            [kind, *tried, limit, LEASE_SECONDS],
        )
        return [Lease(*row) for row in cursor.fetchall()]


def renew(kind: str, held: Lease, *, seconds: int = LEASE_SECONDS) -> bool:
    """Keep a loan going while its work takes long; False when it is no longer ours: it ran out and was lent again."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE core_work SET next_try = now() + make_interval(secs => %s) WHERE kind = %s AND subject_id = %s "
            "AND attempts = %s AND wanted = %s AND wanted > done AND state = 'live'",
            [seconds, kind, held.subject_id, held.attempts, held.wanted],
        )
        return bool(cursor.rowcount)


def hold(kind: str, subject_ids: Iterable[int]) -> None:
    """Wait for, and keep until the end of the transaction, the exclusive right to work on these subjects."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL lock_timeout = '10s'")
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtext(%s), subject::int) FROM unnest(%s::bigint[]) AS subject",
            [kind, sorted(set(subject_ids))],
        )


def finish(kind: str, leases: Sequence[Lease]) -> None:
    """Mark the leased versions done, in the transaction that wrote their results.

    A row which a writer holds right now is waited for a moment only: a long import must not hold up the others of this batch.
    It then stays wanted, and is answered again once the writer is through.
    """
    answered = _finish(kind, leases, skipping=True)
    left = [held for held in leases if held.subject_id not in answered]
    if not left:
        return
    try:
        with transaction.atomic():
            _finish(kind, left, skipping=False)
    except OperationalError as error:
        if not isinstance(error.__cause__, LockNotAvailable):
            raise


def _finish(kind: str, leases: Sequence[Lease], *, skipping: bool) -> set[int]:
    with connection.cursor() as cursor:
        if not skipping:
            cursor.execute(f"SET LOCAL lock_timeout = '{FINISH_LOCK}'")
        cursor.execute(
            f"""
            WITH answered AS (
                SELECT row.id, subject_id, answer.wanted FROM core_work AS row
                JOIN unnest(%s::bigint[], %s::bigint[]) AS answer(subject_id, wanted) USING (subject_id)
                WHERE row.kind = %s ORDER BY subject_id FOR UPDATE OF row {"SKIP LOCKED" if skipping else ""}
            ), finished AS (
                UPDATE core_work AS row SET done = answered.wanted, done_at = now(), attempts = 0, last_error = '',
                    next_try = CASE WHEN row.wanted > answered.wanted THEN now() + %s::interval ELSE row.next_try END
                FROM answered WHERE row.id = answered.id AND row.done < answered.wanted
            )
            SELECT subject_id FROM answered
            """,  # noqa: S608  (our own words)
            [[x.subject_id for x in leases], [x.wanted for x in leases], kind, f"{PAUSE_SECONDS} seconds"],
        )
        return {subject for (subject,) in cursor.fetchall()}


def give_back(kind: str, leases: Sequence[Lease]) -> None:
    """End these loans early: the rows may be leased at once, each by itself. Their attempt stays counted."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_work SET next_try = now() WHERE id IN (
                SELECT id FROM core_work WHERE kind = %s AND subject_id = ANY(%s) AND wanted > done AND attempts > 0
                ORDER BY subject_id FOR UPDATE SKIP LOCKED
            )
            """,
            [kind, [held.subject_id for held in leases]],
        )


def fail(kind: str, held: Lease, *, error: str) -> None:
    """Keep the reason of a failed attempt and pause before the next; after MAX_ATTEMPTS the row is dead until asked again."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE core_work SET last_error = %s, state = CASE WHEN attempts >= %s THEN 'dead' ELSE 'live' END,
                next_try = now() + make_interval(secs => %s * 2 ^ (attempts - 1))
            WHERE id IN (SELECT id FROM core_work WHERE kind = %s AND subject_id = %s AND done < %s FOR UPDATE SKIP LOCKED)
            """,
            [without_rows(error)[:2000], MAX_ATTEMPTS, BACKOFF_SECONDS, kind, held.subject_id, held.wanted],
        )


def bury(kind: str) -> int:
    """Give up rows whose every attempt ended without a word (they killed their workers); returns how many."""
    spent = Work.objects.filter(kind=kind, wanted__gt=F("done"), state=Work.State.LIVE, attempts__gte=MAX_ATTEMPTS)
    return spent.filter(next_try__lte=timezone.now()).update(
        state=Work.State.DEAD, last_error="every attempt ended without an answer"
    )


def rest(*kinds: str) -> bool:
    """Sleep a moment while something of these kinds only pauses between two answers; False when nothing is due soon.

    Who drains waits for it, so that the last of many changes shows within about a second without another ring.
    """
    due = seconds_until_due(*kinds)
    if due is None or due > 2 * PAUSE_SECONDS:
        return False
    time.sleep(min(due, PAUSE_SECONDS / 4))
    return True


def seconds_until_due(*kinds: str) -> float | None:
    """Seconds until the next row that is only pausing (never failed) may be leased; None when there is none."""
    rows = Work.objects.filter(kind__in=kinds, wanted__gt=F("done"), state=Work.State.LIVE, attempts=0)
    due: datetime | None = rows.aggregate(due=Min("next_try"))["due"]
    return None if due is None else max(0.0, (due - timezone.now()).total_seconds())


def waiting(kind: str) -> int:
    """How many subjects wait."""
    return Work.objects.filter(kind=kind, wanted__gt=F("done"), state=Work.State.LIVE).count()


def oldest_wait() -> timedelta | None:
    """Age of the oldest waiting row of any kind, or None when nothing waits."""
    rows = Work.objects.filter(wanted__gt=F("done"), state=Work.State.LIVE)
    oldest: datetime | None = rows.aggregate(oldest=Min("wanted_at"))["oldest"]
    return timezone.now() - oldest if oldest else None


def claim_slot(name: str, slot: datetime) -> bool:
    """True for the one caller that may run the periodic job `name` for this slot.

    Call it in the transaction of the job: a job that dies with it leaves its slot to the next caller.
    """
    _row, created = PeriodicRun.objects.get_or_create(name=name, slot=slot)
    return created
