"""The raw limit of each page on the same stored data: the least Python and SQL that could answer it, in CPU ms.

A limit reads what the pages may read: stored roll-ups, and the first hundred rows in the order of an index. It never sorts or
sums the whole table, which would be slower than the page and make a ratio below 1.
"""

import html
import os
import statistics
from collections.abc import Callable
from typing import Any

from django.db import connection

from benchmarks import generation, meter, portal
from projects.hierarchy.models import Node, Project

COLUMNS = """
    project_id, code, name, manager_name, state, declared, computed, gap, baseline_end, forecast_end, slip_days, budget, eac
"""
OF_PORTFOLIO = f"SELECT {COLUMNS} FROM reporting_projecthealth WHERE portfolio_id = %s ORDER BY code LIMIT 100"
OF_ALL = f"SELECT {COLUMNS} FROM reporting_projecthealth ORDER BY portfolio_id, code LIMIT 100"
BY_ID = f"SELECT {COLUMNS} FROM reporting_projecthealth WHERE portfolio_id = %s ORDER BY project_id LIMIT 100"
SUMS = "SELECT * FROM reporting_rollup WHERE node_id = %s AND audience = 'full'"


def measure(requests: int, rounds: int) -> dict[str, float]:
    """Name of a page → CPU ms of one raw answer, the median of the rounds."""
    node = Node.objects.get(code=generation.CODE).pk
    project = Project.objects.order_by("pk").values_list("pk", flat=True)[3]
    raw: dict[str, Callable[[], object]] = {
        "portfolio page": lambda: (_fetch(SUMS, node), _table(OF_PORTFOLIO, node)),
        "project list": lambda: _table(OF_ALL),
        "project page": lambda: Project.objects.select_related("health", "portfolio", "project_manager").get(
            pk=project
        ),
        "executive page": lambda: _fetch(SUMS, node),
        "REST list, 100 rows": lambda: _fetch(f"SELECT json_agg(found) FROM ({BY_ID}) AS found", node),
    }
    return {
        name: round(statistics.median(_cpu(work, requests) for _round in range(rounds)), 2)
        for name, work in raw.items()
    }


def _cpu(work: Callable[[], object], requests: int) -> float:
    work()
    cost = meter.measure(
        lambda: [work() for _number in range(requests)], ours=lambda: [os.getpid()], postgres=portal.own_backend
    )
    return cost.cpu_ms / requests


def _fetch(sql: str, *values: int) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
        return rows


def _table(sql: str, *values: int) -> str:
    """A hundred rows of a table as escaped f-strings."""
    return "".join(
        "<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in _fetch(sql, *values)
    )
