"""The days of a reporting period: pure functions on dates, no clock, no database.

Sources: domain.md BR-01 (opens four working days before the period ends, due two after it). Working days are Monday to Friday
without the days off given.
"""

from calendar import monthrange
from collections.abc import Container
from dataclasses import dataclass
from datetime import date, timedelta

from pmo_portal.core.periods import add_months, first_of_month

WEEKLY, FORTNIGHTLY, MONTHLY, QUARTERLY = "weekly", "fortnightly", "monthly", "quarterly"
DAYS = {WEEKLY: 7, FORTNIGHTLY: 14}
MONTHS = {MONTHLY: 1, QUARTERLY: 3}
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How a portfolio reports: the cadence, a first day from which periods are counted, and delays in working days.

    Weeks begin on Mondays, months and quarters on their first day, whatever `since` is; fortnights are counted from its week.
    """

    cadence: str
    since: date
    opens_before: int = 4
    due_after: int = 2
    review_days: int = 3


@dataclass(frozen=True, slots=True)
class Span:
    """One period: its first and last day, when reports open and are due, and until when they are reviewed."""

    starts_on: date
    ends_on: date
    opens_on: date
    due_on: date
    review_until: date


def span_of(rhythm: Rhythm, day: date, *, off: Container[date] = ()) -> Span:
    """The period in which `day` lies. `off`: the days nobody works beside weekends."""
    starts_on, ends_on = bounds(rhythm, day)
    last_day = ends_on if works(ends_on, off) else working_day(ends_on, -1, off)
    due_on = working_day(ends_on, rhythm.due_after, off)
    return Span(
        starts_on,
        ends_on,
        max(working_day(last_day, -rhythm.opens_before, off), starts_on),
        due_on,
        working_day(due_on, rhythm.review_days, off),
    )


def bounds(rhythm: Rhythm, day: date) -> tuple[date, date]:
    """(first day, last day) of the period in which `day` lies."""
    if rhythm.cadence in DAYS:
        monday = rhythm.since - timedelta(days=rhythm.since.weekday())
        length = DAYS[rhythm.cadence]
        starts_on = monday + timedelta(days=(day - monday).days // length * length)
        return starts_on, starts_on + timedelta(days=length - 1)
    months = MONTHS[rhythm.cadence]
    first = first_of_month(day)
    starts_on = add_months(first, -((first.month - 1) % months))
    last = add_months(starts_on, months - 1)
    return starts_on, last.replace(day=monthrange(last.year, last.month)[1])


def working_day(day: date, count: int, off: Container[date] = ()) -> date:
    """The working day `count` working days after `day` (negative: before); `day` itself, or the next one worked, for 0."""
    step = timedelta(days=-1 if count < 0 else 1)
    while count == 0 and not works(day, off):
        day += step
    for _number in range(abs(count)):
        day += step
        while not works(day, off):
            day += step
    return day


def works(day: date, off: Container[date]) -> bool:
    return day.weekday() < SATURDAY and day not in off
