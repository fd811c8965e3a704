"""The health of every project again: first time, everything changed, nothing changed; and the raw limit beside them.

The raw limit reads the same facts with the same five queries, without judging them, and copies the photographs it would
write inside PostgreSQL: what is left between the two is ours.
"""

import json
import os
import statistics
import sys
import time
from typing import Any

from django.db import connection, transaction

from benchmarks import meter, portal
from reporting.health import selectors
from reporting.health.services import photographs

BATCH = 1000
EVERYTHING_MOVES = (
    "UPDATE projects_project SET forecast_end = forecast_end + 1, percent_complete = greatest(0, percent_complete - 1)"
)
READS = (selectors.PROJECTS, selectors.OPEN_MILESTONES, selectors.MONEY, selectors.YEARS, selectors.RISKS)
COLUMNS = ", ".join(photographs.COLUMNS)


def prepare() -> dict[str, Any]:
    """Compute once, for the parts that only need the result."""
    return {"first": _refresh()}


def measure(size: int, rounds: int) -> dict[str, Any]:
    """{"first", "changed", "same", "limit"}: projects/s by the clock, CPU ms per 1,000 projects, peak MB."""
    first = _refresh()
    changed, same, limit = [], [], []
    for _round in range(rounds):
        with connection.cursor() as cursor:
            cursor.execute("SET statement_timeout = '600s'")
            cursor.execute(EVERYTHING_MOVES)
        changed.append(_refresh())
        same.append(_refresh())
        limit.append(_limit(size))
    with connection.cursor() as cursor:  # five minutes' rest for the pages that follow, as autovacuum would take it
        cursor.execute("VACUUM ANALYZE")
    return {"first": first, "changed": _median(changed), "same": _median(same), "limit": _median(limit)}


def _median(rounds: list[dict[str, float]]) -> dict[str, float]:
    return {name: round(statistics.median(one[name] for one in rounds), 1) for name in rounds[0]}


def _refresh() -> dict[str, float]:
    """Recompute every project in a process that weighs itself; PostgreSQL's CPU is that of the whole server meanwhile."""
    before = portal.database_ms()
    done = meter.run([sys.executable, "-m", "benchmarks.recompute"], os.environ)
    postgres = portal.database_ms() - before
    told = json.loads(done.output)
    per_thousand = 1000 / told["projects"]
    return {
        "per_second": round(told["projects"] / told["seconds"]),
        "ours_ms": round(told["cpu_ms"] * per_thousand, 1),
        "postgres_ms": round(postgres * per_thousand, 1),
        "peak_mb": round(told["peak_mb"]),
    }


def _limit(size: int) -> dict[str, float]:
    """Read everything, write as many rows as a full change writes, in batches; rolled back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM projects_project ORDER BY id")
        ids = [pid for (pid,) in cursor.fetchall()]

    def work() -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            for start in range(0, len(ids), BATCH):
                batch = ids[start : start + BATCH]
                for query in READS:
                    cursor.execute(query, [batch])
                    cursor.fetchall()
                _write(cursor, batch)
            transaction.set_rollback(True)

    started = time.perf_counter()
    cost = meter.measure(work, ours=lambda: [os.getpid()], postgres=portal.own_backend)
    return {
        "per_second": round(size / (time.perf_counter() - started)),
        "ours_ms": cost.ours_ms * 1000 / size,
        "postgres_ms": cost.postgres_ms * 1000 / size,
        "peak_mb": 0.0,
    }


def _write(cursor: Any, batch: list[int]) -> None:
    cursor.execute(
        f"INSERT INTO reporting_healthpast (project_id, valid_from, valid_to, {COLUMNS})"
        f" SELECT project_id, computed_at, now() + interval '1 hour', {COLUMNS} FROM reporting_projecthealth"
        " WHERE project_id = ANY(%s)",
        [batch],
    )
    cursor.execute(
        "UPDATE reporting_projecthealth SET slip_days = slip_days + 1, computed_at = now() WHERE project_id = ANY(%s)",
        [batch],
    )
