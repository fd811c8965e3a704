"""What it costs to compare two dates when everything moved: CPU of the page, ours and of PostgreSQL, with nothing kept."""

import os
import statistics
from typing import Any

from django.db import connection
from django.test import Client

from benchmarks import generation, meter, portal
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from reporting.health.services import photographs

ROUNDS = 7
COLUMNS = ", ".join(photographs.COLUMNS)
AS_THEY_WERE = f"""
    INSERT INTO reporting_healthpast (project_id, valid_from, valid_to, {COLUMNS})
    SELECT project_id, now() - interval '400 days', computed_at, {COLUMNS} FROM reporting_projecthealth AS now
    WHERE NOT EXISTS (SELECT FROM reporting_healthpast AS past
        WHERE past.project_id = now.project_id AND past.valid_from < now() - interval '300 days')
"""
EVERYTHING_MOVED = """
    UPDATE reporting_projecthealth SET forecast_end = forecast_end + 40, eac = eac * 1.1,
        computed = CASE WHEN computed = 'red' THEN 'amber' ELSE 'red' END
"""


def measure() -> dict[str, float]:
    """{"cpu_ms", "ours_ms", "postgres_ms"} of one page: medians."""
    with connection.cursor() as cursor:
        cursor.execute(AS_THEY_WERE)
        cursor.execute(EVERYTHING_MOVED)
        cursor.execute("VACUUM ANALYZE")
    client = Client()
    client.force_login(User.objects.get(username=accounts.ADMIN), portal.BACKEND)
    costs = [_one(client) for _round in range(ROUNDS + 1)][1:]  # the first warms up
    told: dict[str, Any] = {
        "cpu_ms": [one.cpu_ms for one in costs],
        "ours_ms": [one.ours_ms for one in costs],
        "postgres_ms": [one.postgres_ms for one in costs],
    }
    return {name: round(statistics.median(values), 1) for name, values in told.items()}


def _one(client: Client) -> meter.Cost:
    def ask() -> None:
        answer = client.get(f"/compare/?portfolio={generation.CODE}")
        if b'id="moved"' not in answer.content:
            raise LookupError(answer.status_code)

    return meter.measure(ask, ours=lambda: [os.getpid()], postgres=portal.own_backend)
