"""The months a picture reaches: whole quarters around today."""

from datetime import date

from projects.resources.worktime import Horizon, first_of_month, month_number

MONTHS_BACK = 3
MONTHS_AHEAD = 24  # this month included


def horizon_on(day: date) -> Horizon:
    """From the quarter of three months ago to that of 24 months ahead: weeks, months and quarters are whole."""
    now = month_number(day)
    first, last = now - MONTHS_BACK, now + MONTHS_AHEAD - 1
    return Horizon(first - first % 3, last + 2 - last % 3)


def piece_days(horizon: Horizon) -> list[date]:
    """The first day of each piece."""
    return [date.fromordinal(int(horizon.days[at])) for at in horizon.pieces]


def piece_of(day: date) -> date:
    """The piece a day is in: its Monday, or the first of its month where that is later."""
    return max(date.fromordinal(day.toordinal() - day.weekday()), day.replace(day=1))


def months_of(horizon: Horizon) -> tuple[date, date]:
    return first_of_month(horizon.first_month), first_of_month(horizon.last_month)
