"""What a list page says about a scope beyond its sums: what needs attention, ages, due dates, and the choices of its filters.

Put together in a fixed number of queries and kept in the cache under the state of the data: a portfolio that nobody changed
costs nothing to open again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from projects.money.models import FISCAL_YEAR, BudgetLine
from reporting.charts.selectors.money import CURVE_LIMIT, visible_projects
from reporting.charts.selectors.trend import trend
from reporting.dashboards.selectors.parts import AGES, NO_MONEY, part_of
from reporting.health.scope import Scope
from reporting.health.unseen import told


@dataclass(frozen=True, slots=True)
class Attention:
    """A project to treat first, with the reasons of its colour."""

    project_id: int
    code: str
    name: str
    name_en: str
    computed: str
    gap: int | None
    reasons: Sequence[Mapping[str, Any]]
    currency: str
    key_message: str


@dataclass(frozen=True, slots=True)
class Digest:
    """`ages` counts active projects per freshness colour; `first` and `last` bound the timelines; `largest` is a budget.

    `plotted` projects have a slippage and a cost variance; the `year_*` sums are over the projects that publish one year's
    budget and forecast in the currency of the scope. `late`, `critical` (off track) and `overrun` (% over budget) are series
    up to now; `before` is the day of their last but one.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    due_soon: int = 0
    ages: Mapping[str, int] = field(default_factory=dict)
    oldest: dt.date | None = None
    newest: dt.date | None = None
    largest: Decimal | None = None
    currencies: int = 0
    phases: Sequence[str] = ()
    managers: Sequence[tuple[int, str]] = ()
    attention: Sequence[Attention] = ()
    phased: bool = False
    plotted: int = 0
    year_compared: int = 0
    year_budget: Decimal = Decimal(0)
    year_forecast: Decimal = Decimal(0)
    late: Sequence[int] = ()
    overrun: Sequence[float | None] = ()
    critical: Sequence[int] = ()
    before: dt.date | None = None


def digest(scope: Scope) -> Digest:
    """The digest of a scope, kept as long as nothing changed there."""
    return scope.kept("digest", lambda: computed(scope))


def computed(scope: Scope) -> Digest:
    """From the parts of the scope, the reasons of the worst, and the sums of the last periods."""
    part = part_of(scope)
    money = part.money.get(scope.currency, NO_MONEY) if scope.sees_money else NO_MONEY
    plotted, year_compared, year_budget, year_forecast = money
    return Digest(
        first=part.first,
        last=part.last,
        due_soon=part.counts.get("due_soon", 0),
        ages={colour: part.counts.get(f"age_{colour}", 0) for colour in AGES},
        oldest=part.oldest,
        newest=part.newest,
        largest=part.largest if scope.sees_money else None,
        currencies=len(part.money),
        phases=part.phases,
        managers=part.managers,
        attention=attention(scope, [key[-1] for key in part.worst]),
        phased=phases_money(scope),
        plotted=plotted,
        year_compared=year_compared,
        year_budget=year_budget,
        year_forecast=year_forecast,
        **series(scope),
    )


def series(scope: Scope) -> dict[str, Any]:
    """The sparklines of the tiles, from the sums of the last periods."""
    points = trend(scope).points if scope.node else ()
    if len(points) < 2:
        return {}
    return {
        "late": [point.sums.late for point in points],
        "critical": [point.sums.red for point in points],
        "overrun": [percent_over(point.sums) for point in points],
        "before": points[-2].day,
    }


def percent_over(sums: Any) -> float | None:
    """Forecast over budget in %, over the projects where both are known (ratio of sums, BR-31); None when there is none."""
    if not sums.compared_budget:
        return None
    return float(100 * (sums.compared_eac - sums.compared_budget) / sums.compared_budget)


def attention(scope: Scope, projects: Sequence[int]) -> list[Attention]:
    """What the page says of the projects to treat first, in their order: one query."""
    fields = ("project_id", "code", "name", "name_en", "computed", "gap", "reasons", "currency", "key_message")
    found = list(scope.rows().filter(project__in=projects).values(*fields))
    for row in found if not scope.sees_money else ():
        row["reasons"] = told(row["reasons"])
    rows = {row["project_id"]: Attention(**row) for row in found}
    return [rows[pk] for pk in projects if pk in rows]


def phases_money(scope: Scope) -> bool:
    """Whether budgets are phased by month here, so that a cost curve can be drawn."""
    if scope.node is None or scope.as_of or not scope.sees_money or scope.sums.projects > CURVE_LIMIT:
        return False
    lines = BudgetLine.objects.filter(project__in=visible_projects(scope), month__isnull=False)
    return lines.exclude(category=FISCAL_YEAR).values("month").distinct()[:2].count() > 1
