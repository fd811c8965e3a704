"""A cell in which more is asked than there is, and what any months of requests would load inside it.

It counts as the picture does (`behind`, decision 0221), live: an option says what the cell will say once it is done.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np

from pmo_portal.core.periods import add_months
from portfolio.capacity.selectors.amounts import amounts
from portfolio.capacity.selectors.behind import Cell, Line, behind, people_in
from portfolio.capacity.selectors.periods import GRAINS, MONTH, Period, period_of
from portfolio.capacity.selectors.picture import MODELS, PERSON, ROLE, SKILL, UNIT
from portfolio.capacity.selectors.roleless import people_asked_as
from portfolio.relief.later import weekdays
from portfolio.relief.models import Proposal
from projects.hierarchy.models import Project
from projects.resources import worktime
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors.fit import units_below
from projects.resources.selectors.team import days_of
from projects.resources.selectors.time import calendars_in, time_of
from projects.resources.worktime import Asked, Horizon, month_number

SHORT = 0.05  # of a day: what a figure with one decimal does not show


@dataclass(frozen=True)
class Conflict:
    """`kind` and `ref` are the row of the heat map, `name` what it is called."""

    kind: str
    ref: int
    name: str
    cell: Cell
    today: date
    given_up: float = 0.0  # days that changed requests no longer ask for: free once who answers for people confirms

    @property
    def period(self) -> Period:
        return self.cell.period

    @property
    def asked(self) -> float:
        return self.cell.hard + self.cell.tentative

    @property
    def unseen(self) -> float:
        """Days of what is asked that its reader does not see by name."""
        return self.cell.others + self.cell.others_tentative

    @property
    def short(self) -> float:
        """Days that do not fit, those that are tentative included."""
        return max(self.asked - self.cell.all_capacity, 0.0)

    @property
    def short_hard(self) -> float:
        return max(self.cell.hard - self.cell.all_capacity, 0.0)

    @property
    def needed(self) -> float:
        """What is short when all that was changed already is confirmed: more than that nothing has to give way."""
        return max(self.short - self.given_up, 0.0)

    @property
    def solved(self) -> bool:
        return self.short < SHORT

    @cached_property
    def since(self) -> date:
        """The first month whose work has not begun: this one is under way, and a month is asked as a whole."""
        return max(self.period.first.replace(day=1), add_months(self.today.replace(day=1), 1))

    @property
    def movable(self) -> bool:
        """Whether any of its months is still to come."""
        return self.since <= self.period.last

    def inside(self, month: date) -> bool:
        return self.period.first.replace(day=1) <= month <= self.period.last

    @cached_property
    def lines_of(self) -> dict[Project, list[Line]]:
        """The lines its reader sees by project, the largest load first."""
        found: dict[Project, list[Line]] = defaultdict(list)
        for line in self.cell.lines:
            found[line.row.project].append(line)
        return dict(sorted(found.items(), key=lambda pair: (-sum(one.days for one in pair[1]), pair[0].pk)))


def conflict(kind: str, ref: int, name: str, period: Period, *, reader: Any, today: date) -> Conflict:
    return Conflict(kind, ref, name, behind(kind, ref, period, reader=reader), today)


def still_short(row: Proposal, *, on: date) -> float | None:
    """Days that are short by now in the cell a proposal comes from; None where it comes from none, or the row is gone."""
    if row.steps.get("levelling") or (row.ref and not MODELS[row.rows].objects.filter(pk=row.ref).exists()):
        return None
    grain = next((one for one in GRAINS if period_of(one, row.first_day).last == row.last_day), MONTH)
    period = Period(grain, row.first_day, row.last_day)
    return conflict(row.rows, row.ref, row.subject, period, reader=row.proposed_by, today=on).short


def given_up(found: Conflict, ground: "Ground") -> float:
    """Days of the cell that changed requests no longer ask for, of those its reader sees: one statement."""
    rows = [line.row for line in found.cell.lines if line.row.status == Allocation.Status.CHANGED]
    items: list[tuple[str, Allocation, Mapping[date, Decimal]]] = []
    for works in works_of(rows).values() if rows else ():
        for work in works:
            items += [("now", work.row, work.counted), ("then", work.row, work.plan)]
    days = ground.days(items)
    return max(days.get("now", 0.0) - days.get("then", 0.0), 0.0)


@dataclass(frozen=True, slots=True)
class Work:
    """A request with its months: {month: asked} and what the picture counts of each (granted, or asked and not answered)."""

    row: Allocation
    asked: Mapping[date, Decimal]
    counted: Mapping[date, Decimal]
    soft: Mapping[date, Decimal] = field(default_factory=dict)  # the part of `counted` that is tentative
    full: Mapping[date, float] = field(default_factory=dict)  # days of a month that are a hundred per cent of it

    @property
    def percent(self) -> bool:
        return self.row.measure == Allocation.Measure.PERCENT

    @property
    def role(self) -> int:
        """The role in whose sums it is: that of who is named, else that which is asked."""
        return (self.row.person.role_id if self.row.person else None) or self.row.role_id

    def in_days(self, month: date, amount: Decimal | None = None) -> float:
        """Days of a month of it, or of `amount`: per cent of a three-day week are not those of a whole one. Weekdays stand for
        months that were not counted (`by_days`)."""
        value = float(self.plan.get(month, 0) if amount is None else amount)
        return value * self.full.get(month, len(weekdays(month))) / 100 if self.percent else value

    @property
    def changed(self) -> bool:
        """Whether it asks for something else than it was given, and waits for who answers for people."""
        return self.row.status == Allocation.Status.CHANGED

    @property
    def plan(self) -> Mapping[date, Decimal]:
        """What can still give way: what was granted, else what is asked; of a changed one what it asks by now, since what it
        gave up is given up already. Nothing of one that was refused."""
        return self.asked if self.changed else self.counted

    def then(self, plan: Mapping[date, Decimal], since: date) -> dict[date, Decimal]:
        """What it would ask with this plan: months before `since` stay as they were asked."""
        stay = {month: amount for month, amount in self.asked.items() if month < since}
        return stay | {month: amount for month, amount in plan.items() if month >= since and amount}


def works_of(rows: Iterable[Allocation]) -> dict[int, list[Work]]:
    """{project: its requests with their months}: one statement."""
    of = {row.pk: row for row in rows}
    asked: dict[int, dict[date, Decimal]] = defaultdict(dict)
    counted: dict[int, dict[date, Decimal]] = defaultdict(dict)
    soft: dict[int, dict[date, Decimal]] = defaultdict(dict)
    for month in AllocationMonth.objects.filter(allocation__in=of).order_by("month"):
        row = of[month.allocation_id]
        hard, tentative = amounts(month.asked, month.granted, row.status, row.firmness)
        if month.asked:
            asked[row.pk][month.month] = month.asked
        if hard + tentative:
            counted[row.pk][month.month] = hard + tentative
            soft[row.pk][month.month] = tentative
    found: dict[int, list[Work]] = defaultdict(list)
    for pk, row in of.items():
        found[row.project_id].append(Work(row, asked[pk], counted[pk], soft[pk]))
    return found


def by_days(works: Mapping[int, Sequence[Work]], first: date, months: int) -> dict[int, list[Work]]:
    """The same works, with what a hundred per cent of these months is in days of who is named: twelve statements at most."""
    span = [add_months(first, number) for number in range(months)]
    days = days_of([work.row for each in works.values() for work in each], span)
    return defaultdict(list) | {
        project: [replace(work, full=days.get(work.row.person_id, {})) if work.percent else work for work in each]
        for project, each in works.items()
    }


class Ground:
    """The days of a cell's people and calendars: what any months would load inside it. Some ten statements, whatever is asked."""

    def __init__(self, kind: str, ref: int, period: Period) -> None:
        self.kind, self.ref = kind, ref
        self.shares = people_in(kind, ref)
        self.borrowed = dict.fromkeys(people_asked_as([ref]) if kind == ROLE and ref else (), 1.0)
        self.horizon = Horizon.of(period.first, period.last)
        self.inside = self.horizon.slice_of(period.first.toordinal(), period.last.toordinal())
        everybody = self.shares | self.borrowed
        self.time = time_of(list(everybody), self.horizon) if everybody else None
        days, default = calendars_in(self.horizon)
        self.place = {key: number for number, key in enumerate(days)}
        self.default = self.place[default]
        self.base = worktime.of_calendars(list(days.values()))
        self.units = set(units_below(ref)) if kind == UNIT and ref else set()

    def holds(self, row: Allocation) -> bool:
        """Whether a request counts in this row of the heat map."""
        if row.person_id is not None:
            borrowed = row.person_id in self.borrowed and row.role_id == self.ref
            return borrowed or (row.person_id in self.shares and (self.kind != ROLE or self.ref != 0))
        if self.kind == PERSON:
            return False
        if self.kind == UNIT:
            return row.unit_id in self.units if self.ref else row.unit_id is None
        return (row.skill_id if self.kind == SKILL else row.role_id) == (self.ref or None)

    def days(self, items: Iterable[tuple[Any, Allocation, Mapping[date, Decimal]]]) -> dict[Any, float]:
        """{key: days inside the cell} of (key, request, its months); keys add up."""
        named: list[tuple[Any, float, tuple[int, int, float, bool]]] = []
        others: list[tuple[Any, float, tuple[int, int, float, bool]]] = []
        first, last = self.horizon.first_month, self.horizon.last_month
        for key, row, months in items:
            if not self.holds(row):
                continue
            percent = row.measure == Allocation.Measure.PERCENT
            for month, amount in months.items():
                number = month_number(month)
                if not first <= number <= last or not amount:
                    continue
                if row.person_id is not None and self.time is not None:
                    asked = (self.time.row[row.person_id], number, float(amount), percent)
                    named.append((key, self.shares.get(row.person_id, 1.0), asked))
                else:
                    calendar = row.unit.calendar_id if row.unit else None
                    asked = (self.place.get(calendar or 0, self.default), number, float(amount), percent)
                    others.append((key, 1.0, asked))
        found: dict[Any, float] = defaultdict(float)
        if named and self.time is not None:
            self._add(found, named, self.time.worked)
        if others:
            self._add(found, others, self.base)
        return found

    def _add(
        self,
        found: dict[Any, float],
        items: list[tuple[Any, float, tuple[int, int, float, bool]]],
        base: worktime.Worked,
    ) -> None:
        days = worktime.spread(self.horizon, base, Asked.of([one[2] for one in items]))
        within = (days.day >= self.inside.start) & (days.day < self.inside.stop)
        sums = np.bincount(days.item[within], weights=days.load[within], minlength=len(items))
        for (key, share, _asked), total in zip(items, sums.tolist(), strict=True):
            found[key] += share * total

    def open_days(self, calendar: int | None, since: date) -> tuple[float, float]:
        """Days of work of one full-time equivalent from a day on: inside the cell, and in all of its months."""
        days = self.base.capacity[self.place.get(calendar or 0, self.default)]
        first = max(since.toordinal() - self.horizon.first, 0)
        return float(days[max(first, self.inside.start) : self.inside.stop].sum()), float(days[first:].sum())
