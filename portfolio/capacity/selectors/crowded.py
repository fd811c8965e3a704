"""The days on which somebody has too much, and of what: what sums by week say without saying when."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from portfolio.capacity.selectors.behind import worked_on
from projects.resources import worktime
from projects.resources.models import Allocation, AllocationMonth, Person
from projects.resources.selectors.time import firmly_given, time_of
from projects.resources.worktime import Asked, Horizon, first_of_month, month_number

LEAST = 0.005  # of a day: less of a project is not told


@dataclass(frozen=True, slots=True)
class Day:
    """Days of work. `of` the projects their reader sees, the most first; `others` the rest, in one sum. `named`: the ids of those
    they do not see, and know because they work on them."""

    day: date
    capacity: float
    hard: float
    over: float
    of: tuple[tuple[Any, float], ...] = ()
    others: float = 0.0
    named: frozenset[int] = frozenset()

    @property
    def likeness(self) -> tuple[Any, ...]:
        """What makes two days one line."""
        shares = tuple((project.pk, round(load, 2)) for project, load in self.of)
        return round(self.capacity, 2), round(self.hard, 2), shares


@dataclass(slots=True)
class Run:
    """Days on which nothing but the date differs, one after the other."""

    days: list[Day] = field(default_factory=list)

    @property
    def first(self) -> Day:
        return self.days[0]

    @property
    def last(self) -> Day:
        return self.days[-1]

    @property
    def over(self) -> float:
        return sum(one.over for one in self.days)


def crowded_days(person: Person, first: date, last: date, *, reader: Any) -> list[Day]:
    """Those with more hard load than capacity from `first` to `last`: eight statements, whatever their number."""
    horizon = Horizon.of(first, last)
    time = time_of([person.pk], horizon)
    months = firmly_given(
        AllocationMonth.objects.filter(
            allocation__person=person,
            month__range=[first_of_month(n) for n in (horizon.first_month, horizon.last_month)],
        )
    )
    rows = list(months.order_by("pk").values_list("allocation", "month", "granted", "allocation__measure"))
    asked = Asked.of(
        [(0, month_number(month), float(granted), measure == "percent") for _pk, month, granted, measure in rows]
    )
    loads = worktime.spread(horizon, time.worked, asked)
    hard = worktime.by_row(horizon, asked.row, 1, loads)[0]
    capacity = time.worked.capacity[0]
    over = worktime.too_much(hard, capacity)
    inside = horizon.slice_of(first.toordinal(), last.toordinal())
    found = [int(at) for at in np.flatnonzero(over) if inside.start <= at < inside.stop]
    shares: Mapping[int, dict[int, float]] = {at: defaultdict(float) for at in found}
    for item, at, load in zip(loads.item, loads.day, loads.load, strict=True):
        if at in shares and load >= LEAST:
            shares[int(at)][rows[item][0]] += float(load)
    pks = {pk for of in shares.values() for pk in of}
    seen = Allocation.objects.visible_to(reader).filter(pk__in=pks)
    project_of = {row.pk: row.project for row in seen.select_related("project")}
    working = worked_on(pks - project_of.keys(), reader) if person.user_id == reader.pk else {}
    project_of |= {pk: row.project for pk, row in working.items()}
    named = frozenset(row.project_id for row in working.values())
    return [
        _day(date.fromordinal(horizon.first + at), capacity[at], hard[at], over[at], shares[at], project_of, named)
        for at in found
    ]


def _day(
    day: date,
    capacity: float,
    hard: float,
    over: float,
    shares: Mapping[int, float],
    project_of: Mapping[int, Any],
    named: frozenset[int],
) -> Day:
    projects: dict[int, Any] = {}
    loads: dict[int, float] = defaultdict(float)
    for pk, load in shares.items():
        if (project := project_of.get(pk)) is not None:
            projects[project.pk] = project
            loads[project.pk] += load
    of = sorted(loads, key=lambda pk: (-loads[pk], pk))
    others = sum(shares.values()) - sum(loads.values())
    return Day(
        day, float(capacity), float(hard), float(over), tuple((projects[pk], loads[pk]) for pk in of), others, named
    )


def runs_of(days: Sequence[Day]) -> list[Run]:
    """Days alike in one line: from Friday to Monday a week-end nobody works is no gap."""
    found: list[Run] = []
    for one in days:
        last = found[-1].last if found else None
        if last is not None and last.likeness == one.likeness and _next(last.day, one.day):
            found[-1].days.append(one)
        else:
            found.append(Run([one]))
    return found


def _next(day: date, other: date) -> bool:
    between = (other - day).days
    return between == 1 or (day.weekday() == 4 and between == 3)
