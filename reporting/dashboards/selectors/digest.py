"""What a list page says about a scope beyond its sums: what needs attention, ages, due dates, and the choices of its filters.

Read from the photographs in a fixed number of queries, and kept in the cache under the state of the data: a portfolio that
nobody changed costs nothing to open again.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, IntegerField, Max, Min, Q, Sum, Value, When
from django.db.models.functions import Coalesce

from projects.hierarchy.models import Project
from projects.money.models import FISCAL_YEAR, BudgetLine
from reporting.charts.selectors.money import CURVE_LIMIT, visible_projects
from reporting.charts.selectors.trend import trend
from reporting.health.scope import Scope

ATTENTION = 5
FACETS = 30
DUE_DAYS = 60
AGES = ("green", "amber", "red", "grey")


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
    """Seven queries over the visible photographs."""
    rows = scope.rows().order_by()
    active = Q(state__in=Project.ACTIVE)
    ends = Coalesce("forecast_end", "baseline_end")
    begins = Coalesce("start_date", "baseline_start")
    until = scope.day + dt.timedelta(days=DUE_DAYS)
    drawn = Q(slip_days__isnull=False, cost_variance_percent__isnull=False, budget__gt=0)
    yearly = Q(currency=scope.currency, year_budget__isnull=False, year_forecast__isnull=False)
    ages = {f"age_{colour}": Count("project_id", filter=active & Q(freshness=colour)) for colour in AGES}
    facts = rows.alias(ends=ends).aggregate(
        first=Min(begins),
        last=Max(ends),
        due_soon=Count("project_id", filter=active & Q(ends__gte=scope.day, ends__lte=until)),
        oldest=Min("data_date", filter=active),
        newest=Max("data_date", filter=active),
        largest=Max("budget"),
        currencies=Count("currency", distinct=True),
        plotted=Count("project_id", filter=active & drawn & Q(currency=scope.currency)),
        year_compared=Count("project_id", filter=yearly),
        sum_budget=Sum("year_budget", filter=yearly, default=0),
        sum_forecast=Sum("year_forecast", filter=yearly, default=0),
        **ages,
    )
    people = rows.filter(manager_id__isnull=False).values_list("manager_id", "manager_name")
    return Digest(
        first=facts["first"],
        last=facts["last"],
        due_soon=facts["due_soon"],
        ages={colour: facts[f"age_{colour}"] for colour in AGES},
        oldest=facts["oldest"],
        newest=facts["newest"],
        largest=facts["largest"],
        currencies=facts["currencies"],
        phases=list(rows.exclude(phase="").values_list("phase", flat=True).distinct().order_by("phase")[:FACETS]),
        managers=list(people.distinct().order_by("manager_name")[:FACETS]),
        attention=attention(scope),
        phased=phases_money(scope),
        plotted=facts["plotted"],
        year_compared=facts["year_compared"],
        year_budget=facts["sum_budget"],
        year_forecast=facts["sum_forecast"],
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


def attention(scope: Scope, limit: int = ATTENTION) -> list[Attention]:
    """The projects to treat first: red before amber, then those declared better than computed, must-wins, and by budget."""
    rank = Case(When(computed="red", then=Value(0)), default=Value(1), output_field=IntegerField())
    optimism = Coalesce("gap", Value(0))
    rows = (
        scope.rows()
        .filter(state__in=Project.ACTIVE, computed__in=("red", "amber"))
        .alias(rank=rank, optimism=optimism, weight=Coalesce("budget", Value(Decimal(0))))
        .order_by("rank", "-optimism", "-must_win", "-weight", "project_id")
    )
    fields = ("project_id", "code", "name", "name_en", "computed", "gap", "reasons", "currency", "key_message")
    return [Attention(**row) for row in rows.values(*fields)[:limit]]


def phases_money(scope: Scope) -> bool:
    """Whether budgets are phased by month here, so that a cost curve can be drawn."""
    if scope.node is None or scope.as_of or scope.sums.projects > CURVE_LIMIT:
        return False
    lines = BudgetLine.objects.filter(project__in=visible_projects(scope), month__isnull=False)
    return lines.exclude(category=FISCAL_YEAR).values("month").distinct()[:2].count() > 1
