"""The days of periods (domain.md BR-01): working days, public holidays, every cadence."""

from datetime import date, timedelta

import pytest

from pmo_portal.core.days_off import days_off
from reporting.status.calendar import Rhythm, span_of, working_day

DAYS_OFF = days_off("FR", years=(2026, 2027))


def test_a_month_opens_four_working_days_before_its_end_and_is_due_two_after() -> None:
    span = span_of(Rhythm("monthly", date(2026, 1, 1)), date(2026, 11, 10), off=DAYS_OFF)
    assert (span.starts_on, span.ends_on) == (date(2026, 11, 1), date(2026, 11, 30))
    assert span.opens_on == date(2026, 11, 24)  # Monday the 30th, four working days back
    assert span.due_on == date(2026, 12, 2)
    assert span.review_until == date(2026, 12, 7)


def test_public_holidays_are_no_working_days() -> None:
    span = span_of(Rhythm("monthly", date(2026, 1, 1)), date(2026, 4, 15), off=DAYS_OFF)
    assert span.due_on == date(2026, 5, 5)  # after Thursday 30 April: the 1st of May and a weekend
    without = span_of(Rhythm("monthly", date(2026, 1, 1)), date(2026, 4, 15))
    assert without.due_on == date(2026, 5, 4)


def test_alsace_has_two_more() -> None:
    more = days_off("FR", "6AE", years=(2026,)) - days_off("FR", years=(2026,))
    assert more == {date(2026, 4, 3), date(2026, 12, 26)}


@pytest.mark.parametrize(
    ("cadence", "first", "last"),
    [
        ("weekly", date(2026, 11, 9), date(2026, 11, 15)),
        ("fortnightly", date(2026, 11, 2), date(2026, 11, 15)),
        ("monthly", date(2026, 11, 1), date(2026, 11, 30)),
        ("quarterly", date(2026, 10, 1), date(2026, 12, 31)),
    ],
)
def test_the_period_of_a_day(cadence: str, first: date, last: date) -> None:
    span = span_of(Rhythm(cadence, date(2026, 1, 15)), date(2026, 11, 11))  # the week of 12 January begins a fortnight
    assert (span.starts_on, span.ends_on) == (first, last)


@pytest.mark.parametrize("cadence", ["weekly", "fortnightly", "monthly", "quarterly"])
def test_periods_follow_each_other_without_a_gap_and_their_days_are_in_order(cadence: str) -> None:
    rhythm, day = Rhythm(cadence, date(2023, 12, 20)), date(2023, 12, 20)
    for _number in range(120):
        span = span_of(rhythm, day, off=DAYS_OFF)
        assert span.starts_on <= day <= span.ends_on
        assert span.starts_on <= span.opens_on <= span.due_on <= span.review_until
        assert span.due_on > span.ends_on
        following = span_of(rhythm, span.ends_on + timedelta(days=1), off=DAYS_OFF)
        assert following.starts_on == span.ends_on + timedelta(days=1)
        day = following.starts_on


def test_no_working_days_later_is_the_next_day_worked() -> None:
    assert working_day(date(2026, 11, 28), 0) == date(2026, 11, 30)
    assert working_day(date(2026, 11, 27), 0) == date(2026, 11, 27)
