"""Asking for health to be computed again, and waking a worker."""

from django.db import connection

from pmo_portal.core import work
from pmo_portal.core.doorbell import doorbell
from projects.hierarchy.models import Node, Project
from reporting.health.services.refresh import KIND


def everything() -> int:
    """Queue every project of the organisation with one statement, behind whoever waits for one; returns how many."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO core_work (kind, subject_id, wanted, done, attempts, background)
            SELECT %s, id, 1, 0, 0, true FROM projects_project ORDER BY id
            ON CONFLICT (kind, subject_id) DO UPDATE SET wanted = core_work.wanted + 1,
                background = core_work.background OR core_work.wanted = core_work.done,
                wanted_at = CASE WHEN core_work.wanted = core_work.done THEN now() ELSE core_work.wanted_at END,
                attempts = 0, state = 'live', next_try = now(), last_error = ''
            """,
            [KIND],
        )
        return int(cursor.rowcount)


def below(node: Node) -> int:
    """Queue every project below a container; returns how many."""
    ids = list(Project.objects.below(node).values_list("pk", flat=True))
    work.want(KIND, ids)
    return len(ids)


def ring() -> None:
    """Wake a worker; call it on commit. A queue that is away costs nothing but the wait for the next sweep."""
    doorbell.ring("reporting.health.tasks.refresh_waiting")
