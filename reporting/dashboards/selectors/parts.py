"""What a page needs of a scope beyond its sums: the figures of the projects right in each container, and how they add up."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from heapq import nsmallest
from itertools import chain
from operator import add
from typing import Any

from django.contrib.postgres.aggregates import ArrayAgg, JSONBAgg
from django.db.models import Case, Count, F, IntegerField, Max, Min, Q, QuerySet, Sum, Value, When, Window
from django.db.models.functions import Coalesce, JSONObject, RowNumber

from pmo_portal.core.ordering import natural_key
from pmo_portal.core.periods import add_months
from projects.hierarchy.models import Project
from reporting.dashboards.selectors.kept_tree import put_together
from reporting.health.scope import Scope

FACETS = 30
ATTENTION = 5
MUST_WINS = 12
DUE_DAYS = 60
AGES = ("green", "amber", "red", "grey")
COUNTS = ("due_soon", "closed", "delivered", *(f"age_{colour}" for colour in AGES))

ACTIVE = Q(state__in=Project.ACTIVE)
# Red before amber, then those declared better than computed, must-wins, and by budget.
WORST_FIRST: Mapping[str, Any] = {
    "key_colour": Case(When(computed="red", then=Value(0)), default=Value(1), output_field=IntegerField()),
    "key_optimism": -Coalesce("gap", Value(0)),
    "key_other": Case(When(must_win=True, then=Value(0)), default=Value(1), output_field=IntegerField()),
    "key_size": -Coalesce("budget", Value(Decimal(0))),
}
LARGEST_FIRST: Mapping[str, Any] = {"key_size": -Coalesce("budget", Value(Decimal(-1)))}
NO_SIZE: Mapping[str, Any] = {"key_size": Value(0)}  # an order by budget would tell it


@dataclass(frozen=True, slots=True)
class Part:
    """What the projects below a container say together; parts add up.

    `counts` by the names of `COUNTS`; `money` is {currency: (projects with a slippage and a cost variance, projects publishing a
    year's budget and forecast, the sum of these budgets, of these forecasts)}; `levels` are {(declared level, currency): (active
    projects, their budgets, how many are known)}; `worst` and `must_wins` are sort keys that end with the project.
    """

    first: dt.date | None = None
    last: dt.date | None = None
    oldest: dt.date | None = None
    newest: dt.date | None = None
    largest: Decimal | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    money: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    levels: Mapping[tuple[str, str], tuple[Any, ...]] = field(default_factory=dict)
    phases: Sequence[str] = ()
    managers: Sequence[tuple[int, str]] = ()
    worst: Sequence[tuple[Any, ...]] = ()
    must_wins: Sequence[tuple[Any, ...]] = ()


NO_MONEY = (0, 0, Decimal(0), Decimal(0))


def merged(parts: Sequence[Part]) -> Part:
    """The part of everything these parts cover; they must not overlap."""
    managers = {pk: name for part in parts for pk, name in part.managers}
    return Part(
        first=min((part.first for part in parts if part.first), default=None),
        last=max((part.last for part in parts if part.last), default=None),
        oldest=min((part.oldest for part in parts if part.oldest), default=None),
        newest=max((part.newest for part in parts if part.newest), default=None),
        largest=max((part.largest for part in parts if part.largest is not None), default=None),
        counts={name: sum(part.counts.get(name, 0) for part in parts) for name in COUNTS},
        money=_added(part.money for part in parts),
        levels=_added(part.levels for part in parts),
        phases=sorted({phase for part in parts for phase in part.phases}, key=natural_key)[:FACETS],
        managers=sorted(managers.items(), key=lambda each: natural_key(each[1]))[:FACETS],
        worst=nsmallest(ATTENTION, chain.from_iterable(part.worst for part in parts)),
        must_wins=nsmallest(MUST_WINS, chain.from_iterable(part.must_wins for part in parts)),
    )


def _added(sums: Iterable[Mapping[Any, tuple[Any, ...]]]) -> dict[Any, tuple[Any, ...]]:
    """Figures added place by place, key by key."""
    found = dict[Any, tuple[Any, ...]]()
    for one in sums:
        for key, figures in one.items():
            found[key] = tuple(map(add, found[key], figures)) if key in found else figures
    return found


def part_of(scope: Scope) -> Part:
    """The part of a scope: from kept parts where stored sums cover it (they tell when anything changed), else counted."""
    return put_together(scope, "part", lambda rows: own_parts(rows, scope.day, money=scope.sees_money), merged)


def own_parts(rows: QuerySet[Any], day: dt.date, *, money: bool = True) -> dict[int, Part]:
    """{container: the part of the photographs right in it}, in three queries whatever their number.

    Without `money` nothing is ordered by it.
    """
    rows = rows.order_by()
    size = {} if money else NO_SIZE
    worst = _first(rows.filter(ACTIVE, computed__in=("red", "amber")), {**WORST_FIRST, **size}, ATTENTION)
    must_wins = _first(rows.filter(ACTIVE, must_win=True), {**LARGEST_FIRST, **size}, MUST_WINS)
    parts = defaultdict[int, list[Part]](list)
    for row in _facts(rows, day):
        parts[row["node_id"]].append(_fact(row))
    firsts = {node: Part(worst=worst[node], must_wins=must_wins[node]) for node in parts}
    return {node: merged([*facts, firsts[node]]) for node, facts in parts.items()}


def _facts(rows: QuerySet[Any], day: dt.date) -> QuerySet[Any, dict[str, Any]]:
    """One row per container, declared level and currency."""
    manager = JSONObject(pk="manager_id", name="manager_name")
    ends, begins = Coalesce("forecast_end", "baseline_end"), Coalesce("start_date", "baseline_start")
    plotted = ACTIVE & Q(slip_days__isnull=False, cost_variance_percent__isnull=False, budget__gt=0)
    yearly = Q(year_budget__isnull=False, year_forecast__isnull=False)
    ended = Q(state=Project.State.CLOSED, forecast_end__gt=add_months(day, -12), forecast_end__lte=day)
    closed = ended & Q(slip_days__isnull=False)
    due = ACTIVE & Q(ends__gte=day, ends__lte=day + dt.timedelta(days=DUE_DAYS))
    return rows.alias(ends=ends).values("node_id", "declared", "currency").annotate(
        first=Min(begins),
        last=Max(ends),
        oldest=Min("data_date", filter=ACTIVE),
        newest=Max("data_date", filter=ACTIVE),
        largest=Max("budget"),
        due_soon=_count(due),
        closed=_count(closed),
        delivered=_count(closed & Q(slip_days__lte=0)),
        **{f"age_{colour}": _count(ACTIVE & Q(freshness=colour)) for colour in AGES},
        plotted=_count(plotted),
        year_compared=_count(yearly),
        sum_budget=Sum("year_budget", filter=yearly, default=0),
        sum_forecast=Sum("year_forecast", filter=yearly, default=0),
        active=_count(ACTIVE),
        money=Sum("budget", filter=ACTIVE, default=0),
        known=_count(ACTIVE & Q(budget__isnull=False)),
        phases=ArrayAgg("phase", distinct=True, filter=~Q(phase=""), default=Value([])),
        managers=JSONBAgg(manager, distinct=True, filter=Q(manager_id__isnull=False), default=Value([])),
    )  # fmt: skip


def _count(condition: Q) -> Count:
    return Count("project_id", filter=condition)


def _fact(row: Mapping[str, Any]) -> Part:
    currency = row["currency"]
    level = {(row["declared"], currency): (row["active"], row["money"], row["known"])}
    return Part(
        **{name: row[name] for name in ("first", "last", "oldest", "newest", "largest")},
        counts={name: row[name] for name in COUNTS},
        money={currency: (row["plotted"], row["year_compared"], row["sum_budget"], row["sum_forecast"])},
        levels=level if row["active"] else {},
        phases=row["phases"],
        managers=[(one["pk"], one["name"]) for one in row["managers"]],
    )


def _first(rows: QuerySet[Any], keys: Mapping[str, Any], most: int) -> dict[int, list[tuple[Any, ...]]]:
    """{container: the sort keys of its first rows, and their projects}, in one query."""
    ranked = rows.annotate(**keys)
    order = [*keys, "project_id"]
    placed = ranked.annotate(place=Window(RowNumber(), partition_by=F("node_id"), order_by=order))
    found = defaultdict[int, list[tuple[Any, ...]]](list)
    for node, *key in placed.filter(place__lte=most).values_list("node_id", *order):
        found[node].append(tuple(key))
    return found
