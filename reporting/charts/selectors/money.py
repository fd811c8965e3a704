"""Money over time and the overruns of each project."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Q, Sum, When
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.periods import months_between
from projects.hierarchy.models import Project
from projects.money.models import FISCAL_YEAR, BudgetLine
from reporting.charts.registry import Twin
from reporting.health.scope import Scope

CURVE_LIMIT = 2000
BUBBLES = 300
Kind = BudgetLine.Kind


@dataclass(frozen=True, slots=True)
class CostCurve:
    """Cumulative money by month, in `currency`: plan for every month, actual up to `last_actual`, forecast from there."""

    months: Sequence[dt.date]
    plan: Sequence[Decimal]
    actual: Sequence[Decimal]
    forecast: Sequence[Decimal]
    currency: str
    projects: int = 0

    @property
    def is_empty(self) -> bool:
        return len(self.months) < 2

    def twin(self) -> Twin:
        scale = "M" if self.is_empty or max(self.plan[-1], *self.forecast[-1:], *self.actual[-1:]) >= 10**6 else "k"
        rows = []
        for position, month in enumerate(self.months):
            later = position - len(self.actual) + 1
            spent = self.actual[position] if position < len(self.actual) else None
            expected = self.forecast[later] if 0 <= later < len(self.forecast) else None
            cells = [
                formats.money(value, self.currency, scale=scale) for value in (self.plan[position], spent, expected)
            ]
            rows.append([formats.date(month, "month"), *cells])
        return Twin([_("Month"), _("Cumulative budget"), _("Cumulative actuals"), _("Forecast cost")], rows)


def cost_curve(scope: Scope) -> CostCurve:
    """Cumulative plan, actuals and forecast of the visible projects that phase and forecast their money by month: one query.

    Only they are drawn, so that the ends of the lines compare (a project without forecast would only weigh on the plan).

    The plan of a project is its approved budget by month, else its original one. A past day has no curve: budget lines keep
    no history; neither has a scope of mixed currencies, nor one too large to be a picture of anything.
    """
    empty = CostCurve((), (), (), (), scope.currency)
    if scope.node is None or scope.as_of or scope.sums.projects > CURVE_LIMIT:
        return empty
    return cumulated(_monthly(scope), scope.currency) or empty


def _monthly(scope: Scope) -> Any:
    """(month, plan, spent, left) sums per month, over the projects that forecast; over all when none does."""
    lines = BudgetLine.objects.filter(month__isnull=False).exclude(category=FISCAL_YEAR)
    same = lines.filter(project=OuterRef("project")).order_by()
    seen = lines.filter(project__in=visible_projects(scope))
    is_plan = Q(kind=Kind.REVISED) | (Q(kind=Kind.INITIAL) & ~Exists(same.filter(kind=Kind.REVISED)))
    forecasting = seen.filter(project__in=seen.filter(kind=Kind.FORECAST).order_by().values("project"))
    for rows in (forecasting, seen):
        found = list(
            rows.order_by()
            .values("month")
            .annotate(
                plan=Sum(Case(When(is_plan, then=F("amount"))), default=0),
                spent=Sum("amount", filter=Q(kind=Kind.ACTUAL), default=0),
                left=Sum("amount", filter=Q(kind=Kind.FORECAST), default=0),
            )
            .order_by("month")
        )
        if found:
            return found
    return []


def visible_projects(scope: Scope) -> Any:
    """The projects that count below the container, within the reader's rights and in its currency."""
    projects = Project.objects.visible_to(scope.user).counted()
    return projects.filter(path__startswith=scope.node.path, currency=scope.currency) if scope.node else projects


def cumulated(rows: list[dict[str, Any]], currency: str) -> CostCurve | None:
    """The curve of sums by month (`month`, `plan`, `spent`, `left`), in order; None without any."""
    if not rows:
        return None
    by_month = {row["month"]: row for row in rows}
    months = list(months_between(rows[0]["month"], rows[-1]["month"]))
    spent_in = [month for month in months if month in by_month and by_month[month]["spent"]]
    last = months.index(spent_in[-1]) if spent_in else -1
    plan, actual, forecast = [], [], []
    totals = {"plan": Decimal(0), "spent": Decimal(0), "left": Decimal(0)}
    for position, month in enumerate(months):
        for name in totals:
            totals[name] += by_month[month][name] if month in by_month else 0
        plan.append(totals["plan"])
        if position <= last:
            actual.append(totals["spent"])
        if position >= last:
            forecast.append(totals["spent"] + totals["left"])
    has_forecast = totals["left"] > 0
    return CostCurve(months, plan, actual, forecast if has_forecast else (), currency)


@dataclass(frozen=True, slots=True)
class Bubble:
    code: str
    name: str
    state: str
    x: float
    y: float
    budget: Decimal


@dataclass(frozen=True, slots=True)
class Overruns:
    """Projects by slippage (calendar days) and cost variance (% of budget); size is the budget."""

    bubbles: Sequence[Bubble]
    currency: str
    known: int
    projects: int

    @property
    def is_empty(self) -> bool:
        return not self.bubbles

    def twin(self) -> Twin:
        rows = [
            [f"{one.code} {one.name}", formats.days(int(one.x)), formats.percent(one.y, 1, sign=True),
             formats.money(one.budget, self.currency, scale="auto")]
            for one in self.bubbles
        ]  # fmt: skip
        note = _("%(known)s of %(projects)s projects have a slippage and a cost variance.") % {
            "known": formats.number(self.known), "projects": formats.number(self.projects),
        }  # fmt: skip
        return Twin([_("Project"), _("Slippage"), _("Cost variance"), _("Budget")], rows, note)


def overruns(scope: Scope) -> Overruns:
    """The largest active projects whose slippage and cost variance are both known: two queries."""
    active = scope.rows().filter(state__in=Project.ACTIVE)
    both = active.filter(
        slip_days__isnull=False, cost_variance_percent__isnull=False, budget__gt=0, currency=scope.currency
    )
    counted = active.aggregate(projects=Count("project_id"))["projects"]
    rows = list(both.order_by("-budget")[:BUBBLES].only(
        "code", "name", "name_en", "computed", "slip_days", "cost_variance_percent", "budget"
    ))  # fmt: skip
    known = len(rows) if len(rows) < BUBBLES else both.count()
    bubbles = [
        Bubble(row.code, row.label, row.computed, row.slip_days, float(row.cost_variance_percent), row.budget)
        for row in rows
    ]
    return Overruns(bubbles, scope.currency, known, counted)
