"""Two states of every project of a scope, told apart in one statement: what moved, sorted by impact, and the totals.

The states of an end are what a page of that day shows (`End.photographs`). Whose projects these are is decided by the rights
of today (decision 0160), where each one was by its photograph.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from reporting.comparing import weights
from reporting.health.changes import END_DAYS
from reporting.health.models import HealthHistory
from reporting.health.scope import Scope
from reporting.health.unseen import with_money

COLUMNS = (
    "code", "name", "name_en", "state", "declared", "declared_rag", "computed", "forecast_end", "budget", "eac", "currency",
    "max_risk", "declared_label", "portfolio_id", "path", "confidential", "phase", "late_milestones",
)  # fmt: skip
AMOUNTS = ("budget", "eac")
COLOURS = ("green", "amber", "red", "grey")
KINDS = ", ".join(f"CASE WHEN {condition} THEN '{kind}' END" for kind, condition in weights.KINDS.items())


@dataclass(frozen=True, slots=True)
class Asked:
    """What is compared, narrowed to kinds of differences (`weights.KINDS`) and a way (`weights.WAYS`)."""

    scope: Scope
    start: Any
    stop: Any
    kinds: Sequence[str] = ()
    way: str = ""
    size: int = 50
    skip: int = 0


@dataclass(frozen=True, slots=True)
class Shift:
    """One project that moved, in which `kinds`; `before` is None when it arrived, `after` when it left. `reached` milestones."""

    project_id: int
    before: Any
    after: Any
    severity: float
    impact: float
    reached: int
    kinds: Sequence[str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """`totals`: counts of projects by difference, colours at both ends, and sums over those whose figures are known at both."""

    totals: dict[str, Any]
    shifts: Sequence[Shift]

    @property
    def landing_percent(self) -> float | None:
        """By how much the forecast cost of the whole moved: a ratio of sums."""
        before, after = self.totals["eac_before"], self.totals["eac_after"]
        return float(100 * (after - before) / before) if before else None


def compare(asked: Asked) -> Comparison:
    """Two scans of photographs joined by project: one statement, and none more however many projects."""
    sql, values = statement(asked)
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        names = [column[0] for column in cursor.description]
        rows = cursor.fetchall()
    edge = names.index("project_id")  # the totals stand before it, in every row
    found = [dict(zip(names[edge:], row[edge:], strict=True)) for row in rows if row[edge] is not None]
    return Comparison(dict(zip(names[:edge], rows[0], strict=False)), [shift(row) for row in found])


def shift(row: dict[str, Any]) -> Shift:
    return Shift(
        row["project_id"],
        _photo(row, "a_"),
        _photo(row, "b_"),
        float(row["severity"]),
        float(row["impact"]),
        row["reached"],
        row["kinds"],
    )


def _photo(row: dict[str, Any], prefix: str) -> HealthHistory | None:
    if row[f"{prefix}project_id"] is None:
        return None
    return HealthHistory(project_id=row["project_id"], **{name: row[f"{prefix}{name}"] for name in COLUMNS})


def statement(asked: Asked) -> tuple[str, list[Any]]:
    """The SQL and its values. What a reader may not see of the money is gone before anything is weighed, sorted or summed."""
    (before, left), (after, right) = (_end(asked.scope, one) for one in (asked.start, asked.stop))
    money, entitled = _money(asked.scope)
    plain = [name for name in COLUMNS if name not in AMOUNTS]
    shown = [f"{one}.{name} AS {one}_{name}" for one in "ab" for name in plain]
    amounts = [f"CASE WHEN {money} THEN {one}.{name} END AS {one}_{name}" for one in "ab" for name in AMOUNTS]
    narrowed = [f"({' OR '.join(f'({weights.KINDS[kind]})' for kind in asked.kinds)})"] if asked.kinds else []
    narrowed += [f"({weights.WAYS[asked.way]})"] if asked.way else []
    sql = f"""
        WITH a AS ({before}), b AS ({after}),
        gates AS (
            SELECT project_id, count(*) AS reached FROM projects_milestone
            WHERE actual_date > %s AND actual_date <= %s GROUP BY project_id
        ),
        pairs AS (
            SELECT coalesce(b.project_id, a.project_id) AS project_id, a.project_id AS a_project_id,
                b.project_id AS b_project_id, coalesce(gates.reached, 0) AS reached,
                a.currency = b.currency AND b.currency = %s AS own, {money} AS paid, {", ".join(shown + amounts)}
            FROM a FULL JOIN b ON b.project_id = a.project_id
            LEFT JOIN gates ON gates.project_id = coalesce(b.project_id, a.project_id)
        ),
        weighed AS MATERIALIZED (SELECT *, {weights.SEVERITY} AS severity FROM pairs),
        totals AS (SELECT {_totals()} FROM weighed),
        page AS (
            SELECT *, (0.35 + coalesce(b_budget, a_budget, 0)
                / coalesce(nullif(max(coalesce(b_budget, a_budget)) OVER (), 0), 1)) * severity AS impact
            FROM weighed WHERE severity > 0
        ),
        listed AS (SELECT * FROM page {f"WHERE {' AND '.join(narrowed)}" if narrowed else ""})
        SELECT totals.*, (SELECT count(*) FROM listed) AS listed, found.* FROM totals LEFT JOIN (
            SELECT *, array_remove(ARRAY[{KINDS}], NULL) AS kinds FROM listed ORDER BY impact DESC, project_id LIMIT %s OFFSET %s
        ) AS found ON true ORDER BY found.impact DESC NULLS LAST, found.project_id
    """  # noqa: S608  (names of our own columns; what was asked is in the values)
    values = [*left, *right, asked.start.day, asked.stop.day, asked.scope.currency, *entitled * (1 + len(amounts))]
    return sql, [*values, asked.size, asked.skip]


def _end(scope: Scope, end: Any) -> tuple[str, list[Any]]:
    """The visible states at one end."""
    rows = end.photographs().visible_to(scope.user).filter(counted=True)
    rows = rows.filter(path__startswith=scope.node.path) if scope.node else rows
    return _as_sql(rows.values("project_id", *COLUMNS))


def _money(scope: Scope) -> tuple[str, list[Any]]:
    """The condition under which the amounts of a project are known to the reader, wherever it was then."""
    if Access.of(scope.user).sees_all_money():
        return "true", []
    sql, values = _as_sql(with_money(scope.user))
    return f"coalesce(b.project_id, a.project_id) IN ({sql})", values


def _as_sql(rows: QuerySet[Any]) -> tuple[str, list[Any]]:
    compiler = rows.order_by().query.get_compiler(using="default", elide_empty=False)  # nothing to see is a result
    sql, values = compiler.as_sql()
    return sql, list(values)


def _totals() -> str:
    counted = {"before": "a_project_id IS NOT NULL", "after": "b_project_id IS NOT NULL", "moved": "severity > 0"}
    counted |= {name: f"({condition})" for name, condition in (weights.WAYS | weights.KINDS).items()}
    for name in ("computed", "declared_rag"):
        short = name.removesuffix("_rag")
        counted |= {f"{short}_worse": weights.worse(name), f"{short}_better": weights.better(name)}
        counted |= {
            f"{short}_{colour}_{when}": f"{side}_{name} = '{colour}'"
            for colour in COLOURS for side, when in (("a", "before"), ("b", "after"))
        }  # fmt: skip
    counted |= {"later": f"{weights.DAYS} > {END_DAYS}", "earlier": f"{weights.DAYS} < -{END_DAYS}"}
    sums = [f"count(*) FILTER (WHERE {condition}) AS {name}" for name, condition in counted.items()]
    for name in AMOUNTS:  # a sum is told where every amount in it may be
        known = f"own AND a_{name} IS NOT NULL AND b_{name} IS NOT NULL"
        sums += [
            f"CASE WHEN bool_and(paid) THEN sum({side}_{name}) FILTER (WHERE {known}) END AS {name}_{when}"
            for side, when in (("a", "before"), ("b", "after"))
        ]
        sums.append(f"CASE WHEN bool_and(paid) THEN count(*) FILTER (WHERE {known}) ELSE 0 END AS {name}_known")
    sums.append("coalesce(bool_and(paid), true) AS sees_money")
    return ", ".join(sums)


def reached_between(projects: Sequence[int], start: dt.date, stop: dt.date) -> dict[int, list[Milestone]]:
    """The milestones these projects reached after a day and up to another, as they are known today: one query."""
    found: dict[int, list[Milestone]] = {}
    rows = Milestone.objects.filter(project__in=projects, actual_date__gt=start, actual_date__lte=stop)
    for row in rows.order_by("actual_date", "pk"):
        found.setdefault(row.project_id, []).append(row)
    return found
