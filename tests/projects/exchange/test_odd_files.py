"""What trackers look like: failed formulas, apostrophes, far days, signs behind currencies, headings and notes in the rows."""

from collections.abc import Callable
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

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


def workbook(rows: list[list[Any]], arrange: Callable[[Worksheet], None]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = "Projets"
    for row in rows:
        sheet.append(row)
    arrange(sheet)
    out = BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.django_db
def test_a_text_merged_over_rows_is_meant_for_each_and_a_figure_for_one() -> None:
    def merge(sheet: Worksheet) -> None:
        for cells in ("A3:A5", "A6:A7", "D3:D4", "A1:A2", "B1:B2", "E6:E7"):
            sheet.merge_cells(cells)

    rows = [["Programme", "Code", "Nom", "Budget (k€)", "Truc"], [None, None, None, None, None],
            ["Alpha", "A1", "Un", 10], [None, "A2", "Deux", None], [None, "A3", "Trois", 5],
            ["Beta", "B1", "Quatre", 1, "x"], [None, "B2", "Cinq", 2]]  # fmt: skip
    staged, _batch = load(workbook(rows, merge), file_name="plan.xlsx")
    assert staged.plan.errors == []
    programmes = {project.code: project.node.name for project in Project.objects.select_related("node")}
    assert programmes == {"A1": "Alpha", "A2": "Alpha", "A3": "Alpha", "B1": "Beta", "B2": "Beta"}
    budgets = Project.objects.exclude(budget_lines=None).values_list("code", "budget_lines__amount")
    assert dict(budgets) == {"A1": 10_000, "A3": 5_000, "B1": 1_000, "B2": 2_000}


@pytest.mark.django_db
def test_headers_merged_over_both_lines_stay_one_header() -> None:
    def merge(sheet: Worksheet) -> None:
        for cells in ("A1:A2", "B1:B2", "C1:D1", "E1:E2", "F1:F2"):
            sheet.merge_cells(cells)

    rows = [["Code", "Nom", "Budget (k€)", None, "EAC (k€)", "Truc"], [None, None, "janv. 2026", "févr. 2026", None, None],
            ["A", "Un", 10, 20, 35, "x"]]  # fmt: skip
    load(workbook(rows, merge), file_name="plan.xlsx")
    lines = {(line.month, line.kind): line.amount for line in Project.objects.get().budget_lines.all()}
    assert lines == {
        (date(2026, 1, 1), "revised"): 10_000,
        (date(2026, 2, 1), "revised"): 20_000,
        (None, "forecast"): 35_000,
    }


@pytest.mark.django_db
def test_hidden_columns_and_rows_are_read_and_named() -> None:
    def hide(sheet: Worksheet) -> None:
        sheet.column_dimensions["C"].hidden = True
        sheet.column_dimensions.group("F", "XFD", hidden=True)  # nothing stands there
        sheet.row_dimensions[3].hidden = True

    rows = [["Code", "Nom", "Budget"], ["A", "Un", 1], ["B", "Deux", 2]]
    staged = dry_run(workbook(rows, hide), file_name="plan.xlsx")
    assert staged.plan.count("create") == 2
    told = {(problem.code, problem.sheet, problem.value) for problem in staged.plan.problems}
    assert told == {("hidden_columns", "Projets", "C"), ("hidden_rows", "Projets", "1")}


@pytest.mark.django_db
def test_a_formula_without_a_result_is_named_with_its_sheet() -> None:
    content = workbook([["Code", "Nom", "Budget"], ["A", "Un", "=1+1"]], lambda sheet: None)
    [problem] = dry_run(content, file_name="plan.xlsx").plan.problems
    assert (problem.code, problem.sheet, problem.value) == ("formula_without_value", "Projets", "C2")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("cells", "lines", "warned"),
    [
        (("30", "10", "20"), {None: None, 2026: 10, 2027: 20}, False),  # the total says nothing more
        (("50", "10", "20"), {None: 20, 2026: 10, 2027: 20}, False),  # the rest of it is for later
        (("25", "10", "20"), {None: None, 2026: 10, 2027: 20}, True),
        (("30", "", ""), {None: 30}, False),
        (("", "10", "20"), {2026: 10, 2027: 20}, False),
        (("30", "0", "0"), {None: 30, 2026: 0, 2027: 0}, False),
    ],
)
def test_a_total_beside_its_years_is_counted_once(cells, lines, warned):
    rows = [["Code", "Nom du projet", "Budget total", "Budget 2026", "Budget 2027"], ["A", "Réseau", *cells]]
    staged, _batch = load(csv_bytes(rows))
    stored = Project.objects.get(code="A").budget_lines.values_list("month", "amount")
    assert {month.year if month else None: int(amount) for month, amount in stored} == {
        year: amount for year, amount in lines.items() if amount is not None
    }
    assert any(problem.code == "months_exceed_total" for problem in staged.plan.problems) is warned
    again, _batch = load(csv_bytes(rows))
    assert again.plan.changes_nothing
