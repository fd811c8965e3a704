"""What somebody is still given after a day: what is to be found somebody else for when they leave in the middle of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from projects.resources.models import Allocation, AllocationMonth, Person
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.time import time_of
from projects.resources.worktime import Horizon

STATES = (*Allocation.GRANTED, Allocation.Status.PROPOSED)


@dataclass(frozen=True, slots=True)
class Remains:
    """What of a request falls after the day, by month; `whole`: nothing of it stays with the person."""

    allocation: Allocation
    months: dict[date, Decimal]
    whole: bool

    @property
    def total(self) -> Decimal:
        return sum(self.months.values(), Decimal(0))


def remaining(person: Person, rows: Iterable[Allocation], *, after: date) -> list[Remains]:
    """Of these requests given or proposed to the person, those with something after the day: a fixed number of statements.

    Of the month in which the day falls, days that no longer find room before it; per cents of every day stay as they are.
    """
    held = {row.pk: row for row in rows}
    granted: dict[int, dict[date, Decimal]] = {pk: {} for pk in held}
    months = AllocationMonth.objects.filter(going_on(), allocation__in=held, granted__gt=0).order_by("month")
    for pk, month, amount in months.values_list("allocation", "month", "granted"):
        granted[pk][month] = amount
    cut = after.replace(day=1)
    kept = kept_of_month(person, after) if any(cut in amounts for amounts in granted.values()) else 1.0
    found = []
    for pk, row in held.items():
        left = {month: amount for month, amount in granted[pk].items() if month > cut}
        if cut in granted[pk] and row.measure == Allocation.Measure.DAYS:
            part = granted[pk][cut] - half_days(granted[pk][cut] * Decimal(str(kept)))
            left |= {cut: part} if part > 0 else {}
        if left:
            whole = all(left.get(month) == amount for month, amount in granted[pk].items())
            found.append(Remains(row, dict(sorted(left.items())), whole))
    return found


def kept_of_month(person: Person, day: date) -> float:
    """Which share of the days given to them in the month of the day they can do until then, beside their per cents: 0 to 1."""
    time = time_of([person.pk], Horizon.of(day, day))
    until = slice(0, day.day)
    given = AllocationMonth.objects.filter(
        going_on(), allocation__person=person, allocation__status__in=STATES, month=day.replace(day=1), granted__gt=0
    )
    room, asked = float(time.worked.capacity[0, until].sum()), 0.0
    for measure, amount in given.values_list("allocation__measure", "granted"):
        if measure == Allocation.Measure.PERCENT:
            room -= float(amount) / 100 * float(time.worked.promised[0, until].sum())
        else:
            asked += float(amount)
    return min(1.0, max(room, 0.0) / asked) if asked else 1.0


def half_days(amount: Decimal) -> Decimal:
    return (amount * 2).quantize(Decimal(1), ROUND_HALF_UP) / 2
