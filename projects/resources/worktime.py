"""Capacity and load by day: who could work how much on which day, and what was asked of that day (docs/decisions/0220).

Pure numpy. Days are proleptic Gregorian ordinals (`date.toordinal`), so clocks and their changes do not exist here; amounts are
days of work (1.0 is one person for one working day), shares are 0 to 1. A horizon is whole months, because an allocation in
days is spread over its month. D is the number of days of the horizon, P of people, C of calendars, N of months of allocations.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TOLERANCE = 0.01  # a hundredth of a day above capacity is rounding, not too much work
EVER = date.max.toordinal()


def month_number(day: date) -> int:
    """Months since year 0, so that months can be subtracted."""
    return day.year * 12 + day.month - 1


def first_of_month(number: int) -> date:
    return date(number // 12, number % 12 + 1, 1)


def _end_of_month(day: date) -> int:
    return first_of_month(month_number(day) + 1).toordinal() - 1


@dataclass(frozen=True)
class Horizon:
    """Whole months, both included, by their numbers."""

    first_month: int
    last_month: int

    @classmethod
    def of(cls, first: date, last: date) -> "Horizon":
        """The months these two days are in and all between."""
        return cls(month_number(first), month_number(last))

    @cached_property
    def first(self) -> int:
        return first_of_month(self.first_month).toordinal()

    @cached_property
    def last(self) -> int:
        return first_of_month(self.last_month + 1).toordinal() - 1

    @cached_property
    def days(self) -> Ints:
        """(D) ordinals."""
        return np.arange(self.first, self.last + 1, dtype=np.int64)

    @cached_property
    def weekdays(self) -> Ints:
        """(D) Monday 0 … Sunday 6."""
        return (self.days - 1) % 7

    @cached_property
    def month_starts(self) -> Ints:
        """(M + 1) where each month starts among the days, and the end of the last."""
        months = range(self.first_month, self.last_month + 2)
        return np.array([first_of_month(m).toordinal() - self.first for m in months], dtype=np.int64)

    @cached_property
    def pieces(self) -> Ints:
        """Where each piece starts among the days: weeks cut where months begin, so that weeks and months are sums of them."""
        cut = self.weekdays == 0
        cut[self.month_starts[:-1]] = True
        return np.flatnonzero(cut)

    def by_piece(self, by_day: Floats) -> Floats:
        """(…, D) → (…, pieces): sums."""
        return np.asarray(np.add.reduceat(by_day, self.pieces, axis=-1), dtype=np.float64)

    def slice_of(self, first: int, last: int) -> slice:
        """The days from an ordinal to another, both included, as far as they are in the horizon."""
        return slice(max(first - self.first, 0), max(last + 1 - self.first, 0))

    def months(self, first: date, last: date) -> slice:
        """The days of the months these two days are in and all between, as far as they are in the horizon."""
        until = self.last if month_number(last) >= self.last_month else _end_of_month(last)
        return self.slice_of(first.replace(day=1).toordinal(), until)


@dataclass(frozen=True)
class CalendarDays:
    """What a calendar says, (D) each: `open` where a pattern may work, `own` what is worked by its own week."""

    open: Floats
    own: Floats


def calendar_days(
    horizon: Horizon,
    *,
    week: Sequence[float],
    holidays: Sequence[int] = (),
    exceptions: Sequence[tuple[int, int, float]] = (),
) -> CalendarDays:
    """`week` Monday to Sunday; `holidays` ordinals; `exceptions` (first, last, share), the later one in the list wins.

    An exception is what is worked on that day, whatever the week and the holidays say: a Saturday worked is 1, an afternoon
    off 0.5. To a person with a pattern of their own it is the share of what their pattern says, so it calls nobody in on a day
    they never work.
    """
    open_ = np.ones(len(horizon.days))
    for day in holidays:
        open_[horizon.slice_of(day, day)] = 0.0
    own = np.asarray(week, dtype=np.float64)[horizon.weekdays] * open_
    for first, last, share in exceptions:
        where = horizon.slice_of(first, last)
        open_[where] = share
        own[where] = share
    return CalendarDays(open_, own)


@dataclass(frozen=True)
class Pattern:
    """How a person (its row) works from a day on, until their next pattern. `run` goes to daily operations."""

    row: int
    starts: int
    week: tuple[float, ...]
    run: float = 0.0


@dataclass(frozen=True)
class Absent:
    row: int
    first: int
    last: int
    share: float = 1.0


@dataclass(frozen=True)
class Away:
    """The same of many, as arrays."""

    row: Ints
    first: Ints
    last: Ints
    share: Floats

    @classmethod
    def of(cls, absences: Sequence[Absent]) -> "Away":
        row, first, last = (
            np.array([getattr(one, name) for one in absences], dtype=np.int64) for name in ("row", "first", "last")
        )
        return cls(row, first, last, np.array([one.share for one in absences], dtype=np.float64))


@dataclass(frozen=True)
class Worked:
    """(P, D) each. `usual` is what they would work were they there; `promised` the same when they are not away, before they
    come and after they leave as well: it is what per cent is of. `present` is what they do work; `capacity` what daily
    operations leave of it for projects. `fallback` is where days go that find no capacity in their month: the open days of
    the calendar."""

    usual: Floats
    promised: Floats
    capacity: Floats
    fallback: Floats
    present: Floats


def worked(
    horizon: Horizon,
    *,
    calendars: Sequence[CalendarDays],
    calendar_of: Sequence[int],
    arrives: Sequence[int | None],
    leaves: Sequence[int | None],
    patterns: Sequence[Pattern] = (),
    absences: Sequence[Absent] | Away = (),
) -> Worked:
    """One entry of `calendar_of`, `arrives` and `leaves` a person (both days included). At least one calendar."""
    people = np.asarray(calendar_of, dtype=np.int64)
    own = np.stack([each.own for each in calendars])
    open_ = np.stack([each.open for each in calendars])
    fallback = own[people]
    usual = fallback.copy() if patterns else fallback
    run: dict[int, list[tuple[slice, float]]] = {}
    for pattern in sorted(patterns, key=lambda each: each.starts):
        since = horizon.slice_of(pattern.starts, EVER)
        week = np.asarray(pattern.week, dtype=np.float64)[horizon.weekdays[since]]
        usual[pattern.row, since] = week * open_[people[pattern.row], since]
        run.setdefault(pattern.row, []).append((since, pattern.run))
    promised = _there(horizon, len(people), absences)
    promised *= usual
    comes_or_goes = any(day is not None for day in (*arrives, *leaves))
    present = promised.copy() if comes_or_goes else promised
    _come_and_go(horizon, present, arrives, leaves)
    capacity = present.copy() if any(share for spans in run.values() for _since, share in spans) else present
    for row, spans in run.items():
        for (since, share), until in zip(spans, [*(one.start for one, _share in spans[1:]), None], strict=True):
            capacity[row, since.start : until] *= 1.0 - share
    return Worked(usual, promised, capacity, fallback, present)


def _there(horizon: Horizon, people: int, absences: "Sequence[Absent] | Away") -> Floats:
    """(P, D): how much of each day each is not away, absences that overlap added: all begun less all ended until the day."""
    away = absences if isinstance(absences, Away) else Away.of(absences)
    days = len(horizon.days)
    steps = np.zeros((people, days + 1))
    begin = np.clip(away.first - horizon.first, 0, days)
    end = np.clip(away.last + 1 - horizon.first, begin, days)
    np.add.at(steps, (away.row, begin), away.share)
    np.add.at(steps, (away.row, end), -away.share)
    found = np.cumsum(steps[:, :-1], axis=1, out=steps[:, :-1])
    np.round(found, 9, out=found)  # what was added and taken away again leaves nothing behind
    np.minimum(found, 1.0, out=found)
    return np.subtract(1.0, found, out=found)


def _come_and_go(
    horizon: Horizon, present: Floats, arrives: Sequence[int | None], leaves: Sequence[int | None]
) -> None:
    """Nobody works before they arrive, nor after they left."""
    for row, (first, last) in enumerate(zip(arrives, leaves, strict=True)):
        if first is not None and first > horizon.first:
            present[row, : first - horizon.first] = 0.0
        if last is not None and last < horizon.last:
            present[row, max(last + 1 - horizon.first, 0) :] = 0.0


def of_calendars(calendars: Sequence[CalendarDays]) -> Worked:
    """The same for nobody in particular: one full-time equivalent on the days of each calendar, one row a calendar."""
    own = np.stack([each.own for each in calendars])
    return Worked(own, own, own, own, own)


@dataclass(frozen=True)
class Asked:
    """N months of allocations. `row` is whose (a row of the `Worked` they are spread over), `month` by number within the
    horizon, `amount` in days, or in per cent where `percent`."""

    row: Ints
    month: Ints
    amount: Floats
    percent: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, int, float, bool]]) -> "Asked":
        """(row, month, amount, whether per cent) each."""
        row, month, amount, percent = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(
            np.array(row, dtype=np.int64),
            np.array(month, dtype=np.int64),
            np.array(amount, dtype=np.float64),
            np.array(percent, dtype=np.bool_),
        )


@dataclass(frozen=True)
class Spread:
    """The days of work of each month of an allocation: `item` which of the N, `day` its place in the horizon, `load`."""

    item: Ints
    day: Ints
    load: Floats


def spread(horizon: Horizon, base: Worked, asked: Asked) -> Spread:
    """Per cent is a share of each day they work, coming and leaving apart. Days follow the capacity of the month in proportion;
    without any they fall on the open days of the calendar, evenly on all days where even that has none: no day asked is lost."""
    starts = horizon.month_starts[asked.month - horizon.first_month]
    lengths = horizon.month_starts[asked.month - horizon.first_month + 1] - starts
    item = np.repeat(np.arange(len(starts), dtype=np.int64), lengths)
    firsts = np.cumsum(lengths) - lengths
    day = np.arange(len(item), dtype=np.int64) - firsts[item] + starts[item]
    row = asked.row[item]
    weight = base.capacity[row, day]
    for instead in (base.fallback[row, day], np.ones(len(item))):
        nothing = (_per_item(weight, firsts) <= 0.0)[item]
        weight = np.where(nothing, instead, weight)
    in_days = asked.amount[item] * weight / _per_item(weight, firsts)[item]
    load = np.where(asked.percent[item], asked.amount[item] / 100.0 * base.promised[row, day], in_days)
    return Spread(item, day, load)


def _per_item(by_day: Floats, firsts: Ints) -> Floats:
    return np.asarray(np.add.reduceat(by_day, firsts) if len(firsts) else np.zeros(0), dtype=np.float64)


def by_row(horizon: Horizon, rows: Ints, count: int, spread_: Spread) -> Floats:
    """(count, D): the load of each row by day; `rows` says whose each of the N is."""
    days = len(horizon.days)
    flat = np.bincount(rows[spread_.item] * days + spread_.day, weights=spread_.load, minlength=count * days)
    return flat.astype(np.float64, copy=False).reshape(count, days)


def too_much(hard: Floats, capacity: Floats) -> Floats:
    """Days of hard load above capacity, by day; a hundredth of a day is rounding."""
    above = hard - capacity
    return np.where(above > TOLERANCE, above, 0.0)


@dataclass(frozen=True)
class Monthly:
    """Amounts by person and month, (P, M) each, and the load of a month's days they make: as `spread`, when nearly every
    month has some, without a list of days for each of them."""

    days: Floats
    percent: Floats

    @classmethod
    def of(cls, shape: tuple[int, int], asked: Asked, first_month: int) -> "Monthly":
        flat = asked.row * shape[1] + asked.month - first_month

        def summed(where: NDArray[np.bool_]) -> Floats:
            size = shape[0] * shape[1]
            sums = np.bincount(flat[where], weights=asked.amount[where], minlength=size)
            return np.asarray(sums.astype(np.float64, copy=False).reshape(shape))

        return cls(summed(~asked.percent), summed(asked.percent))

    def load(self, base: Worked, month: int, days: slice) -> Floats:
        """(P, days of the month)."""
        wanted = self.days[:, month]
        weight = base.capacity[:, days]
        sums = weight.sum(axis=1)
        if (nothing := (sums <= 0.0) & (wanted > 0.0)).any():
            weight = weight.copy()
            weight[nothing] = base.fallback[nothing, days]
            sums = weight.sum(axis=1)
            weight[nothing & (sums <= 0.0)] = 1.0
            sums = weight.sum(axis=1)
        factor = np.divide(wanted, sums, out=np.zeros_like(sums), where=sums > 0.0)
        load = weight * factor[:, None]
        if self.percent[:, month].any():
            load += base.promised[:, days] * (self.percent[:, month, None] / 100.0)
        return np.asarray(load, dtype=np.float64)
