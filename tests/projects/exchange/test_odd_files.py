"""What trackers look like: failed formulas, apostrophes, far days, signs behind currencies, headings and notes in the rows."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

import pytest

from projects.exchange import values
from projects.exchange.dates import DateStyle
from projects.exchange.numbers import NumberStyle
from projects.exchange.values import Markers
from projects.models import Project
from projects.resources.models import Person
from tests.projects.exchange.files import csv_bytes, dry_run, load, xlsx_bytes

PLAIN, COMMA = Markers(), NumberStyle(",")
FAILED = ("#N/A", "#DIV/0!", "#REF!", "#VALUE!", "#VALEUR!", "#NAME?", "#NOM?", "#NUL!", "#NULL!", "#NUM!", "#NOMBRE!")


@pytest.mark.parametrize("shown", FAILED)
def test_what_a_failed_formula_shows_is_missing_wherever_it_stands(shown: str) -> None:
    for read in (
        values.amount(shown, COMMA, PLAIN),
        values.day(shown, DateStyle(), PLAIN),
        values.percent(shown, COMMA, PLAIN),
        values.text(shown, most=200),
        values.choice(shown, {}, PLAIN),
    ):
        assert (read.value, read.note, read.problem) == (None, shown, "")
    assert values.text("#hashtag", most=200).value == "#hashtag"


@pytest.mark.django_db
def test_nobody_is_called_like_an_error() -> None:
    rows = [["Code", "Nom", "Chef de projet", "Budget"], ["A", "Un", "#N/A", "#REF!"], ["#REF!", "Deux", "X", "2"]]
    load(csv_bytes(rows))
    assert list(Person.objects.values_list("name", flat=True)) == ["X"]
    assert set(Project.objects.values_list("name", flat=True)) == {"Un", "Deux"}


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("'1500", "1500"), ("1’234,50 CHF", "1234.50"), ("CHF 1'200.–", "1200"), ("(1'234,50)", "-1234.50"),
        ("1\u202f500", "1500"), ("1\xa0234,50 €", "1234.50"), ("€ -1500", "-1500"), ("1 500 € -", "-1500"),
        ("1500-", "-1500"), ("1500 keuros", "1500000"), ("1,5 Meuros", "1500000"), ("1 500,-", "1500"),
    ],
)  # fmt: skip
def test_amounts_as_people_type_them(text: str, amount: str) -> None:
    style = NumberStyle("." if "." in text else ",")
    assert values.amount(text, style, PLAIN).value == Decimal(amount)


@pytest.mark.parametrize(
    ("cell", "first", "last"),
    [
        ("'2026-12-31", date(2026, 12, 31), date(2026, 12, 31)),
        ("S2 2026", date(2026, 7, 1), date(2026, 12, 31)),
        ("2026-H1", date(2026, 1, 1), date(2026, 6, 30)),
        ("1er semestre 2026", date(2026, 1, 1), date(2026, 6, 30)),
        ("fin 2026", date(2026, 12, 31), date(2026, 12, 31)),
        ("fin mars 2026", date(2026, 3, 31), date(2026, 3, 31)),
        ("début avril 2026", date(2026, 4, 1), date(2026, 4, 1)),
        ("end of Q1 2027", date(2027, 3, 31), date(2027, 3, 31)),
    ],
)
def test_days_as_people_type_them(cell: str, first: date, last: date) -> None:
    assert values.day(cell, DateStyle(), PLAIN).value == first
    assert values.day(cell, DateStyle(), PLAIN, last=True).value == last


@pytest.mark.parametrize("cell", ["31/12/9999", "9999-12-31", date(9999, 12, 31), datetime(9999, 12, 31)])
def test_the_day_that_means_no_end_is_missing(cell: Any) -> None:
    read = values.day(cell, DateStyle(), PLAIN)
    assert (read.value, read.problem) == (None, "")
    assert read.note


@pytest.mark.parametrize("cell", ["fin de projet", "S5 2026", "fin 31/12/2026", date(1900, 1, 1), "mi-2026"])
def test_what_is_no_day_stays_a_problem(cell: Any) -> None:
    assert values.day(cell, DateStyle(), PLAIN).problem == "not_a_date"


@pytest.mark.django_db
def test_a_date_linked_to_an_empty_cell_is_empty() -> None:
    rows = [["Code", "Nom", "Fin estimée"], ["A", "Un", time(0)], ["B", "Deux", date(2026, 1, 2)]]
    staged = dry_run(xlsx_bytes({"Projets": rows}), file_name="plan.xlsx")
    assert (staged.plan.problems, staged.plan.count("create")) == ([], 2)


@pytest.mark.django_db
def test_headings_sums_and_notes_between_the_rows_are_no_projects() -> None:
    rows = [
        ["Liste des projets au 31/10/2026"], [], ["Code", "Nom", "Budget (k€)"],
        ["Programme Alpha"], ["A1", "Un", 1], ["A2", "Deux", 2], ["Sous-total Alpha", None, 3],
        ["Programme Beta"], ["B1", "Trois", 4], ["Total général", None, 7], [],
        ["Chiffres provisoires"], ["Légende : k€ = milliers d'euros"],
    ]  # fmt: skip
    staged, _batch = load(xlsx_bytes({"Projets": rows}), file_name="plan.xlsx")
    assert sorted(Project.objects.values_list("code", "name")) == [("A1", "Un"), ("A2", "Deux"), ("B1", "Trois")]
    told = [(problem.code, problem.row) for problem in staged.plan.problems]
    assert sorted(told) == [
        *[("note_row_left_out", row) for row in (4, 8, 12, 13)],
        *[("total_row_left_out", row) for row in (7, 10)],
    ]
