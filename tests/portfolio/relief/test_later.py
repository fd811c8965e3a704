"""Months of requests and dates some weeks later, by hand."""

from datetime import date
from decimal import Decimal

from portfolio.relief.later import (
    Dated,
    Promised,
    dates_following,
    dates_moved,
    float_of,
    late_for_others,
    moved_months,
    of_one_person,
    shifted,
)

JAN, FEB, MAR, APR = (date(2027, month, 1) for month in (1, 2, 3, 4))


def test_days_move_by_weekday_and_stay_as_many() -> None:
    # February 2027 has 20 weekdays; two weeks later 10 of them are in March
    assert shifted({FEB: Decimal(10)}, 2, since=FEB, percent=False) == {FEB: Decimal("5"), MAR: Decimal("5")}
    moved = shifted({JAN: Decimal(4), FEB: Decimal(7), MAR: Decimal("3.33")}, 3, since=FEB, percent=False)
    assert moved[JAN] == 4
    assert sum(moved.values()) == Decimal("14.33")
    assert shifted({FEB: Decimal(10)}, 0, since=FEB, percent=False) == {FEB: Decimal(10)}


def test_per_cent_stays_a_share_of_the_days() -> None:
    moved = shifted({FEB: Decimal(50), MAR: Decimal(50)}, 4, since=FEB, percent=True)
    # the weekdays of both months, half of each, four weeks later: all of March is then worked by half
    assert moved[MAR] == Decimal("50.00")
    # 20 + 23 weekdays by half are 21.5 days, wherever they fall (March has 23, April 22)
    assert abs(float(moved[MAR]) * 23 / 100 + float(moved[APR]) * 22 / 100 - 21.5) < 0.01


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
    moved = dates_following({FEB: APR, MAR: date(2027, 5, 1)}, dates)
    assert [(one.dated.pk, one.to) for one in moved] == [(1, date(2027, 5, 20))]
    assert dates_following({FEB: FEB}, dates) == []


def test_parts_of_a_month_go_where_their_places_say() -> None:
    moved = moved_months({FEB: Decimal(10), MAR: Decimal(1)}, {FEB: {FEB: 1 / 3, APR: 2 / 3}})
    assert moved == {FEB: Decimal("3.33"), APR: Decimal("6.67"), MAR: Decimal(1)}


def test_rounding_makes_no_more_than_one_person() -> None:
    months = {date(2027, month, 1): Decimal(100) for month in range(1, 13)}
    for weeks in (1, 2, 3, 4, 6, 8, 10, 13):
        assert max(shifted(months, weeks, since=JAN, percent=True).values()) == 100
    for weeks in range(1, 27):
        assert max(shifted({JAN: Decimal(100), FEB: Decimal(100), MAR: Decimal(100)}, weeks, since=JAN,
                           percent=True).values()) <= 100  # fmt: skip


def test_what_one_person_does_not_have_in_a_shorter_month_goes_on_in_the_next() -> None:
    moved = moved_months({MAR: Decimal(23)}, {MAR: {APR: 1.0}})
    assert of_one_person(moved, percent=False, stay=()) == {APR: 22, date(2027, 5, 1): 1}
    moved = moved_months({MAR: Decimal(100)}, {MAR: {APR: 1.0}}, percent=True)
    assert moved[APR] > 100  # as many days of fewer
    kept = of_one_person(moved, percent=True, stay=())
    assert kept[APR] == 100
    assert abs(float(kept[date(2027, 5, 1)]) * 21 / 100 - 1) < 0.01
    assert of_one_person({MAR: Decimal(25), APR: Decimal(30)}, percent=False, stay={MAR}) == {
        MAR: 25, APR: 22, date(2027, 5, 1): 8,
    }  # fmt: skip
