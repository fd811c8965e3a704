"""Photographs of projects: the current row, and the history row that makes any past day readable."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson
from django.db import connection

from pmo_portal.core.money import to_cents
from reporting.health.facts import Assessment
from reporting.health.models import HealthHistory, ProjectHealth
from reporting.health.selectors import Subject

Photograph = dict[str, Any]

COLUMNS = [
    column.column for column in ProjectHealth._meta.concrete_fields if column.name not in ("project", "computed_at")
]
_HEALTH = ProjectHealth._meta.db_table
_HISTORY = HealthHistory._meta.db_table
_LIST = ", ".join(COLUMNS)
_EXCLUDED = ", ".join(f"EXCLUDED.{column}" for column in COLUMNS)


def photograph(subject: Subject, verdict: Assessment) -> Photograph:
    """All columns of one project's row, in one dict."""
    return {
        **subject.copied,
        "computed": verdict.computed,
        "gap": verdict.gap,
        "schedule": verdict.schedule,
        "cost": verdict.cost,
        "risk": verdict.risk,
        "freshness": verdict.freshness,
        "reasons": verdict.reasons,
        "slip_days": verdict.slip_days,
        "slip_percent": verdict.slip_percent,
        "cost_variance": verdict.cost_variance,
        "cost_variance_percent": verdict.cost_variance_percent,
    }


def stored(ids: Sequence[int]) -> dict[int, Photograph]:
    """The current rows of these projects, shaped like `photograph`."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT project_id, {_LIST} FROM {_HEALTH} WHERE project_id = ANY(%s)", [list(ids)])  # noqa: S608
        rows = cursor.fetchall()
    return {row[0]: _decoded(dict(zip(COLUMNS, row[1:], strict=True))) for row in rows}


def _decoded(row: Photograph) -> Photograph:
    row["reasons"] = orjson.loads(row["reasons"])
    return row


def keep(rows: Mapping[int, Photograph | None], *, at: datetime) -> None:
    """Make these the current rows and close the history of what was; None: the project left, nothing follows.

    `at` is when the new state begins. A state that began at that very moment or later is replaced, not followed: history
    never runs backwards.
    """
    ids = sorted(rows)
    with connection.cursor() as cursor:
        cursor.execute(
            f"DELETE FROM {_HISTORY} WHERE project_id = ANY(%s) AND valid_to IS NULL AND valid_from >= %s "  # noqa: S608
            "RETURNING project_id, valid_from",
            [ids, at],
        )
        begun: dict[int, datetime] = dict(cursor.fetchall())
        cursor.execute(
            f"UPDATE {_HISTORY} SET valid_to = %s WHERE project_id = ANY(%s) AND valid_to IS NULL",  # noqa: S608
            [at, ids],
        )
        cursor.execute(_KEEP, [_json(rows, at, begun)])
        gone = [pid for pid, row in rows.items() if row is None]
        if gone:
            cursor.execute(f"DELETE FROM {_HEALTH} WHERE project_id = ANY(%s)", [gone])  # noqa: S608


# One statement for both tables; the column names come from the model.
_KEEP = f"""
    WITH fresh AS (
        SELECT * FROM json_populate_recordset(NULL::{_HEALTH}, %s)
    ), current AS (
        INSERT INTO {_HEALTH} (project_id, computed_at, {_LIST}) SELECT project_id, computed_at, {_LIST} FROM fresh
        ON CONFLICT (project_id) DO UPDATE SET (computed_at, {_LIST}) = ROW(EXCLUDED.computed_at, {_EXCLUDED})
    )
    INSERT INTO {_HISTORY} (project_id, valid_from, {_LIST}) SELECT project_id, computed_at, {_LIST} FROM fresh
"""  # noqa: S608


def _json(rows: Mapping[int, Photograph | None], at: datetime, begun: Mapping[int, datetime]) -> str:
    records = [
        {"project_id": pid, "computed_at": max(at, begun.get(pid, at)), **row}
        for pid, row in sorted(rows.items())
        if row is not None
    ]
    return orjson.dumps(records, default=_plain).decode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(to_cents(value))
    raise TypeError(f"{type(value).__name__} has no place in a photograph")
