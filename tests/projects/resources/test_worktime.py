"""Capacity and load by day against days counted by hand (docs/decisions/0220)."""

from datetime import date

import numpy as np
import pytest

from pmo_portal.core.days_off import days_off
from projects.resources.worktime import (
    Absent,
    Asked,
    CalendarDays,
    Horizon,
    Pattern,
    Worked,
    by_row,
    calendar_days,
    first_of_month,
    month_number,
    of_calendars,
    spread,
    too_much,
    worked,
)

FULL = (1, 1, 1, 1, 1, 0, 0)
THREE_DAYS = (1, 1, 1, 0, 0, 0, 0)
THREE_FIFTHS = (0.6, 0.6, 0.6, 0.6, 0.6, 0, 0)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def horizon(first: str = "2026-01-01", last: str = "2026-12-31") -> Horizon:
    return Horizon.of(date.fromisoformat(first), date.fromisoformat(last))


def calendar(span: Horizon, region: str = "", week=FULL, exceptions=()) -> CalendarDays:
    years = range(first_of_month(span.first_month).year, first_of_month(span.last_month).year + 1)
    closed = sorted(each.toordinal() for each in days_off("FR", region, years=years))
    return calendar_days(span, week=week, holidays=closed, exceptions=exceptions)


def one(span: Horizon, *, patterns=(), absences=(), arrives=None, leaves=None, **calendar_args) -> Worked:
    return worked(
        span,
        calendars=[calendar(span, **calendar_args)],
        calendar_of=[0],
        arrives=[arrives],
        leaves=[leaves],
        patterns=patterns,
        absences=absences,
    )


def of_month(span: Horizon, by_day: np.ndarray, month: str) -> float:
    at = month_number(date.fromisoformat(month + "-01")) - span.first_month
    return float(by_day[..., span.month_starts[at] : span.month_starts[at + 1]].sum())


def on(span: Horizon, by_day: np.ndarray, text: str) -> float:
    return float(by_day[..., day(text) - span.first].sum())


def load_of(span: Horizon, base: Worked, *rows: tuple[int, str, float, bool]) -> np.ndarray:
    asked = Asked.of([(row, month_number(date.fromisoformat(m + "-01")), amount, pct) for row, m, amount, pct in rows])
    return by_row(span, asked.row, len(base.promised), spread(span, base, asked))


def test_french_holidays_and_those_of_alsace_moselle() -> None:
    span = horizon()
    france, alsace = calendar(span).own, calendar(span, region="57").own
    # 261 weekdays in 2026; nine holidays fall on one: 1 Jan, 6 Apr, 1, 8, 14, 25 May, 14 Jul, 11 Nov, 25 Dec
    assert france.sum() == 252
    assert of_month(span, france, "2026-05") == 17
    assert alsace.sum() == 251  # Good Friday; 26 December is a Saturday
    assert on(span, france, "2026-04-03") == 1
    assert on(span, alsace, "2026-04-03") == 0


def test_a_three_day_week_is_not_three_fifths_of_every_day() -> None:
    span = horizon("2026-02-01", "2026-02-28")  # four whole weeks from a Sunday, no holiday
    three = one(span, patterns=[Pattern(0, day("2020-01-01"), THREE_DAYS)])
    fifths = one(span, patterns=[Pattern(0, day("2020-01-01"), THREE_FIFTHS)])
    assert three.capacity.sum() == pytest.approx(fifths.capacity.sum()) == pytest.approx(12)
    assert on(span, three.capacity, "2026-02-05") == 0  # a Thursday
    assert on(span, fifths.capacity, "2026-02-05") == pytest.approx(0.6)
    for base in (three, fifths):
        load = load_of(span, base, (0, "2026-02", 50, True))
        assert load.sum() == pytest.approx(6)
        assert too_much(load, base.capacity).sum() == 0
    # what fits the second does not fit the first, although the month has as many days: 0.6 of a Thursday
    load = load_of(span, fifths, (0, "2026-02", 100, True))
    assert too_much(load, three.capacity).sum() == pytest.approx(8 * 0.6)


def test_a_pattern_holds_until_the_next_one_and_never_opens_holidays() -> None:
    span = horizon("2026-05-01", "2026-06-30")
    base = one(
        span,
        patterns=[Pattern(0, day("2026-05-18"), (0, 0, 1, 1, 1, 1, 0)), Pattern(0, day("2026-06-01"), FULL, run=0.2)],
    )
    assert on(span, base.capacity, "2026-05-11") == 1  # before any pattern: the week of the calendar
    assert on(span, base.capacity, "2026-05-18") == 0
    assert on(span, base.capacity, "2026-05-23") == 1  # a Saturday of the pattern
    assert on(span, base.capacity, "2026-05-25") == 0
    assert on(span, base.capacity, "2026-06-01") == pytest.approx(0.8)
    assert on(span, base.usual, "2026-06-01") == 1
    holiday = one(span, patterns=[Pattern(0, day("2020-01-01"), (1,) * 7)])
    assert on(span, holiday.capacity, "2026-05-14") == 0
    assert on(span, holiday.capacity, "2026-05-17") == 1


def test_exceptions_of_a_calendar_say_otherwise_holidays_included() -> None:
    span = horizon("2026-12-01", "2026-12-31")
    exceptions = [
        (day("2026-12-24"), day("2026-12-24"), 0.5),
        (day("2026-12-25"), day("2026-12-25"), 1.0),
        (day("2026-12-28"), day("2026-12-31"), 0.0),
        (day("2026-12-19"), day("2026-12-19"), 1.0),
    ]
    base = one(span, exceptions=exceptions)
    assert [on(span, base.capacity, f"2026-12-{d}") for d in (19, 23, 24, 25, 28)] == [1, 1, 0.5, 1, 0]
    part_time = one(span, exceptions=exceptions, patterns=[Pattern(0, day("2020-01-01"), (0, 0, 0, 0.5, 1, 0, 0))])
    # the pattern never works on Saturdays: a worked one calls nobody in; half a day off is half of theirs
    assert [on(span, part_time.capacity, f"2026-12-{d}") for d in (19, 23, 24, 25, 28)] == [0, 0, 0.25, 1, 0]


def test_half_days_away_add_up_to_a_whole_one_at_most() -> None:
    span = horizon("2026-03-01", "2026-03-31")
    absences = [
        Absent(0, day("2026-03-02"), day("2026-03-06"), 0.5),
        Absent(0, day("2026-03-06"), day("2026-03-09"), 0.5),
        Absent(0, day("2026-03-06"), day("2026-03-06"), 0.5),
    ]
    base = one(span, absences=absences)
    assert [on(span, base.capacity, f"2026-03-0{d}") for d in (2, 5, 6, 7, 9)] == [0.5, 0.5, 0, 0, 0.5]
    assert base.capacity.sum() == pytest.approx(22 - 4 * 0.5 - 1 - 0.5)
    # per cent is of the days somebody works: planned leave makes nobody overloaded, and is no work that was done
    load = load_of(span, base, (0, "2026-03", 80, True))
    assert load.sum() == pytest.approx((22 - 4 * 0.5 - 1 - 0.5) * 0.8)
    assert on(span, load, "2026-03-06") == 0
    assert too_much(load, base.capacity).sum() == 0
    assert too_much(load_of(span, base, (0, "2026-03", 80, True), (0, "2026-03", 40, True)), base.capacity).sum() > 0


def test_absences_beyond_the_horizon_and_around_it() -> None:
    span = horizon("2026-03-01", "2026-03-31")
    around = [Absent(0, day("2025-01-01"), day("2026-03-02")), Absent(0, day("2026-03-31"), day("2027-01-01"))]
    outside = [Absent(0, day("2025-01-01"), day("2026-02-28")), Absent(0, day("2026-04-01"), day("2027-01-01"))]
    assert one(span, absences=around).capacity.sum() == 20
    assert one(span, absences=outside).capacity.sum() == 22


def test_who_leaves_in_the_middle_of_a_month_keeps_what_was_promised() -> None:
    span = horizon("2026-03-01", "2026-04-30")
    base = one(span, leaves=day("2026-03-13"))
    assert of_month(span, base.capacity, "2026-03") == 10
    assert of_month(span, base.capacity, "2026-04") == 0
    half = load_of(span, base, (0, "2026-03", 50, True))
    assert half.sum() == 11
    assert too_much(half, base.capacity).sum() == 6  # the twelve days after they left, half of each
    days = load_of(span, base, (0, "2026-03", 11, False))  # days go where there is capacity
    assert of_month(span, days, "2026-03") == pytest.approx(11)
    assert on(span, days, "2026-03-16") == 0
    assert too_much(days, base.capacity).sum() == pytest.approx(1)
    later = load_of(span, base, (0, "2026-04", 4, False))
    assert too_much(later, base.capacity).sum() == pytest.approx(4)


def test_arriving_is_the_first_day_there() -> None:
    span = horizon("2026-03-01", "2026-03-31")
    base = one(span, arrives=day("2026-03-16"))
    assert base.capacity.sum() == 12
    assert on(span, base.capacity, "2026-03-16") == 1


def test_a_month_without_capacity_loses_nothing() -> None:
    span = horizon("2026-08-01", "2026-08-31")
    away = one(span, absences=[Absent(0, day("2026-08-01"), day("2026-08-31"))])
    load = load_of(span, away, (0, "2026-08", 3, False), (0, "2026-08", 10, True))
    assert away.capacity.sum() == 0
    assert load.sum() == pytest.approx(3)  # days are promised; a tenth of nothing is nothing
    assert on(span, load, "2026-08-15") == 0  # a Saturday: the open days of the calendar carry it
    assert too_much(load, away.capacity).sum() == pytest.approx(load.sum())
    nothing = one(span, week=(0,) * 7)
    assert load_of(span, nothing, (0, "2026-08", 3.1, False)) == pytest.approx(np.full((1, 31), 0.1))


def test_days_follow_capacity_in_proportion() -> None:
    span = horizon("2026-02-01", "2026-02-28")
    base = one(span, patterns=[Pattern(0, day("2020-01-01"), (1, 0.5, 0, 0, 0, 0, 0))])
    load = load_of(span, base, (0, "2026-02", 3, False))
    assert on(span, load, "2026-02-02") == pytest.approx(0.5)
    assert on(span, load, "2026-02-03") == pytest.approx(0.25)


def test_allocations_across_a_year_and_two_of_one_person() -> None:
    span = horizon("2026-12-01", "2027-01-31")
    base = one(span)
    load = load_of(span, base, (0, "2026-12", 11, False), (0, "2027-01", 50, True), (0, "2026-12", 50, True))
    assert of_month(span, load, "2026-12") == pytest.approx(22)
    assert of_month(span, load, "2027-01") == pytest.approx(10)
    assert too_much(load, base.capacity).sum() == pytest.approx(0)
    assert span.by_piece(load).sum() == pytest.approx(load.sum())


def test_three_hundred_per_cent_is_three_of_a_role_and_too_much_of_one() -> None:
    span = horizon("2026-03-01", "2026-03-31")
    base = one(span)
    assert too_much(load_of(span, base, (0, "2026-03", 300, True)), base.capacity).sum() == 44
    role = of_calendars([calendar(span)])
    assert load_of(span, role, (0, "2026-03", 300, True)).sum() == 66
    assert load_of(span, role, (0, "2026-03", 5, False)).sum() == pytest.approx(5)


def test_a_hundredth_of_a_day_is_rounding() -> None:
    assert too_much(np.array([1.009, 1.02]), np.array([1.0, 1.0])) == pytest.approx([0.0, 0.02])


def test_pieces_are_weeks_cut_where_months_begin() -> None:
    span = horizon("2026-03-01", "2026-04-30")  # 1 March is a Sunday, 1 April a Wednesday
    firsts = [date.fromordinal(int(span.days[at])).isoformat() for at in span.pieces]
    assert firsts[:2] == ["2026-03-01", "2026-03-02"]
    assert firsts[5:8] == ["2026-03-30", "2026-04-01", "2026-04-06"]
    weights = np.arange(len(span.days), dtype=float)
    by_piece = dict(zip(firsts, span.by_piece(weights), strict=True))
    march = sum(value for first, value in by_piece.items() if first < "2026-04")
    assert march == weights[:31].sum()


def test_months_without_an_end_hold_to_the_end_of_the_horizon() -> None:
    span = horizon()
    ever, before, after = date(9999, 12, 1), date(2025, 12, 1), date(2027, 1, 1)
    assert span.months(date(2026, 12, 1), ever) == slice(334, 365)
    assert span.months(before, date(2026, 1, 1)) == slice(0, 31)
    for first, last in ((before, before), (after, ever)):
        assert len(span.days[span.months(first, last)]) == 0


def test_nothing_asked_is_no_load() -> None:
    span = horizon("2026-03-01", "2026-03-31")
    assert load_of(span, one(span)).sum() == 0


def test_two_thousand_people_and_two_years_at_once() -> None:
    span = horizon("2026-01-01", "2027-12-31")
    rng = np.random.default_rng(5)
    people, allocations = 2000, 10_000
    everybody = [calendar(span), calendar(span, region="57")]
    base = worked(
        span,
        calendars=everybody,
        calendar_of=rng.integers(0, 2, people).tolist(),
        arrives=[None] * people,
        leaves=[None] * people,
        patterns=[Pattern(row, day("2026-03-01"), THREE_DAYS) for row in range(0, people, 5)],
        absences=[Absent(row, day("2026-08-03"), day("2026-08-21")) for row in range(people)],
    )
    months = 6
    row = np.repeat(rng.integers(0, people, allocations), months)
    month = span.first_month + (
        np.repeat(rng.integers(0, 18, allocations), months) + np.tile(np.arange(months), allocations)
    )
    asked = Asked(row, month, rng.uniform(1, 60, len(row)), rng.random(len(row)) < 0.5)
    load = by_row(span, row, people, spread(span, base, asked))
    in_days = ~asked.percent
    assert load.sum() >= asked.amount[in_days].sum()
    assert span.by_piece(load).sum() == pytest.approx(load.sum())
