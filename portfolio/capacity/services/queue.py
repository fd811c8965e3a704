"""What is stale becomes durable work, and a worker is woken."""

from datetime import datetime
from typing import Any

from django.db import connection, transaction

from pmo_portal.core import work
from pmo_portal.core.doorbell import doorbell

PEOPLE = "capacity"
GROUPS = {"role": "capacity:role", "unit": "capacity:unit", "skill": "capacity:skill", "source": "capacity:source"}
KINDS = (PEOPLE, *GROUPS.values())
EVERYBODY = 0
TASK = "portfolio.capacity.tasks.refresh_waiting"

ALL = """
    INSERT INTO core_work (kind, subject_id, wanted, done, attempts, background)
    SELECT kind, subject, 1, 0, 0, true FROM (
        SELECT 'capacity' AS kind, id AS subject FROM projects_person
        UNION SELECT 'capacity', person_id FROM portfolio_personload
        UNION SELECT 'capacity:role', id FROM projects_role UNION SELECT 'capacity:role', 0
        UNION SELECT 'capacity:unit', id FROM projects_unit UNION SELECT 'capacity:unit', 0
        UNION SELECT 'capacity:skill', id FROM projects_skill
        UNION SELECT 'capacity:source', 0 UNION SELECT 'capacity:source', 1
        UNION SELECT 'capacity:' || kind, ref FROM portfolio_groupload
    ) AS everything ORDER BY kind, subject
    ON CONFLICT (kind, subject_id) DO UPDATE SET wanted = core_work.wanted + 1,
        background = core_work.background OR core_work.wanted = core_work.done,
        wanted_at = CASE WHEN core_work.wanted = core_work.done THEN now() ELSE core_work.wanted_at END,
        attempts = 0, state = 'live', next_try = now(), last_error = ''
"""


def gather() -> int:
    """Turn what the triggers noted into work, in one transaction: a kill between the two loses nothing."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "DELETE FROM portfolio_stale WHERE id IN (SELECT id FROM portfolio_stale FOR UPDATE SKIP LOCKED) "
                "RETURNING kind, subject"
            )
            found: set[tuple[str, int]] = set(cursor.fetchall())
        if (PEOPLE, EVERYBODY) in found:
            everything()
            return len(found)
        for kind in sorted({kind for kind, _subject in found}):
            work.want(kind, [subject for one, subject in found if one == kind])
    return len(found)


def everything() -> int:
    """Queue everybody and every group, behind whoever waits for one; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(ALL)
        return int(cursor.rowcount)


def waits() -> bool:
    """Whether anything is to be done: one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM portfolio_stale) OR EXISTS (SELECT FROM core_work WHERE kind = ANY(%s) "
            "AND wanted > done AND state = 'live' AND next_try <= now())",
            [list(KINDS)],
        )
        return bool(cursor.fetchone()[0])


def ring() -> None:
    """Wake a worker; call it on commit. A queue that is away costs nothing but the wait for the next sweep."""
    doorbell.ring(TASK)


def ring_on_commit(**_kwargs: Any) -> None:
    """Ring once after this transaction, however often it is asked for."""
    if not any(ring in waiting for waiting in connection.run_on_commit):
        transaction.on_commit(ring, robust=True)


def begin_the_night(slot: datetime) -> None:
    """Queue everything once a night: days pass without anyone writing, and the picture moves on with them."""
    with transaction.atomic():
        if work.claim_slot("capacity.queue_all", slot):
            everything()
            ring_on_commit()
