from datetime import date, datetime

import pytest

from projects.exchange import dates
from projects.exchange.dates import DateStyle

DAY_FIRST, MONTH_FIRST = DateStyle("dmy"), DateStyle("mdy")


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-12-31", date(2026, 12, 31)),
        ("31/12/2020", date(2020, 12, 31)),
        ("30.06.08", date(2008, 6, 30)),
        ("31.12.40", date(2040, 12, 31)),
        ("5/02/2016 5:00:00 PM", date(2016, 2, 5)),
        ("2016-05-25 17:00:00", date(2016, 5, 25)),
        ("31 déc. 2026", date(2026, 12, 31)),
        ("1er mars 2026", date(2026, 3, 1)),
        ("Dec 31, 2026", date(2026, 12, 31)),
        ("31-Dec-26", date(2026, 12, 31)),
        ("20261231", date(2026, 12, 31)),
        ("46022", date(2025, 12, 31)),
        (46022, date(2025, 12, 31)),
        (datetime(2026, 1, 2, 3, 4), date(2026, 1, 2)),
        ("1/012/2014", date(2014, 12, 1)),
    ],
)
def test_a_day(cell: object, day: date) -> None:
    assert dates.parse(cell, DAY_FIRST) == dates.Day(day, day)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("Dec-26", date(2026, 12, 1), date(2026, 12, 31)),
        ("févr. 2024", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-04", date(2026, 4, 1), date(2026, 4, 30)),
        ("T1 2026", date(2026, 1, 1), date(2026, 3, 31)),
        ("2026-Q4", date(2026, 10, 1), date(2026, 12, 31)),
        (2026, date(2026, 1, 1), date(2026, 12, 31)),
    ],
)
def test_a_span_has_a_first_and_a_last_day(cell: object, first: date, last: date) -> None:
    assert dates.parse(cell, DAY_FIRST) == dates.Day(first, last)


@pytest.mark.parametrize(
    "cell", ["31/02/2020", "32/01/2026", "Exempt", "12/31/2020", "1 mai", "", "42", True, 1.5, "0000-00-00"]
)
def test_what_is_no_day(cell: object) -> None:
    assert dates.parse(cell, DAY_FIRST) is None


@pytest.mark.parametrize(
    ("texts", "order", "decided"),
    [
        (["03/04/2026", "31/12/2026"], "dmy", True),
        (["03/04/2026", "12/31/2026"], "mdy", True),
        (["03/04/2026"], "dmy", False),
        (["04/04/2026"], "dmy", True),
        (["2026-01-01"], "dmy", True),
    ],
)
def test_the_order_is_decided_for_a_whole_column(texts: list[str], order: str, decided: bool) -> None:
    assert dates.decide(texts) == DateStyle(order, decided)


def test_month_first_is_month_first_for_every_cell() -> None:
    assert dates.parse("03/04/2026", MONTH_FIRST) == dates.Day(date(2026, 3, 4), date(2026, 3, 4))
