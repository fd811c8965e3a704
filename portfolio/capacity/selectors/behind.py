"""What is behind a cell: the requests that load it, as far as its reader may know of them, and the rest in one line.

It counts as the cell does, so its lines come to the cell's sums. What a reader may not see is one line, “other commitments”:
how much it is, neither whose nor for which project. Daily operations are no capacity, there as here; how much they are is told.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet

from portfolio.capacity.selectors.amounts import amounts
from portfolio.capacity.selectors.periods import Period
from portfolio.capacity.selectors.picture import PERSON, ROLE, SKILL, UNIT
from portfolio.capacity.selectors.roleless import people_asked_as
from projects.hierarchy.models import Project
from projects.resources import worktime
from projects.resources.models import Allocation, AllocationMonth, Person, PersonSkill, PooledCapacity, UnitShare
from projects.resources.selectors.fit import units_below
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.time import calendars_in, time_of
from projects.resources.worktime import Asked, Floats, Horizon, Worked, month_number

SHOWN = 60


@dataclass(slots=True)
class Line:
    """A request in the cell, in days. `named`: of a project its reader does not see, and is told the name of alone."""

    row: Allocation
    hard: float = 0.0
    tentative: float = 0.0
    named: bool = False

    @property
    def days(self) -> float:
        return self.hard + self.tentative


@dataclass(slots=True)
class Cell:
    """`others` is hard, `others_tentative` not; `run` is what daily operations take before there is capacity. Days of work.
    `levels` of a skill: (level, capacity of those who have it at this level), the highest first."""

    period: Period
    lines: list[Line] = field(default_factory=list)
    people: int = 0
    capacity: float = 0.0
    pooled: float = 0.0
    run: float = 0.0
    others: float = 0.0
    others_tentative: float = 0.0
    levels: list[tuple[int, float]] = field(default_factory=list)

    @property
    def shown(self) -> list[Line]:
        return self.lines[:SHOWN]

    @property
    def beyond(self) -> Line | None:
        """The sums of the lines that are not shown, on a line of their own."""
        rest = self.lines[SHOWN:]
        sums = sum(line.hard for line in rest), sum(line.tentative for line in rest)
        return Line(rest[0].row, *sums) if rest else None

    @property
    def hard(self) -> float:
        return sum(line.hard for line in self.lines) + self.others

    @property
    def tentative(self) -> float:
        return sum(line.tentative for line in self.lines) + self.others_tentative

    @property
    def all_capacity(self) -> float:
        return self.capacity + self.pooled

    @property
    def left(self) -> float:
        """Capacity that nothing hard takes; negative: that much too much."""
        return self.all_capacity - self.hard

    @property
    def short(self) -> bool:
        """Whether more is asked than there is, what is tentative included."""
        return self.tentative > self.left + worktime.TOLERANCE


def behind(kind: str, ref: int, period: Period, *, reader: Any, own: bool = False) -> Cell:
    """A fixed number of statements, whatever the number of people. `own`: its reader looks at what is on themselves."""
    shares = people_in(kind, ref)
    horizon = Horizon.of(period.first, period.last)
    inside = horizon.slice_of(period.first.toordinal(), period.last.toordinal())
    cell = Cell(period, people=there(shares, period))
    loads: dict[int, list[float]] = defaultdict(lambda: [0.0, 0.0])
    if shares:
        time = time_of(list(shares), horizon)
        part = np.array([shares[pk] for pk in time.ids])
        months = AllocationMonth.objects.filter(going_on(), allocation__person__in=time.ids)
        if kind == ROLE and not ref:
            months = months.none()  # it is under the role that is asked for
        _load(loads, months, horizon, inside, time.worked, time.row, "allocation__person", part)
        cell.capacity = float(part @ time.worked.capacity[:, inside].sum(axis=1))
        if kind == SKILL:
            cell.levels = _levels(
                ref, dict(zip(time.ids, time.worked.capacity[:, inside].sum(axis=1).tolist(), strict=True))
            )
        cell.run = float(part @ time.worked.present[:, inside].sum(axis=1)) - cell.capacity
    if kind == ROLE and ref:
        _borrowed(loads, ref, horizon, inside)
    if kind != PERSON:
        _unnamed(cell, loads, kind, ref, horizon, inside)
    _told(cell, loads, reader, own=own)
    return cell


def _levels(skill: int, capacity: Mapping[int, float]) -> list[tuple[int, float]]:
    sums: dict[int, float] = defaultdict(float)
    for person, level in PersonSkill.objects.filter(skill=skill).values_list("person", "level"):
        sums[level] += capacity.get(person, 0.0)
    return sorted(sums.items(), reverse=True)


def there(people: Mapping[int, float], period: Period) -> int:
    """How many of them belong to the house on some day of the period, on leave or not."""
    came = Q(arrives_on__isnull=True) | Q(arrives_on__lte=period.last)
    stays = Q(leaves_on__isnull=True) | Q(leaves_on__gte=period.first)
    return Person.objects.filter(came, stays, pk__in=list(people)).count() if people else 0


def people_in(kind: str, ref: int) -> dict[int, float]:
    """{person: share of them} of a row."""
    if kind == PERSON:
        return {ref: 1.0}
    if kind == UNIT and ref == 0:
        taken: dict[int, int] = defaultdict(int)
        for pk, percent in UnitShare.objects.values_list("person", "percent"):
            taken[pk] += percent
        everybody = Person.objects.values_list("pk", flat=True)
        return {pk: 1 - taken[pk] / 100 for pk in everybody if taken[pk] < 100}
    if kind == UNIT:
        shares: dict[int, float] = defaultdict(float)
        for pk, percent in UnitShare.objects.filter(unit__in=units_below(ref)).values_list("person", "percent"):
            shares[pk] += percent / 100
        return dict(shares)
    where = Q(skills__skill=ref) if kind == SKILL else Q(role=ref) if ref else Q(role__isnull=True)
    return dict.fromkeys(Person.objects.filter(where).values_list("pk", flat=True), 1.0)


def _load(
    loads: dict[int, list[float]],
    months: QuerySet[Any],
    horizon: Horizon,
    inside: slice,
    base: Worked,
    place: Mapping[int, int],
    whose: str,
    part: Floats,
) -> None:
    """Add the days of these months inside the cell to each allocation: [hard, tentative]."""
    span = (worktime.first_of_month(horizon.first_month), worktime.first_of_month(horizon.last_month))
    rows = months.filter(month__range=span).order_by().values_list(
        "allocation", whose, "month", "asked", "granted", "allocation__measure", "allocation__status", "allocation__firmness"
    )  # fmt: skip
    asked: list[tuple[int, int, float, bool]] = []
    of: list[tuple[int, int]] = []
    for pk, subject, month, wanted, granted, measure, status, firmness in rows:
        at = place[subject]
        for number, amount in enumerate(amounts(wanted, granted, status, firmness)):
            if amount:
                asked.append((at, month_number(month), float(amount), measure == Allocation.Measure.PERCENT))
                of.append((pk, number))
    if not asked:
        return
    found = Asked.of(asked)
    days = worktime.spread(horizon, base, found)
    within = (days.day >= inside.start) & (days.day < inside.stop)
    sums = np.bincount(days.item[within], weights=days.load[within], minlength=len(asked)) * part[found.row]
    for (pk, number), total in zip(of, sums, strict=True):
        loads[pk][number] += float(total)


def _unnamed(cell: Cell, loads: dict[int, list[float]], kind: str, ref: int, horizon: Horizon, inside: slice) -> None:
    """What is asked of the row without a name, and what it has without names."""
    days, default = calendars_in(horizon)
    keys = list(days)
    place: dict[int | None, int] = {key: number for number, key in enumerate(keys)}
    place[None] = place[default]
    base = worktime.of_calendars([days[key] for key in keys])
    where, pools = of_group(kind, ref)
    months = AllocationMonth.objects.filter(where, going_on(), allocation__person__isnull=True)
    _load(loads, months, horizon, inside, base, place, "allocation__unit__calendar", np.ones(len(keys)))  # type: ignore[arg-type]
    if pools is None:
        return
    for calendar, first, last, fte in PooledCapacity.objects.filter(pools).values_list(
        "unit__calendar", "first_month", "last_month", "fte"
    ):
        there = horizon.months(first, last)
        both = slice(max(there.start, inside.start), min(there.stop, inside.stop))
        cell.pooled += float(fte) * float(base.capacity[place[calendar], both].sum())


def _borrowed(loads: dict[int, list[float]], role: int, horizon: Horizon, inside: slice) -> None:
    """What is asked as this role of people who have none: they are no capacity of it."""
    people = people_asked_as([role])
    if not people:
        return
    time = time_of(people, horizon)
    months = AllocationMonth.objects.filter(going_on(), allocation__person__in=people, allocation__role=role)
    _load(loads, months, horizon, inside, time.worked, time.row, "allocation__person", np.ones(len(time.ids)))


def of_group(kind: str, ref: int) -> tuple[Q, Q | None]:
    """What selects its requests, and its generic capacity (nobody says what that can do beyond its role)."""
    if kind == SKILL:
        return Q(allocation__skill=ref), None
    if kind == ROLE:
        return Q(allocation__role=ref), Q(role=ref)
    if ref == 0:
        return Q(allocation__unit__isnull=True), Q(unit__isnull=True)
    below: Sequence[int] = list(units_below(ref))
    return Q(allocation__unit__in=below), Q(unit__in=below)


def worked_on(unseen: Collection[int], reader: Any) -> dict[int, Allocation]:
    """Those of these requests that are on the reader themselves and are no secret: of these they know the name (0220)."""
    if not unseen:
        return {}
    mine = Allocation.objects.filter(pk__in=unseen, person__user=reader.pk)
    mine = mine.exclude(project__confidentiality=Project.Confidentiality.CONFIDENTIAL)
    return {row.pk: row for row in mine.select_related("project")}


def _told(cell: Cell, loads: Mapping[int, list[float]], reader: Any, *, own: bool) -> None:
    """What the reader sees by name, the longest first; the rest is added to the others. Who works on something knows its name,
    unless it is confidential and they are not named on it."""
    seen = Allocation.objects.visible_to(reader).filter(pk__in=loads)
    rows = {row.pk: row for row in seen.select_related("project", "person", "role", "unit", "skill")}
    working = worked_on(loads.keys() - rows.keys(), reader) if own else {}
    for pk, (hard, tentative) in loads.items():
        if hard + tentative < worktime.TOLERANCE:
            continue
        if pk in rows:
            cell.lines.append(Line(rows[pk], hard, tentative))
        elif pk in working:
            cell.lines.append(Line(working[pk], hard, tentative, named=True))
        else:
            cell.others += hard
            cell.others_tentative += tentative
    cell.lines.sort(key=lambda line: (-line.days, line.row.pk))
