"""Two managers, one team: what a unit or a supplier that takes work without a name has left, looked at under a lock."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core.formats import date as in_words
from pmo_portal.core.formats import plural
from projects.resources import worktime
from projects.resources.models import Allocation, AllocationMonth, PooledCapacity, Role, Unit, UnitShare
from projects.resources.selectors.fit import units_below
from projects.resources.selectors.time import calendars_in, firmly_given, hard, time_of
from projects.resources.services.crowding import NAMED_MONTHS, Crowded
from projects.resources.services.months import Quantities, plain
from projects.resources.worktime import TOLERANCE, Asked, Floats, Horizon, Worked, first_of_month, month_number

NOTHING = Decimal(0)


def hold_units(ids: Iterable[int | None]) -> None:
    """Hold these units and all above them, always in the same order: what a unit is given is what those above it have no more."""
    wanted = {pk for pk in ids if pk is not None}
    if not wanted:
        return
    above = dict(Unit.objects.values_list("pk", "parent"))
    chain = {one for pk in wanted for one in chain_of(pk, above)}
    list(Unit.objects.select_for_update(no_key=True).filter(pk__in=chain).order_by("pk").values_list("pk"))


def chain_of(pk: int, above: dict[int, int | None]) -> list[int]:
    """A unit, then those above it."""
    chain: list[int] = []
    at: int | None = pk
    while at is not None and at not in chain:
        chain.append(at)
        at = above.get(at)
    return chain


def check_unit(allocation: Allocation, unit: Unit, granted: Quantities, *, anyway: bool) -> None:
    """Crowded when the unit, which the caller holds, would have more of the role than it can do, or nobody knows what it can.

    Tentative requests are never too much, and what is no more than the unit has of this request already always fits.
    """
    wanted = {month: amount for month, amount in granted.items() if amount > 0}
    if anyway or allocation.firmness != Allocation.Firmness.HARD or not wanted:
        return
    more = {month: amount for month, amount in wanted.items() if amount > has(allocation, unit).get(month, NOTHING)}
    if not more:
        return
    role = allocation.role
    tops = where_known(unit, role)
    if not tops:
        words = _(
            "Nothing says what “%(unit)s” can do as %(role)s: it has neither generic capacity nor anybody of the role."
        )
        told = words % {"unit": unit.label, "role": role.label}
        raise Crowded(f"{told} {closing()}", [{"path": "unit", "message": told}])
    for top in tops:
        room = Room.of(top, role, Horizon.of(min(more), max(more)), without=allocation.pk)
        added = room.days_of(more, percent=allocation.measure == Allocation.Measure.PERCENT, calendar=unit.calendar_id)
        over = [at for at in range(len(added)) if added[at] > TOLERANCE and added[at] > room.left[at] + TOLERANCE]
        if over:
            sentences = [room.in_words(at, added[at]) for at in over]
            paths = [f"months[{room.months[at]:%Y-%m}]" for at in over]
            errors = [{"path": path, "message": told} for path, told in zip(paths, sentences, strict=True)]
            raise Crowded(" ".join([*shortened(sentences), closing()]), errors)


def has(allocation: Allocation, unit: Unit) -> dict[date, Decimal]:
    """What this request firmly has of the unit already."""
    if allocation.unit_id != unit.pk or allocation.person_id or allocation.status not in Allocation.GRANTED:
        return {}
    rows = AllocationMonth.objects.filter(allocation=allocation, granted__gt=0)
    return {month: granted or NOTHING for month, granted in rows.values_list("month", "granted")}


def where_known(unit: Unit, role: Role) -> list[Unit]:
    """The unit and those above it of which something says what they can do of the role: a supplier's teams may have what is
    written of the supplier, and all of them together no more than it has."""
    known = set(PooledCapacity.objects.filter(role=role).values_list("unit", flat=True))
    known |= set(UnitShare.objects.filter(person__role=role).values_list("unit", flat=True))
    chain = chain_of(unit.pk, dict(Unit.objects.values_list("pk", "parent")))
    units = Unit.objects.in_bulk(chain)
    return [units[pk] for pk in chain if known & set(units_below(pk))]


def closing() -> str:
    return _("Nothing was saved: choose another unit or less, or confirm anyway on purpose.")


def shortened(sentences: list[str]) -> list[str]:
    left = len(sentences) - NAMED_MONTHS
    if left <= 0:
        return sentences
    more = ngettext("And %(count)s more month.", "And %(count)s more months.", left) % {"count": left}
    return [*sentences[:NAMED_MONTHS], more]


@dataclass(frozen=True)
class Room:
    """What a unit, with all below it, has left of a role by month, in days: generic capacity less what is firmly given to units
    without a name, and what its people of the role have left of their days. `capacity` is that of both."""

    unit: Unit
    role: Role
    horizon: Horizon
    base: Worked
    place: dict[int | None, int]
    capacity: Floats
    left: Floats

    @classmethod
    def of(cls, unit: Unit, role: Role, horizon: Horizon, *, without: int) -> "Room":
        days, default = calendars_in(horizon)
        place: dict[int | None, int] = {key: number for number, key in enumerate(days)}
        place[None] = place[default]
        base = worktime.of_calendars(list(days.values()))
        below = units_below(unit.pk)
        pooled = np.zeros(len(horizon.days))
        for calendar, first, last, fte in PooledCapacity.objects.filter(role=role, unit__in=below).values_list(
            "unit__calendar", "first_month", "last_month", "fte"
        ):
            there = horizon.months(first, last)
            pooled[there] += float(fte) * base.capacity[place[calendar], there]
        people, free = of_people(below, role, horizon)
        given = firmly_given(
            AllocationMonth.objects.filter(
                allocation__person__isnull=True, allocation__unit__in=below, allocation__role=role
            )
        ).exclude(allocation=without)
        rows = given.values_list("allocation__unit__calendar", "month", "granted", "allocation__measure")
        taken = spread(
            horizon,
            base,
            [(place[calendar], month, amount, kind == "percent") for calendar, month, amount, kind in rows],
        )
        capacity = by_month(horizon, pooled + people)
        return cls(unit, role, horizon, base, place, capacity, by_month(horizon, pooled + free) - taken)

    @property
    def months(self) -> list[date]:
        return [first_of_month(number) for number in range(self.horizon.first_month, self.horizon.last_month + 1)]

    def days_of(self, months: Quantities, *, percent: bool, calendar: int | None) -> Floats:
        at = self.place[calendar]
        return spread(self.horizon, self.base, [(at, month, amount, percent) for month, amount in months.items()])

    def in_words(self, at: int, added: float) -> str:
        left = max(self.left[at], 0.0)
        words = ngettext(
            "In %(month)s, “%(unit)s” has %(left)s of its %(capacity)s days as %(role)s left, and this takes %(days)s.",
            "In %(month)s, “%(unit)s” has %(left)s of its %(capacity)s days as %(role)s left, and this takes %(days)s.",
            plural(left, 1),
        )
        return words % {
            "month": in_words(self.months[at], "month"), "unit": self.unit.label, "role": self.role.label,
            "left": shown(left), "capacity": shown(self.capacity[at]), "days": shown(added),
        }  # fmt: skip


def of_people(units: Collection[int], role: Role, horizon: Horizon) -> tuple[Floats, Floats]:
    """(D) each: the days of the people of the role in these units, by their share, and what nothing firm takes of them."""
    shares: dict[int, float] = {}
    for pk, percent in UnitShare.objects.filter(unit__in=units, person__role=role).values_list("person", "percent"):
        shares[pk] = shares.get(pk, 0.0) + percent / 100
    if not shares:
        return np.zeros(len(horizon.days)), np.zeros(len(horizon.days))
    time = time_of(list(shares), horizon)
    part = np.array([shares[pk] for pk in time.ids])
    free = np.maximum(time.worked.capacity - time.load(hard(time.ids, horizon)), 0.0)
    return np.asarray(part @ time.worked.capacity), np.asarray(part @ free)


def spread(horizon: Horizon, base: Worked, rows: Iterable[tuple[int, date, Decimal, bool]]) -> Floats:
    """(M) the days of all of these: (row of the calendars, month, amount, whether per cent); other months are left out."""
    inside = Asked.of([
        (at, number, float(amount), percent)
        for at, month, amount, percent in rows
        if horizon.first_month <= (number := month_number(month)) <= horizon.last_month
    ])  # fmt: skip
    found = worktime.by_row(horizon, np.zeros_like(inside.row), 1, worktime.spread(horizon, base, inside))
    return by_month(horizon, found[0])


def by_month(horizon: Horizon, by_day: Floats) -> Floats:
    return np.asarray(np.add.reduceat(by_day, horizon.month_starts[:-1]), dtype=np.float64)


def shown(days: float) -> str:
    return plain(Decimal(str(round(float(days), 1))))
