"""What the executive page reads beyond the sums: declared levels, deliveries, must-wins, and what changed since a day."""

import datetime as dt
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from heapq import nsmallest
from itertools import chain
from typing import Any

from django.db.models import Count, F, Q, QuerySet, Sum, Window
from django.db.models.functions import RowNumber

from pmo_portal.core.as_of import end_of
from pmo_portal.core.kept import kept
from projects.hierarchy.models import Project
from reporting.charts.selectors.trend import DRAWN, Trend, trend
from reporting.dashboards.selectors.kept_tree import put_together
from reporting.dashboards.selectors.parts import Part, part_of
from reporting.health.changes import END_DAYS, HIGH_RISK, Move, moves
from reporting.health.models import HealthFields, HealthPast, Rollup
from reporting.health.scope import Scope, hash_of
from reporting.health.unseen import hidden_unless
from reporting.kpis.portfolio import Declared, HealthIndex, health_index

# The largest of those that moved are weighed. On a past day more of them: which ones moved is not told by their rows of now.
CANDIDATES, CANDIDATES_THEN = 60, 300
LINES = 7
STABLE = (
    "project_id", "code", "name", "name_en", "node_id", "portfolio_id", "state", "declared", "declared_label", "declared_rag",
    "computed", "forecast_end", "budget", "eac", "currency", "max_risk", "late_milestones",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ChangedProject:
    """A project with what moved."""

    project_id: int
    code: str
    label: str
    moves: Sequence[Move]


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
    """Everything the executive page reads, in a fixed number of queries; kept as long as nothing changed in the scope."""
    return scope.kept("briefing", lambda: _briefing(scope))


def _briefing(scope: Scope) -> Briefing:
    points = trend(scope)
    since = points.points[-2].day if len(points.points) > 1 else None
    part = part_of(scope)
    before = scope.history().at(end_of(since)) if since else None  # type: ignore[attr-defined]
    return Briefing(
        levels=levels_of(part, scope.currency if scope.sees_money else ""),
        before=_index_then(scope, points, before)
        if before is not None and scope.sees_money
        else HealthIndex(None, 0, 0),
        since=since,
        closed=part.counts.get("closed", 0),
        delivered=part.counts.get("delivered", 0),
        must_wins=_in_order(scope, [key[-1] for key in part.must_wins]),
        changes=_changed(scope, since) if since else [],
        trend=points,
    )


def _in_order(scope: Scope, projects: Sequence[int]) -> list[HealthFields]:
    """The photographs of these projects, in their order: one query.

    They are kept for all who see the same projects, so amounts that only some of these know are not in them.
    """
    rows = {row.project_id: hidden_unless(scope.sees_money, row) for row in scope.rows().filter(project__in=projects)}
    return [rows[pk] for pk in projects if pk in rows]


def worst_below(scope: Scope, most: int) -> dict[int, Rollup]:
    """The stored sums of the containers right below that have projects, most off track first: one query."""
    rows = Rollup.objects.filter(node__parent=scope.node, audience=scope.audience, projects__gt=0)
    return {row.node_id: scope.shown(row) for row in rows.order_by("-red", "-amber", "node__name")[:most]}


def levels_of(part: Part, currency: str) -> list[Declared]:
    """Active projects per declared level, with their budgets in the currency of the scope."""
    found = dict[str, Declared]()
    for (level, own), (projects, money, known) in sorted(part.levels.items()):
        one = found.get(level, Declared(level, 0, Decimal(0), 0))
        counts = (one.budget + money, one.budget_known + known) if own == currency else (one.budget, one.budget_known)
        found[level] = Declared(level, one.projects + projects, *counts)
    return list(found.values())


def _index_then(scope: Scope, points: Trend, before: QuerySet[Any]) -> HealthIndex:
    """The health index of the day compared with. The past stays: it is counted again only when its sums say otherwise."""
    then = points.points[-2]
    sums = [getattr(then.sums, name) for name in DRAWN]
    node = scope.node.path if scope.node else ""
    key = f"index:{node}:{scope.currency}:{scope.rights}:{hash_of(f'{then.day} {sums}')}"
    return kept(key, lambda: health_index(declared_levels(before, scope.currency)))


def declared_levels(rows: QuerySet[Any], currency: str) -> list[Declared]:
    """Active projects per declared level, with their budgets in the currency of the scope: one query."""
    own = Q(currency=currency, budget__isnull=False)
    found = (
        rows.filter(state__in=Project.ACTIVE).order_by().values("declared")
        .annotate(projects=Count("project_id"), money=Sum("budget", filter=own, default=0), known=Count("project_id", filter=own))
    )  # fmt: skip
    return [Declared(row["declared"], row["projects"], row["money"], row["known"]) for row in found]


def _changed(scope: Scope, since: dt.date) -> list[tuple[HealthFields, HealthFields]]:
    """(then, now) of the projects that moved most since a day, by severity × size (domain.md §6.1, block A)."""
    most = CANDIDATES_THEN if scope.as_of else CANDIDATES
    largest = put_together(
        scope,
        f"moved:{since}",
        lambda rows: _moved(scope, rows, since, most),
        lambda parts: nsmallest(most, chain(*parts)),
    )
    ids = [project for _size, project in largest]
    before = scope.history().at(end_of(since)).filter(project_id__in=ids).only(*STABLE)  # type: ignore[attr-defined]
    then = {row.project_id: hidden_unless(scope.sees_money, row) for row in before}
    rows = scope.rows().filter(project_id__in=ids).only(*STABLE)
    now = {row.project_id: hidden_unless(scope.sees_money, row) for row in rows}
    return _heaviest(scope, [(then[pk], now[pk]) for pk in ids if pk in then and pk in now])


def _heaviest(scope: Scope, pairs: Sequence[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    largest = max((float(now.budget) for _then, now in pairs if now.budget), default=1.0)

    def weight(pair: tuple[Any, Any]) -> float:
        size = 0.35 + float(pair[1].budget or 0) / largest
        return size * sum(move.weight for move in _moves(scope, *pair))

    return [pair for pair in sorted(pairs, key=weight, reverse=True)[:LINES] if weight(pair) > 0]


def _moved(scope: Scope, rows: QuerySet[Any], since: dt.date, most: int) -> dict[int, list[tuple[Decimal, int]]]:
    """{container: (budget below zero, project) of those that moved there}, the `most` largest first: one query.

    Only states that are over are compared: one that is still true did not move – but for what a freeze kept of the declaration.
    """
    moment = end_of(since)
    there = Q(project_id__in=rows.values("project_id"))
    if scope.as_of:
        told = Q(project_id__in=rows.filter(_frozen_otherwise()).values("project_id"))
        over: QuerySet[Any] = scope.history().at(moment).filter(there, Q(valid_to__isnull=False) | told)  # type: ignore[attr-defined]
    else:
        ended = HealthPast.objects.filter(there, valid_from__lte=moment, valid_to__gt=moment)
        over = ended.filter(_differs(("eac", "budget") if scope.sees_money else ()))
    order: list[Any] = [F("budget").desc(nulls_last=True), "project_id"] if scope.sees_money else ["project_id"]
    placed = over.order_by().annotate(  # where they are now: what was kept is told to be stale by those containers
        home=F("project__health__node_id"), place=Window(RowNumber(), partition_by=F("home"), order_by=order)
    )
    found = defaultdict[int, list[tuple[Decimal, int]]](list)
    for node, budget, project in placed.filter(place__lte=most).values_list("home", "budget", "project_id"):
        found[node].append((-(budget or Decimal(0)) if scope.sees_money else Decimal(0), project))
    return found


def _frozen_otherwise() -> Q:
    """The rows of a past day whose freeze kept another declaration than the project has today."""
    return Q(is_frozen=True) & ~Q(declared_rag=F("project__health__declared_rag"))


def _moves(scope: Scope, then: Any, now: Any) -> list[Move]:
    portfolio = scope.nodes.get(now.portfolio_id)
    return moves(then, now, portfolio.scale if portfolio else "")


def _differs(figures: Sequence[str]) -> Q:
    """A photograph that no longer describes its project: said in SQL, so that unchanged projects are never read."""
    days = dt.timedelta(days=END_DAYS)
    three = Decimal("0.03")
    differs = Q(max_risk__lt=HIGH_RISK, project__health__max_risk__gte=HIGH_RISK)
    for name in ("computed", "declared_rag", "state"):
        differs |= ~Q(**{name: F(f"project__health__{name}")})
    differs |= Q(project__health__forecast_end__gt=F("forecast_end") + days) | Q(
        project__health__forecast_end__lt=F("forecast_end") - days
    )
    for name in figures:
        differs |= Q(**{f"project__health__{name}__gt": F(name) * (1 + three)}) | Q(
            **{f"project__health__{name}__lt": F(name) * (1 - three)}
        )
    return differs


def changed_projects(scope: Scope, found: Briefing) -> list[ChangedProject]:
    """The projects that moved most, with what moved in the reader's words."""
    return [
        ChangedProject(now.project_id, now.code, now.label, _moves(scope, then, now)[:3]) for then, now in found.changes
    ]
