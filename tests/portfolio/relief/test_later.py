"""Months of requests and dates some weeks later, by hand."""

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from portfolio.relief.later import (
    Dated,
    Promised,
    dates_following,
    dates_moved,
    float_of,
    kept,
    late_for_others,
    moved_months,
    of_one_person,
    shifted,
    weekdays,
    written,
)

JAN, FEB, MAR, APR, MAY = (date(2027, month, 1) for month in (1, 2, 3, 4, 5))


def test_days_move_by_weekday_and_stay_as_many() -> None:
    # February 2027 has 20 weekdays; two weeks later 10 of them are in March
    assert shifted({FEB: Decimal(10)}, 2, since=FEB, percent=False) == {FEB: Decimal("5"), MAR: Decimal("5")}
    # three weeks: 5 of the 20 weekdays of February stay in it (7 × 5/20 = 1.75, written 1.8), 8 of the 23 of March (5.25 + 1.158:
    # 8.158 with what is before, written 8.2, so 6.4), and April has the rest of 10.33
    moved = shifted({JAN: Decimal(4), FEB: Decimal(7), MAR: Decimal("3.33")}, 3, since=FEB, percent=False)
    assert moved == {JAN: 4, FEB: Decimal("1.8"), MAR: Decimal("6.4"), APR: Decimal("2.13")}
    assert sum(moved.values()) == Decimal("14.33")
    assert shifted({FEB: Decimal(10)}, 0, since=FEB, percent=False) == {FEB: Decimal(10)}


def test_per_cent_stays_a_share_of_the_days() -> None:
    moved = shifted({FEB: Decimal(50), MAR: Decimal(50)}, 4, since=FEB, percent=True)
    # all 20 weekdays of February and 3 of March fall into March, which is then worked by half; 20 of the 22 of April: 45.45 %
    assert moved == {MAR: Decimal(50), APR: Decimal("45.5")}


def test_the_float_ends_at_the_next_date_and_nobody_knows_it_without_one() -> None:
    dates = [Dated(1, "Go live", date(2027, 3, 20)), Dated(None, "End", date(2027, 6, 30))]
    assert float_of({FEB}, dates) == 2  # from 28 February to 20 March
    assert float_of({MAR}, dates) == 0  # the date is inside the month
    assert float_of({FEB, APR}, dates) == 2
    assert float_of({FEB, date(2027, 9, 1)}, dates) is None
    assert float_of({FEB}, []) is None


def test_what_is_given_to_others_holds_the_work_before_the_promise() -> None:
    given = Promised(1, "Rails, for Port", promise=date(2027, 3, 20), need=date(2027, 4, 10))
    far = [Dated(None, "End", date(2027, 12, 31))]
    assert float_of({FEB}, far, [given]) == 5  # from 28 February to the need on 10 April
    assert float_of({APR}, far, [given]) == float_of({APR}, far)  # work after the promise is for something else
    assert float_of({FEB}, [], [given]) == 5
    late = Promised(2, "Late", promise=date(2027, 3, 20), need=date(2027, 3, 1))
    assert float_of({FEB}, far, [late]) == 2  # what is too late already must not come later
    assert late_for_others({FEB}, [given], 5) == []  # two weeks of slack before the promise, three until the need
    assert [(one.to, one.days) for one in late_for_others({FEB}, [given], 6)] == [(date(2027, 4, 17), 7)]
    assert late_for_others({APR}, [given], 13) == []


def test_a_date_moves_by_what_its_slack_does_not_hold() -> None:
    dates = [
        Dated(1, "Before", date(2027, 1, 15)),
        Dated(2, "Soon", date(2027, 3, 20)),
        Dated(3, "Far", date(2027, 6, 30)),
    ]
    moved = dates_moved({FEB, MAR}, dates, 4)
    assert [(one.dated.pk, one.to, one.weeks) for one in moved] == [(2, date(2027, 4, 17), 4)]
    assert dates_moved({FEB}, dates, 2) == []


def test_dates_follow_the_work_before_them() -> None:
    dates = [Dated(1, "Soon", date(2027, 3, 20)), Dated(2, "Far", date(2027, 6, 30))]
    moved = dates_following({FEB: APR, MAR: MAY}, dates)
    assert [(one.dated.pk, one.to) for one in moved] == [(1, date(2027, 5, 20))]
    assert dates_following({FEB: FEB}, dates) == []


def test_parts_of_a_month_go_where_their_places_say() -> None:
    plan = {FEB: Decimal(10), MAR: Decimal("1.25")}
    moved = moved_months(plan, {FEB: {FEB: Fraction(1, 3), APR: Fraction(2, 3)}})
    assert moved == {FEB: Fraction(10, 3), APR: Fraction(20, 3), MAR: Fraction(5, 4)}
    # 3.33 is written 3.4 and April has the rest; March stays as it was asked
    assert written(moved, plan, percent=False) == {FEB: Decimal("3.4"), MAR: Decimal("1.25"), APR: Decimal("6.6")}


@pytest.mark.parametrize("asked", ["100", "28.57", "12.5", "0.3"])
def test_what_moves_is_written_as_people_write_it_and_is_not_less_than_before(asked: str) -> None:
    """Half per cents, never more than one person; tenths of a day but in the last month, as many in all."""
    for count in (1, 3, 12):
        months = {date(2027, month, 1): Decimal(asked) for month in range(1, count + 1)}
        for weeks in range(1, 27):
            moved = shifted(months, weeks, since=FEB, percent=True)
            assert all(amount <= 100 and (amount % Decimal("0.5") == 0 or months.get(month) == amount)
                       for month, amount in moved.items())  # fmt: skip
            assert in_days(moved) >= in_days(months)
            few = {month: amount / 5 for month, amount in months.items()}
            moved = shifted(few, weeks, since=FEB, percent=False)
            assert sum(moved.values()) == sum(few.values())
            assert all(amount <= len(weekdays(month)) for month, amount in moved.items())
            earlier = [(month, amount) for month, amount in moved.items() if month != max(moved)]
            assert all(amount % Decimal("0.1") == 0 or few.get(month) == amount for month, amount in earlier)


def in_days(months: dict[date, Decimal]) -> Decimal:
    return sum((amount * len(weekdays(month)) for month, amount in months.items()), Decimal(0))


@pytest.mark.parametrize(
    ("amount", "taken", "most", "percent", "stays"),
    [
        ("100", "28.57", "50", True, "71"),  # 71.43 would stay: 29 is given up
        ("7.5", "3.75", "3.75", True, "4"),  # 3.5 would stay, but half at most is given up
        ("28.57", "28.57", "28.57", True, "0"),
        ("33.33", "0.1", "0.2", True, "33.33"),  # less than can be written of it: nothing
        ("20", "6.667", "10", False, "13.3"),
        ("5", "2.5", "2.5", False, "2.5"),
    ],
)
def test_what_is_given_up_of_a_month_leaves_what_people_write(
    amount: str, taken: str, most: str, percent: bool, stays: str
) -> None:
    given = kept(Decimal(amount), Decimal(taken), most=Decimal(most), percent=percent)
    assert given == Decimal(stays)


def test_what_one_person_does_not_have_in_a_shorter_month_goes_on_in_the_next() -> None:
    moved = moved_months({MAR: Decimal(23)}, {MAR: {APR: Fraction(1)}})
    assert of_one_person(moved, percent=False, stay=()) == {APR: 22, MAY: 1}
    plan = {MAR: Decimal(100)}
    moved = moved_months(plan, {MAR: {APR: Fraction(1)}}, percent=True)
    assert moved == {APR: Fraction(2300, 22)}  # as many days of fewer
    held = of_one_person(moved, percent=True, stay=())
    assert held == {APR: 100, MAY: Fraction(100, 21)}  # one of the 21 weekdays of May, 4.76 %
    assert written(held, plan, percent=True) == {APR: 100, MAY: 5}
    assert of_one_person({MAR: Fraction(25), APR: Fraction(30)}, percent=False, stay={MAR}) == {
        MAR: 25,
        APR: 22,
        MAY: 8,
    }
