"""Months as the scenario counts them: 0 is the month of `today`, −1 the one before."""

from calendar import monthrange
from datetime import date, datetime, time, timedelta

from django.utils import timezone

FIRST_MONTH = -24


def first_day(today: date, month: int) -> date:
    """The first day of a month."""
    years, index = divmod(today.month - 1 + month, 12)
    return date(today.year + years, index + 1, 1)


def review_day(today: date, month: int) -> date:
    """When a month is reported: its last day; the current month is reported today."""
    first = first_day(today, month)
    return today if month == 0 else first.replace(day=monthrange(first.year, first.month)[1])


def months_between(first: date, last: date) -> list[date]:
    """The first days of the months from that of `first` to that of `last`, both included; empty when last is before."""
    count = (last.year - first.year) * 12 + last.month - first.month
    return [first_day(first, step) for step in range(count + 1)]


def working_day(day: date) -> date:
    """The day itself, or the Monday after a weekend."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() >= 5 else 0)


def moment(day: date, hour: int) -> datetime:
    """That hour of the day; never later than now."""
    return min(timezone.make_aware(datetime.combine(day, time(hour))), timezone.now())
