from decimal import Decimal

import pytest

from projects.exchange import numbers
from projects.exchange.numbers import NumberStyle

POINT, COMMA = NumberStyle("."), NumberStyle(",")


@pytest.mark.parametrize(
    ("text", "style", "value", "scale", "currency"),
    [
        ("1 234,5 k€", COMMA, "1234.5", 1_000, "EUR"),
        ("£1,234.56m", POINT, "1234.56", 1_000_000, "GBP"),
        ("(1 234)", POINT, "-1234", None, ""),
        ("-£120.11m", POINT, "-120.11", 1_000_000, "GBP"),
        ("£-3.5", POINT, "-3.5", None, "GBP"),
        ("1’234.50", POINT, "1234.50", None, ""),
        ("1\u202f234\u00a0567,89\u00a0€", COMMA, "1234567.89", None, "EUR"),
        ("1.234.567,89 €", COMMA, "1234567.89", None, "EUR"),
        ("3,6 Md€", COMMA, "3.6", 1_000_000_000, "EUR"),
        ("5 millions d’euros", POINT, "5", 1_000_000, "EUR"),
        ("A$ 3m", POINT, "3", 1_000_000, "AUD"),
        ("1.066e+06", POINT, "1066000", None, ""),
        ("−5", POINT, "-5", None, ""),
        ("$2.4bn", POINT, "2.4", 1_000_000_000, "USD"),
        (".5", POINT, "0.5", None, ""),
    ],
)
def test_a_number_with_its_unit(text: str, style: NumberStyle, value: str, scale: int | None, currency: str) -> None:
    number = numbers.parse(text, style)
    assert number is not None
    assert (number.value, number.scale, number.currency) == (Decimal(value), scale, currency)


@pytest.mark.parametrize(
    "text", ["12 people", "Exempt under Section 43(2)", "12 34", ">1000%", "12/31/2020", "", "k€", "1,2,3"]
)
def test_what_is_no_number(text: str) -> None:
    assert numbers.parse(text, POINT) is None


def test_a_cell_that_contradicts_its_column_is_refused_rather_than_read_a_thousand_times_too_large() -> None:
    assert numbers.parse("12,5", POINT) is None
    assert numbers.parse("12.5", COMMA) is None


@pytest.mark.parametrize(
    ("texts", "decimal", "decided"),
    [
        (["1,234", "0,5"], ",", True),
        (["1,234", "1,234,567"], ".", True),
        (["1.234", "1.234.567"], ",", True),
        (["1 234", "12,25"], ",", True),
        (["£1,234", "£0.50"], ".", True),
        (["1,234"], ".", False),
        (["12", "n/a"], ".", True),
    ],
)
def test_the_style_is_decided_for_a_whole_column(texts: list[str], decimal: str, decided: bool) -> None:
    assert numbers.decide(texts) == NumberStyle(decimal, decided)


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Budget (k€)", (1_000, "EUR")),
        ("2013/2014 Budget (£million)", (1_000_000, "GBP")),
        ("2016/17 TOTAL Baseline £m\n(including Non-Government costs)", (1_000_000, "GBP")),
        ("Montant M€", (1_000_000, "EUR")),
        ("Budget KEUR", (1_000, "EUR")),
        ("Budget €", (None, "EUR")),
        ("Departmental narrative (if variance is more than 5%)", (None, "")),
        ("Budget", (None, "")),
    ],
)
def test_the_unit_of_a_header(header: str, unit: tuple[int | None, str]) -> None:
    assert numbers.unit_of_header(header) == unit
