"""Who fits a request: those of the role or with the skill, in an order, each with the reasons of their place.

Points of a hundred: what they can do of it on the days they have (60), skill and level (20), role and unit (9), continuity (7),
cost (4 for the cheapest known, none for the dearest in its currency, for readers who see rates). A part that nothing can be
said of (no skill asked, no rates seen) gives everybody all of it.
"""

import heapq
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np
from django.db.models import Q

from pmo_portal.core.filters import matching
from pmo_portal.core.models import User
from projects.hierarchy.visibility import Access
from projects.resources.models import Allocation, AllocationMonth, Person, PersonSkill, Rate, Unit, UnitShare
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.time import Amount, Time, firmly, tentative, time_of
from projects.resources.worktime import Floats, Horizon, Monthly, first_of_month

MOST_MONTHS = 24  # further ahead nobody knows who is free
SHOWN = 12
TENTH = 0.05  # of a day: what a figure with one decimal does not show
FREE, SKILL, ROLE, UNIT, CONTINUITY, COST = 60, 20, 5, 4, 7, 4
FAR_BELOW = 3  # levels below what is asked at which a skill counts as none


NOBODY = Person()
Able = Any  # a queryset of ids


@dataclass(frozen=True, slots=True)
class Need:
    """What is still to be given: by month, in the measure of the request."""

    months: Mapping[date, Decimal]
    percent: bool

    @property
    def horizon(self) -> Horizon:
        first, last = min(self.months), max(self.months)
        horizon = Horizon.of(first, last)
        return Horizon(horizon.first_month, min(horizon.last_month, horizon.first_month + MOST_MONTHS - 1))


@dataclass(slots=True)
class Candidate:
    """`need` and `free` are days of the whole span, `by_month` (month, need, free) each; `level` None: without the skill.

    `soft` is what is only tentatively asked of them in these days. `rate` None: not known, or not for this reader.
    """

    person: Person = NOBODY  # until they are among the best
    points: float = 0
    need: float = 0
    free: float = 0
    soft: float = 0
    by_month: list[tuple[date, float, float]] = field(default_factory=list)
    level: int | None = None
    same_role: bool = False
    same_unit: bool = False
    here: bool = False
    nearby: bool = False
    rate: Decimal | None = None
    currency: str = ""
    cheapest: bool = False
    saving: float = 0.0  # 1: the cheapest known in its currency, 0: the dearest, or not known

    @property
    def short(self) -> list[tuple[date, float, float]]:
        """The months in which they cannot do all of it, at most a year of them."""
        return [one for one in self.by_month if one[1] - one[2] > TENTH][:12]

    @property
    def fits(self) -> bool:
        """Whether they can do all of it; who works on no day of it can do nothing, though nothing of them would be short."""
        return self.need > 0 and self.need - self.free <= TENTH


def need_of(allocation: Allocation, *, on: date) -> Need:
    """What is asked for from this month on, or at all where all of it is past.

    Nothing is left out where something was granted, for an answer is given as a whole.
    """
    rows = dict(AllocationMonth.objects.filter(allocation=allocation, asked__gt=0).values_list("month", "asked"))
    ahead = {month: asked for month, asked in rows.items() if month >= on.replace(day=1)}
    return Need(ahead or rows, allocation.measure == Allocation.Measure.PERCENT)


def candidates(
    allocation: Allocation,
    *,
    reader: User,
    on: date,
    limit: int = SHOWN,
    named: str = "",
    need: Need | None = None,
    without: Collection[int] = (),
    theirs: Q | None = None,
) -> list[Candidate]:
    """The best of them, at most `limit`: a fixed number of statements whatever the number of people.

    `named`: instead of those of the role or with the skill, everybody of this name. `need`: a part of it alone. `without`: nobody
    of these. `theirs`: only these people (`reach.may_give`).
    """
    need = need or need_of(allocation, on=on)
    if not need.months:
        return []
    horizon = need.horizon
    able = _able(allocation, horizon, named, theirs)
    time = time_of(able, horizon)
    if not time.ids:
        return []
    by_day = Days.of(time, need, firmly(able, time.ids, horizon, without=allocation.pk))
    found = by_day.candidates()
    _by_skill(found, able, allocation)
    _by_place(found, able, allocation, reader=reader)
    rates = Access.of(reader).sees_everywhere("rates")
    if rates:
        _by_cost(found, able, first_of_month(horizon.first_month))
    for one in found.values():
        one.points = points(one, allocation, rates=rates)
    others = (pair for pair in found.items() if pair[0] not in without)
    best = dict(heapq.nsmallest(limit, others, key=lambda pair: (-pair[1].points, pair[0])))
    _told(best, by_day, soft=tentative(list(best), horizon, without=allocation.pk))
    return list(best.values())


def _told(best: Mapping[int, Candidate], by_day: "Days", *, soft: list[Amount]) -> None:
    """What only those who are shown need: who they are, month by month, and what is tentatively asked of them."""
    softs = by_day.softs(list(best), soft)
    people = Person.objects.select_related("role").in_bulk(list(best))
    for place, (pk, one) in enumerate(best.items()):
        one.person = people[pk]
        one.soft = float(softs[place])
        one.by_month = by_day.listed(pk)


def points(one: Candidate, asked: Allocation, *, rates: bool) -> float:
    """0 to 100."""
    total = FREE * (one.free / one.need if one.need else 0.0)
    if asked.skill_id is None:
        total += SKILL
    elif one.level is not None:
        missing = max((asked.level or 1) - one.level, 0)
        total += SKILL * max(1 - missing / FAR_BELOW, 0.1)
    total += ROLE * one.same_role + (UNIT if one.same_unit or asked.unit_id is None else 0)
    total += CONTINUITY if one.here else CONTINUITY / 2 if one.nearby else 0
    return total + (COST * one.saving if rates else COST)


def _able(asked: Allocation, horizon: Horizon, named: str, theirs: Q | None) -> Able:
    """The ids of those of the role, or with the skill, who are here on some day of it.

    They stay a question to the database, asked within each of the others: thousands of numbers sent back and forth with each
    statement would cost more than the statements.
    """
    first, last = date.fromordinal(horizon.first), date.fromordinal(horizon.last)
    fit = Q(role=asked.role_id)
    if asked.skill_id is not None:
        fit |= Q(pk__in=PersonSkill.objects.filter(skill=asked.skill_id).values("person"))
    here = (Q(leaves_on__isnull=True) | Q(leaves_on__gte=first)) & (
        Q(arrives_on__isnull=True) | Q(arrives_on__lte=last)
    )
    people = Person.objects.filter(here).order_by()
    if theirs is not None:
        people = people.filter(theirs)
    people = matching(people, ("name",), named) if named else people.filter(fit)
    return people.values("pk")


@dataclass(frozen=True, slots=True)
class Days:
    """What each could do of it by month, (P, M) each: `needs`, and `frees` of what is not firmly given away of each day."""

    time: Time
    needs: Floats
    frees: Floats

    @classmethod
    def of(cls, time: Time, need: Need, given: Monthly) -> "Days":
        """A month at a time: nobody's year is needed at once."""
        starts, worked = time.horizon.month_starts, time.worked
        needs, frees = np.zeros((2, len(time.ids), len(time.months)))
        for place, month in enumerate(time.months):
            asked = float(need.months.get(month, 0))
            if not asked:
                continue
            days = slice(int(starts[place]), int(starts[place + 1]))
            free = np.maximum(worked.capacity[:, days] - given.load(worked, place, days), 0.0)
            if need.percent:  # of every day they would work, leave included: what is free on another day does not help
                wanted = worked.usual[:, days] * (asked / 100.0)
                needs[:, place], frees[:, place] = wanted.sum(axis=1), np.minimum(free, wanted).sum(axis=1)
            else:
                needs[:, place], frees[:, place] = asked, np.minimum(free.sum(axis=1), asked)
        return cls(time, needs, frees)

    def candidates(self) -> dict[int, Candidate]:
        need, free = self.needs.sum(axis=1).tolist(), self.frees.sum(axis=1).tolist()
        return {pk: Candidate(need=need[row], free=free[row]) for row, pk in enumerate(self.time.ids)}

    def softs(self, people: Sequence[int], asked: Sequence[Amount]) -> Floats:
        """Days of what is free that are tentatively asked of these people."""
        some = self.time.only(people)
        rows = [self.time.row[pk] for pk in people]
        return np.asarray(np.minimum(some.by_month(some.load(asked)), self.frees[rows]).sum(axis=1))

    def listed(self, pk: int) -> list[tuple[date, float, float]]:
        """Month by month, where something is needed."""
        row = self.time.row[pk]
        needs, frees = self.needs[row].tolist(), self.frees[row].tolist()
        return [one for one in zip(self.time.months, needs, frees, strict=True) if one[1] > 0]


def _by_skill(found: Mapping[int, Candidate], able: Able, asked: Allocation) -> None:
    if asked.skill_id is not None:
        held = (
            PersonSkill.objects.filter(skill=asked.skill_id, person__in=able).order_by().values_list("person", "level")
        )
        for pk, level in held:
            if pk in found:  # who came since is not among them
                found[pk].level = level


def _by_place(found: Mapping[int, Candidate], able: Able, asked: Allocation, *, reader: User) -> None:
    """Role, unit (or one below it), and what they do already: only projects that this reader sees count."""
    for pk in Person.objects.filter(role=asked.role_id).order_by().values_list("pk", flat=True):
        if pk in found:
            found[pk].same_role = True
    if asked.unit_id is not None:
        of_unit = UnitShare.objects.filter(unit__in=units_below(asked.unit_id)).order_by()
        for pk in of_unit.values_list("person", flat=True):
            if pk in found:
                found[pk].same_unit = True
    given = Allocation.objects.visible_to(reader).filter(
        going_on(), person__in=able, status__in=Allocation.GRANTED, project__portfolio=asked.project.portfolio_id
    )
    for pk, project in given.exclude(pk=asked.pk).order_by().values_list("person", "project").distinct():
        if pk in found:
            found[pk].nearby = True
            found[pk].here |= project == asked.project_id


def _by_cost(found: Mapping[int, Candidate], able: Able, day: date) -> None:
    """What a day of each costs on that day: their own rate, else their standing one, else that of the role."""
    rates = Rate.objects.filter(Q(person__in=able) | Q(role__isnull=False), starts_on__lte=day)
    own: dict[int, tuple[Decimal, str]] = {}
    of_role: dict[int, tuple[Decimal, str]] = {}
    for person, role, amount, currency in rates.order_by("starts_on").values_list(
        "person", "role", "daily_rate", "currency"
    ):
        (own if person else of_role)[person or role] = (amount, currency)
    people = Person.objects.filter(pk__in=able).order_by().values_list("pk", "role", "daily_rate", "rate_currency")
    known: list[tuple[Decimal, str]] = []
    for pk, role, standing, currency in people:
        rate = own.get(pk) or ((standing, currency) if standing is not None else of_role.get(role))
        if rate is not None and pk in found:
            found[pk].rate, found[pk].currency = rate
            known.append(rate)
    spans: dict[str, list[Decimal]] = {}
    for amount, currency in known:
        spans.setdefault(currency, []).append(amount)
    for one in found.values():
        if one.rate is not None:
            least, most = min(spans[one.currency]), max(spans[one.currency])
            one.cheapest = one.rate == least < most
            one.saving = float((most - one.rate) / (most - least)) if most > least else 1.0


def units_below(top: int) -> Collection[int]:
    """A unit and all below it: one statement, whatever the depth."""
    below: dict[int | None, list[int]] = {}
    for pk, parent in Unit.objects.values_list("pk", "parent"):
        below.setdefault(parent, []).append(pk)
    found, open_ = {top}, [top]
    while open_:
        for pk in below.get(open_.pop(), ()):
            if pk not in found:
                found.add(pk)
                open_.append(pk)
    return found


def reader_sees_rates(reader: Any) -> bool:
    return Access.of(reader).sees_everywhere("rates")
