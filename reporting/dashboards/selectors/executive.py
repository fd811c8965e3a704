"""What the executive page reads beyond the sums: declared levels, deliveries, must-wins, and what changed since a day."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum

from pmo_portal.core.as_of import end_of
from pmo_portal.core.periods import add_months
from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from reporting.charts.selectors.trend import Trend, trend
from reporting.dashboards.changes import END_DAYS, HIGH_RISK, Move, moves
from reporting.health.models import HealthFields
from reporting.health.scope import Scope
from reporting.kpis.portfolio import Declared, HealthIndex, health_index

CANDIDATES = 300
LINES = 7
MUST_WINS = 12
STABLE = (
    "project_id", "code", "name", "name_en", "node_id", "portfolio_id", "state", "declared", "declared_label", "declared_rag",
    "computed", "forecast_end", "budget", "eac", "currency", "max_risk", "late_milestones",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangedProject:
    """A project with what moved, and how much that matters."""

    project_id: int
    code: str
    label: str
    moves: Sequence[Move]
    weight: float


@dataclass(frozen=True, slots=True)
class Briefing:
    """`since` is the day compared with; `delivered` of `closed` projects that ended within a year ended on time (K-P11)."""

    levels: Sequence[Declared]
    before: HealthIndex
    since: dt.date | None
    closed: int
    delivered: int
    must_wins: Sequence[Any]
    changes: Sequence[tuple[Any, Any]]
    trend: Trend

    @property
    def index(self) -> HealthIndex:
        return health_index(self.levels)


def briefing(scope: Scope) -> Briefing:
    """Everything the executive page reads, in eight queries; kept as long as nothing changed in the scope."""
    return scope.kept("briefing", lambda: _briefing(scope))


def _briefing(scope: Scope) -> Briefing:
    points = trend(scope)
    since = points.points[-2].day if len(points.points) > 1 else None
    year_before = add_months(scope.day, -12)
    closed = Q(
        state=Project.State.CLOSED, forecast_end__gt=year_before, forecast_end__lte=scope.day, slip_days__isnull=False
    )
    ended = scope.rows().order_by().aggregate(closed=_count(closed), delivered=_count(closed & Q(slip_days__lte=0)))
    before = scope.history().at(end_of(since)) if since else None  # type: ignore[attr-defined]
    must_wins = scope.rows().filter(must_win=True, state__in=Project.ACTIVE).order_by("-budget", "project_id")
    return Briefing(
        levels=declared_levels(scope.rows(), scope.currency),
        before=health_index(declared_levels(before, scope.currency)) if before is not None else HealthIndex(None, 0, 0),
        since=since,
        closed=ended["closed"],
        delivered=ended["delivered"],
        must_wins=named_milestones(list(must_wins[:MUST_WINS])),
        changes=_changed(scope, before) if before is not None else [],
        trend=points,
    )


def named_milestones(rows: list[Any]) -> list[Any]:
    """The rows with `milestone_en`, the English name of the milestone the photograph names in one language: one query."""
    names = Milestone.objects.filter(project_id__in=[row.project_id for row in rows]).exclude(name_en="")
    english = {
        (project, name): name_en for project, name, name_en in names.values_list("project_id", "name", "name_en")
    }
    for row in rows:
        row.milestone_en = english.get((row.project_id, row.next_milestone), "")
    return rows


def _count(condition: Q) -> Count:
    return Count("project_id", filter=condition)


def declared_levels(rows: QuerySet[Any], currency: str) -> list[Declared]:
    """Active projects per declared level, with their budgets in the currency of the scope: one query."""
    own = Q(currency=currency, budget__isnull=False)
    found = (
        rows.filter(state__in=Project.ACTIVE).order_by().values("declared")
        .annotate(projects=Count("project_id"), money=Sum("budget", filter=own, default=0), known=Count("project_id", filter=own))
    )  # fmt: skip
    return [Declared(row["declared"], row["projects"], row["money"], row["known"]) for row in found]


def _changed(scope: Scope, before: QuerySet[Any]) -> list[tuple[HealthFields, HealthFields]]:
    """(then, now) of the projects that visibly moved, largest budgets first: two queries whatever their number."""
    now = scope.rows()
    ids = now.order_by().values("project_id")
    then = list(
        before.filter(project__in=ids)
        .filter(_differs(scope))
        .order_by(F("budget").desc(nulls_last=True))
        .only(*STABLE)[:CANDIDATES]
    )
    current = {row.project_id: row for row in now.filter(project_id__in=[row.project_id for row in then]).only(*STABLE)}
    return [(row, current[row.project_id]) for row in then if row.project_id in current]


def _differs(scope: Scope) -> Q:
    """A photograph that no longer describes its project: said in SQL, so that unchanged projects are never read."""
    if scope.as_of:
        return Q(valid_to__isnull=False)
    days = dt.timedelta(days=END_DAYS)
    three = Decimal("0.03")
    differs = Q(max_risk__lt=HIGH_RISK, project__health__max_risk__gte=HIGH_RISK)
    for name in ("computed", "declared_rag", "state"):
        differs |= ~Q(**{name: F(f"project__health__{name}")})
    differs |= Q(project__health__forecast_end__gt=F("forecast_end") + days) | Q(
        project__health__forecast_end__lt=F("forecast_end") - days
    )
    for name in ("eac", "budget"):
        differs |= Q(**{f"project__health__{name}__gt": F(name) * (1 + three)}) | Q(
            **{f"project__health__{name}__lt": F(name) * (1 - three)}
        )
    return differs


def changed_projects(scope: Scope, found: Briefing) -> list[ChangedProject]:
    """At most seven projects, by severity × size (domain.md §6.1, block A)."""
    largest = max((float(now.budget) for _then, now in found.changes if now.budget), default=1.0)
    lines = []
    for then, now in found.changes:
        portfolio = scope.nodes.get(now.portfolio_id)
        what = moves(then, now, portfolio.scale if portfolio else "")
        if what:
            size = 0.35 + float(now.budget or 0) / largest
            lines.append(
                ChangedProject(now.project_id, now.code, now.label, what[:3], sum(move.weight for move in what) * size)
            )
    return sorted(lines, key=lambda line: -line.weight)[:LINES]
