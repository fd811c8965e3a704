"""Days and months. Pure functions on `date`; no clock, no time zone."""

from collections.abc import Iterator
from datetime import date


def first_of_month(day: date) -> date:
    return day.replace(day=1)


def add_months(month: date, count: int) -> date:
    """The first day of the month `count` months after the month of `month` (negative: before)."""
    index = month.year * 12 + month.month - 1 + count
    return date(index // 12, index % 12 + 1, 1)


def months_between(first: date, last: date) -> Iterator[date]:
    """First days of the months from `first`'s to `last`'s, both included."""
    month, end = first_of_month(first), first_of_month(last)
    while month <= end:
        yield month
        month = add_months(month, 1)


def weekdays_between(start: date, end: date) -> int:
    """Working days (Monday to Friday) after `start` up to and including `end`; negative when `end` is before `start`."""
    if end < start:
        return -weekdays_between(end, start)
    weeks, rest = divmod((end - start).days, 7)
    return weeks * 5 + sum(1 for offset in range(1, rest + 1) if (start.weekday() + offset) % 7 < 5)
