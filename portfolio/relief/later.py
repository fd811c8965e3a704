"""Work and dates some weeks later, in plain Python: months of requests are moved day by day, milestones by the slack they have.

Requests are written by month, so a shift by weeks cuts each month where its days fall. Weekdays stand for the days of work: who
exactly works when is counted by the picture (projects/resources/worktime.py), not here.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

HUNDREDTH = Decimal("0.01")
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

    Each weekday comes from one weekday, so a month never has more per cent than the most that came into it: rounding its parts
    must not make it more than one person.
    """
    found: dict[date, Decimal] = defaultdict(Decimal)
    most: dict[date, Decimal] = defaultdict(Decimal)
    for month, amount in sorted(months.items()):
        if month < since or not weeks:
            found[month] += amount
            continue
        parts, whole, left = shares(month, weeks), len(weekdays(month)), amount
        for number, (target, count) in enumerate(sorted(parts.items()), start=1):
            part = (amount * count / (len(weekdays(target)) if percent else whole)).quantize(HUNDREDTH, ROUND_HALF_UP)
            if not percent:
                part = left if number == len(parts) else part  # what rounding leaves stays with the last month
                left -= part
            found[target] += part
            most[target] = max(most[target], amount)
    return {
        month: min(amount, most[month]) if percent and month in most else amount
        for month, amount in found.items()
        if amount
    }


def moved_months(
    months: Mapping[date, Decimal], places: Mapping[date, Mapping[date, float]], *, percent: bool = False
) -> dict[date, Decimal]:
    """These quantities where `places` says that {month: {month it goes to: share}}; the other months stay. Per cent is a share
    of the weekdays of its month, so in a shorter one it is more."""
    found: dict[date, Decimal] = defaultdict(Decimal)
    for month, amount in sorted(months.items()):
        parts, left = sorted(places.get(month, {month: 1.0}).items()), amount
        for number, (target, share) in enumerate(parts, start=1):
            part = left if number == len(parts) else (amount * Decimal(share)).quantize(HUNDREDTH, ROUND_HALF_UP)
            found[target] += in_month(part, month, target) if percent else part
            left -= part
    return {month: amount for month, amount in found.items() if amount}


def in_month(amount: Decimal, month: date, target: date) -> Decimal:
    """Per cent of one month as per cent of another: as many days."""
    if month == target:
        return amount
    return (amount * len(weekdays(month)) / len(weekdays(target))).quantize(HUNDREDTH, ROUND_HALF_UP)


def of_one_person(months: Mapping[date, Decimal], *, percent: bool, stay: Collection[date]) -> dict[date, Decimal]:
    """These quantities with no more in a month than one person has: what is beyond goes on in the months after it.

    The months that `stay` are as they are.
    """
    found, beyond, month = dict(months), Decimal(0), min(months, default=None)
    while month is not None and (beyond or month <= max(months)):
        if month not in stay:
            amount = found.get(month, Decimal(0)) + beyond
            held = min(amount, Decimal(100) if percent else Decimal(len(weekdays(month))))
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
