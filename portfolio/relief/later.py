"""Work and dates some weeks later, in plain Python: months of requests are moved day by day, milestones by the slack they have.

Requests are written by month, so a shift by weeks cuts each month where its days fall. Weekdays stand for the days of work: who
exactly works when is counted by the picture (projects/resources/worktime.py), not here.

Parts are exact (fractions) until all of them are known; what changes is then written as people write it (`written`).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from fractions import Fraction
from math import ceil

HALF, TENTH = Decimal("0.5"), Decimal("0.1")  # what people write: half per cents, tenths of a day
FRIDAY = 4


def last_of(month: date) -> date:
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


def weekdays(month: date) -> list[date]:
    """Monday to Friday of a month."""
    return [day for n in range(last_of(month).day) if (day := month + timedelta(days=n)).weekday() <= FRIDAY]


def shares(month: date, weeks: int) -> dict[date, int]:
    """{month: how many of the weekdays of `month` fall into it `weeks` later}."""
    found: dict[date, int] = defaultdict(int)
    for day in weekdays(month):
        found[(day + timedelta(weeks=weeks)).replace(day=1)] += 1
    return dict(found)


def shifted(months: Mapping[date, Decimal], weeks: int, *, since: date, percent: bool) -> dict[date, Decimal]:
    """These quantities with all from the month `since` on `weeks` later. Days stay as many, per cent a share of the days.

    Each weekday comes from one weekday, so a month never has a larger share than the most that came into it.
    """
    found: dict[date, Fraction] = defaultdict(Fraction)
    for month, amount in months.items():
        if month < since or not weeks:
            found[month] += Fraction(amount)
            continue
        whole = len(weekdays(month))
        for target, count in shares(month, weeks).items():
            found[target] += Fraction(amount) * count / (len(weekdays(target)) if percent else whole)
    return written(found, months, percent=percent)


def moved_months(
    months: Mapping[date, Decimal], places: Mapping[date, Mapping[date, Fraction]], *, percent: bool = False
) -> dict[date, Fraction]:
    """These quantities where `places` says that {month: {month it goes to: share}}, exactly; the other months stay. Per cent is a
    share of the weekdays of its month, so in a shorter one it is more."""
    found: dict[date, Fraction] = defaultdict(Fraction)
    for month, amount in months.items():
        for target, share in places.get(month, {month: Fraction(1)}).items():
            part = Fraction(amount) * share
            found[target] += in_month(part, month, target) if percent else part
    return {month: amount for month, amount in sorted(found.items()) if amount}


def in_month(amount: Fraction, month: date, target: date) -> Fraction:
    """Per cent of one month as per cent of another: as many days."""
    return amount if month == target else amount * len(weekdays(month)) / len(weekdays(target))


def written(months: Mapping[date, Fraction], before: Mapping[date, Decimal], *, percent: bool) -> dict[date, Decimal]:
    """Months as people write them, where they are others than `before`; those that stay are as they were written.

    Half per cents, rounded up: nobody is asked for less than the work takes, and what is whole (all of one person) stays whole.
    Tenths of a day, as many in all as before: what was rounded up is missing in the last month that changes.
    """
    changes = {month: amount for month, amount in sorted(months.items()) if amount != before.get(month, 0)}
    found = {month: before[month] for month in months.keys() - changes.keys() if month in before}
    total, given, through = sum(changes.values(), Fraction()), Fraction(), Fraction()
    for month, amount in changes.items():
        if percent:
            found[month] = ceil(amount / Fraction(HALF)) * HALF
            continue
        through += amount
        until = min(ceil(through / Fraction(TENTH)) * Fraction(TENTH), total)
        given, part = until, until - given
        found[month] = Decimal(part.numerator) / part.denominator
    return {month: amount for month, amount in sorted(found.items()) if amount}


def kept(amount: Decimal, taken: Decimal, *, most: Decimal, percent: bool) -> Decimal:
    """What stays of a month once `taken` is given up: written as above, no more than `most` given up for that."""
    step = HALF if percent else TENTH
    left = (amount - taken).quantize(Decimal("0.0001"))  # a share of it is a float
    down, up = ((left / step).to_integral_value(way) * step for way in (ROUND_FLOOR, ROUND_CEILING))
    return down if amount - down <= most else min(up, amount)


def of_one_person(months: Mapping[date, Fraction], *, percent: bool, stay: Collection[date]) -> dict[date, Fraction]:
    """These quantities with no more in a month than one person has: what is beyond goes on in the months after it.

    The months that `stay` are as they are.
    """
    found, beyond, month = dict(months), Fraction(), min(months, default=None)
    while month is not None and (beyond or month <= max(months)):
        if month not in stay:
            amount = found.get(month, Fraction()) + beyond
            held = min(amount, Fraction(100 if percent else len(weekdays(month))))
            beyond = amount - held
            if held:
                found[month] = held
        after = same_day(month, 1)
        beyond, month = in_month(beyond, month, after) if percent else beyond, after
    return found


@dataclass(frozen=True, slots=True)
class Dated:
    """A date that work leads to: a milestone, or (`pk` None) the end of its project. What is `fixed` is never proposed later."""

    pk: int | None
    name: str
    day: date
    key: bool = False
    version: int = 0
    fixed: bool = False


@dataclass(frozen=True, slots=True)
class Moved:
    """A date that moves."""

    dated: Dated
    to: date

    @property
    def weeks(self) -> int:
        return -(-(self.to - self.dated.day).days // 7)


@dataclass(frozen=True, slots=True)
class Promised:
    """What work gives another project: `promise` is when it comes, `need` by when it has to; `name` as its reader knows it."""

    pk: int
    name: str
    promise: date
    need: date

    @property
    def until(self) -> date:
        """The last day that makes it no later than it is: what is promised too late must not come later still."""
        return max(self.promise, self.need)


@dataclass(frozen=True, slots=True)
class Late:
    """What would come after it is needed, because the work for it is later; `to` None: it never comes."""

    promised: Promised
    to: date | None

    @property
    def days(self) -> int:
        """Calendar days after the need."""
        return (self.to - self.promised.need).days if self.to else 0


def float_of(months: Collection[date], dates: Iterable[Dated], promised: Collection[Promised] = ()) -> int | None:
    """Whole weeks by which the work of these months may be later with no date moving; None: nothing says until when.

    A month of work belongs to the first date in it or after it; with a date inside the month nobody knows which of its days come
    before, so it has no float. What it gives other projects holds the work up to the promise.
    """
    days, least = sorted(one.day for one in dates), None
    for month in months:
        until = [day for day in days if day >= month][:1] + [one.until for one in promised if month <= one.promise]
        if not until:
            return None
        weeks = max((min(until) - last_of(month)).days // 7, 0)
        least = weeks if least is None else min(least, weeks)
    return least


def dates_moved(months: Collection[date], dates: Iterable[Dated], weeks: int) -> list[Moved]:
    """The dates that move when the work of these months is `weeks` later: each by what its slack does not hold."""
    found = []
    for one in sorted(dates, key=lambda one: (one.day, one.pk or 0)):
        before = [month for month in months if month <= one.day]
        if not before:
            continue
        slack = max((one.day - last_of(max(before))).days // 7, 0)
        if weeks > slack:
            found.append(Moved(one, one.day + timedelta(weeks=weeks - slack)))
    return found


def goes_beyond(months: Collection[date], dates: Iterable[Dated]) -> bool:
    """Whether the last work comes after the last date, or there is none: what moves it makes its project late by as much."""
    return max(months) > max((one.day for one in dates), default=date.min)


def late_for_others(months: Collection[date], promised: Iterable[Promised], weeks: int) -> list[Late]:
    """What would come after its need when the work of these months is `weeks` later; the slack before a promise is used first."""
    found = []
    for one in sorted(promised, key=lambda one: (one.need, one.pk)):
        before = [month for month in months if month <= one.promise]
        slack = max((one.promise - last_of(max(before))).days // 7, 0) if before else weeks
        to = one.promise + timedelta(weeks=max(weeks - slack, 0))
        if to > one.until:
            found.append(Late(one, to))
    return found


def dates_following(ends: Mapping[date, date], dates: Iterable[Dated]) -> list[Moved]:
    """The dates that move when the work of each month ends with another: {month: the month it then ends in}."""
    found = []
    for one in sorted(dates, key=lambda one: (one.day, one.pk or 0)):
        reached = [(end, month) for month, end in ends.items() if month <= one.day]
        if not reached:
            continue
        end = max(reached)[0]
        late = months_between(one.day.replace(day=1), end)
        if late > 0 and any(end > month for end, month in reached):
            found.append(Moved(one, same_day(one.day, late)))
    return found


def months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month


def same_day(day: date, months: int) -> date:
    """The same day some months later, the last of a shorter month."""
    number = day.year * 12 + day.month - 1 + months
    first = date(number // 12, number % 12 + 1, 1)
    return first.replace(day=min(day.day, last_of(first).day))
