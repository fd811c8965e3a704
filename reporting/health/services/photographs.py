"""Photographs of projects: the current row, and the history row that makes any past day readable."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import itemgetter
from typing import Any

import orjson
from django.db import connection

from pmo_portal.core.money import to_cents
from reporting.health.facts import Assessment
from reporting.health.models import HealthPast, ProjectHealth
from reporting.health.selectors import Subject

Photograph = dict[str, Any]

COLUMNS = [
    column.column for column in ProjectHealth._meta.concrete_fields if column.name not in ("project", "computed_at")
]
_HEALTH = ProjectHealth._meta.db_table
_PAST = HealthPast._meta.db_table
_LIST = ", ".join(COLUMNS)


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
        "resources": verdict.resources,
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


def keep(before: Mapping[int, Photograph], after: Mapping[int, Photograph | None], *, at: datetime) -> None:
    """Make `after` the current rows and what they replace the past; None: the project left, nothing follows.

    `before` holds what is stored of these projects now: of a row that exists only the columns that differ travel to the
    database, where the past is copied. `at` is when the new state begins. A state that began at that very moment or later is
    replaced, not followed: history never runs backwards.
    """
    ids = sorted(after)
    rows = {pid: row for pid in ids if (row := after[pid]) is not None}
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {_PAST} (project_id, valid_from, valid_to, {_LIST}) "  # noqa: S608
            f"SELECT project_id, computed_at, %s, {_LIST} FROM {_HEALTH} "
            "WHERE project_id = ANY(%s) AND computed_at < %s ORDER BY project_id",
            [at, ids, at],
        )
        _insert(cursor, {pid: row for pid, row in rows.items() if pid not in before}, at)
        _update(cursor, before, {pid: row for pid, row in rows.items() if pid in before}, at)
        gone = [pid for pid in ids if pid not in rows]
        if gone:
            cursor.execute(f"DELETE FROM {_HEALTH} WHERE project_id = ANY(%s)", [gone])  # noqa: S608


def forget(ids: Sequence[int], *, after: datetime | None) -> None:
    """Remove the past states of these projects that began after this moment; None: all of them."""
    rows = HealthPast.objects.filter(project_id__in=list(ids))
    (rows if after is None else rows.filter(valid_from__gt=after)).delete()


def _insert(cursor: Any, rows: Mapping[int, Photograph], at: datetime) -> None:
    """Photographs of projects that had none."""
    if rows:
        cursor.execute(
            f"INSERT INTO {_HEALTH} (project_id, computed_at, {_LIST}) SELECT project_id, %s, {_LIST} "  # noqa: S608
            f"FROM json_populate_recordset(NULL::{_HEALTH}, %s)",
            [at, as_json({"project_id": pid, **row} for pid, row in rows.items())],
        )


def _update(cursor: Any, before: Mapping[int, Photograph], rows: Mapping[int, Photograph], at: datetime) -> None:
    """The columns in which some of these photographs differ from what is stored; the names come from the model."""
    if rows:
        columns = _differing(before, rows)
        new = "".join(f", {name} = fresh.{name}" for name in columns)
        cursor.execute(
            f"UPDATE {_HEALTH} AS health SET computed_at = greatest(health.computed_at, %s){new} "  # noqa: S608
            f"FROM json_populate_recordset(NULL::{_HEALTH}, %s) AS fresh WHERE health.project_id = fresh.project_id",
            [at, as_json({"project_id": pid, **{name: row[name] for name in columns}} for pid, row in rows.items())],
        )


def _differing(before: Mapping[int, Photograph], rows: Mapping[int, Photograph]) -> list[str]:
    """The columns in which at least one of these photographs differs from what is stored.

    Whole tuples of the columns that were the same so far are compared first: most rows differ where an earlier one did.
    """
    same = COLUMNS
    values = itemgetter(*same)
    for pid, row in rows.items():
        old = before[pid]
        if values(row) != values(old):
            same = [name for name in same if row[name] == old[name]]
            values = itemgetter("code", "path", *same)  # two names at least, or a getter gives no tuple
    return [name for name in COLUMNS if name not in same]


def as_json(records: Iterable[Photograph]) -> str:
    """Rows for `json_populate_recordset`."""
    return orjson.dumps(list(records), default=_plain).decode()


def _plain(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(to_cents(value))
    raise TypeError(f"{type(value).__name__} has no place in a photograph")
