"""The raw limit of each page on the same data: the least Python and SQL that could answer it. CPU ms, ours and PostgreSQL's."""

import html
import os
from collections.abc import Callable
from typing import Any

from django.db import connection

from benchmarks import meter, portal
from projects.hierarchy.models import Project
from reporting.health.models import Rollup

ROWS = """
    SELECT project_id, code, name, manager_name, state, declared, computed, gap, baseline_end,
        forecast_end, slip_days, budget, eac
    FROM reporting_projecthealth WHERE counted ORDER BY code, project_id LIMIT 100
"""
DASHBOARD = """
    SELECT computed, declared_rag, count(*), sum(budget), sum(eac), sum(slip_days), sum(open_risks)
    FROM reporting_projecthealth WHERE counted GROUP BY 1, 2
"""
AS_JSON = f"SELECT json_agg(rows) FROM ({ROWS}) AS rows"


def measure(requests: int) -> dict[str, float]:
    """Name of a page → CPU ms of one raw answer."""
    project = Project.objects.order_by("pk").values_list("pk", flat=True)[3]
    raw: dict[str, Callable[[], object]] = {
        "portfolio page": lambda: (_table(), _fetch(DASHBOARD)),
        "project list": _table,
        "project page": lambda: Project.objects.select_related("health", "portfolio", "project_manager").get(
            pk=project
        ),
        "executive page": lambda: (_fetch(DASHBOARD), list(Rollup.objects.all()[:50])),
        "REST list, 100 rows": lambda: _fetch(AS_JSON),
    }
    return {name: _cpu(work, requests) for name, work in raw.items()}


def _cpu(work: Callable[[], object], requests: int) -> float:
    work()
    cost = meter.measure(
        lambda: [work() for _number in range(requests)], ours=lambda: [os.getpid()], postgres=portal.own_backend
    )
    return round(cost.cpu_ms / requests, 2)


def _fetch(sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _table() -> str:
    """A hundred rows of a table as escaped f-strings."""
    return "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in _fetch(ROWS)
    )
