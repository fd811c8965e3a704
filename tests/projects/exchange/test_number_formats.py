"""A person means what their spreadsheet shows: percentages, "k€" behind the figure, thousands cut off, codes with zeros."""

import zipfile
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook, load_workbook

from projects.exchange import sandbox
from projects.exchange.number_formats import FormattedNumber, Shown, matters, section_for
from projects.models import BudgetLine, Project
from tests.projects.exchange.files import csv_bytes, dry_run, load

pytestmark = pytest.mark.django_db
HEAD = ("Code", "Nom du projet", "% avancement", "Budget révisé", "Atterrissage")


@pytest.mark.parametrize(
    ("number_format", "shown"),
    [
        ("General", Shown()),
        ("#,##0.00", Shown()),
        ("0%", Shown(percent=True)),
        ("0.0 %", Shown(percent=True)),
        ('0"%"', Shown(percent_sign=True)),
        (r"0\%", Shown(percent_sign=True)),
        ('#,##0 "k€"', Shown(scale=1000)),
        ('#,##0.0,, "M€"', Shown(commas=2, scale=10**6)),
        ("#,##0,", Shown(commas=1)),
        ('[Red]-#,##0\\ "k£"', Shown(scale=1000)),
        ("[$€-40C]#,##0.00", Shown()),
        ('_-* #,##0.00\\ "€"_-', Shown()),
        ("#,##0\\ [$k€]", Shown(scale=1000)),
        ("00000", Shown(zeros=5)),
        ("0", Shown()),
        ("yyyy-mm-dd", Shown()),
        ("@", Shown()),
        ('"', Shown()),
        ("[", Shown()),
    ],
)
def test_what_a_format_says(number_format: str, shown: Shown) -> None:
    assert section_for(number_format, 1.0) == shown
    assert matters(number_format) is (shown != Shown())


def test_the_section_that_shows_the_number_counts() -> None:
    assert section_for('0 "k€";-0', -5) == Shown()
    assert section_for('0 "k€";-0', 5) == Shown(scale=1000)
    thousands = '[>=1000000]0.0,,"M€";[>=1000]0.0,"k€";0'
    assert [section_for(thousands, value) for value in (5e6, 5e3, 5)] == [
        Shown(commas=2, scale=10**6), Shown(commas=1, scale=1000), Shown(),
    ]  # fmt: skip


def workbook(*rows: tuple[tuple[Any, str], ...]) -> bytes:
    """A tracker whose cells are (value, number format)."""
    book = Workbook()
    sheet: Any = book.active
    sheet.append(HEAD)
    for number, row in enumerate(rows, start=2):
        for column, (value, number_format) in enumerate(row, start=1):
            cell = sheet.cell(number, column, value)
            cell.number_format = number_format
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def loaded(*rows: tuple[tuple[Any, str], ...]) -> list[tuple[Any, ...]]:
    load(workbook(*rows), file_name="suivi.xlsx")
    found = []
    for project in Project.objects.order_by("code"):
        amounts = dict(BudgetLine.objects.filter(project=project).values_list("kind", "amount"))
        found.append((project.code, project.percent_complete, amounts.get("revised"), amounts.get("forecast")))
    return found


G = "General"


def test_percentages_mean_what_they_show() -> None:
    """All at 0 or 100 %, which no guess from the values could tell."""
    assert loaded(
        (("A", G), ("a", G), (1, "0%"), (10, G), (10, G)),
        (("B", G), ("b", G), (0, "0%"), (10, G), (10, G)),
        (("C", G), ("c", G), (0.455, "0%"), (10, G), (10, G)),
        (("D", G), ("d", G), (1, '0"%"'), (10, G), (10, G)),
    ) == [
        ("A", Decimal(100), Decimal(10), Decimal(10)), ("B", Decimal(0), Decimal(10), Decimal(10)),
        ("C", Decimal("45.50"), Decimal(10), Decimal(10)), ("D", Decimal(1), Decimal(10), Decimal(10)),
    ]  # fmt: skip


def test_units_written_by_the_format() -> None:
    assert loaded(
        (("A", G), ("a", G), (0.5, G), (1500, '#,##0 "k€"'), (1_500_000, '#,##0, "k€"')),
        (("B", G), ("b", G), (0.2, G), (1_500_000, "#,##0,"), (1.5, '0.0 "M€"')),
    ) == [
        ("A", Decimal(50), Decimal(1_500_000), Decimal(1_500_000)),
        ("B", Decimal(20), Decimal(1_500_000), Decimal(1_500_000)),
    ]


def test_a_code_keeps_the_zeros_it_shows() -> None:
    assert [row[0] for row in loaded(((42, "00000"), ("a", G), (0.5, "0%"), (1, G), (1, G)))] == ["00042"]


def test_a_percentage_is_no_amount() -> None:
    staged = dry_run(workbook((("A", G), ("a", G), (0.5, "0%"), (0.12, "0%"), (1, G))), file_name="suivi.xlsx")
    assert [(problem.row, problem.column, problem.code) for problem in staged.plan.problems if not problem.warning] == [
        (2, "Budget révisé", "not_a_number")
    ]


def test_rows_left_out_come_back_with_their_formats() -> None:
    """Corrected in the file handed back, they mean what they meant."""
    content = workbook(
        (("A", G), ("a", G), (1, "0%"), (1500, '#,##0 "k€"'), ("beaucoup", G)),
        (("B", G), ("b", G), (0.5, "0%"), (2000, '#,##0 "k€"'), (3000, '#,##0 "k€"')),
    )
    _staged, batch = load(content, file_name="suivi.xlsx", skip_bad_rows=True)
    book = load_workbook(BytesIO(bytes(batch.bad_rows)))
    sheet: Any = book.worksheets[0]
    assert [cell.value for cell in sheet[2]][:2] == ["A", "a"]
    sheet["E2"] = 1600
    sheet["E2"].number_format = '#,##0 "k€"'
    out = BytesIO()
    book.save(out)
    load(out.getvalue(), file_name="corrige.xlsx")
    project = Project.objects.get(code="A")
    assert project.percent_complete == Decimal(100)
    assert dict(project.budget_lines.values_list("kind", "amount")) == {
        "revised": Decimal(1_500_000), "forecast": Decimal(1_600_000),
    }  # fmt: skip


def percent_cell(content: bytes) -> Any:
    return sandbox.parse(content, "suivi.xlsx").sheets[0].rows[1].cells[2]


def test_a_style_the_workbook_does_not_have_is_no_fault_of_the_number() -> None:
    content = workbook((("A", G), ("a", G), (0.5, "0%"), (1, G), (1, G)))
    cell = percent_cell(content)
    assert isinstance(cell, FormattedNumber)
    assert (float(cell), cell.format) == (0.5, "0%")
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as before, zipfile.ZipFile(out, "w") as after:
        for name in before.namelist():
            part = before.read(name)
            if name == "xl/worksheets/sheet1.xml":
                assert b'r="C2" s="1"' in part
                part = part.replace(b'r="C2" s="1"', b'r="C2" s="99"')
            after.writestr(name, part)
    assert percent_cell(out.getvalue()) == 0.5
    assert not isinstance(percent_cell(out.getvalue()), FormattedNumber)


@pytest.mark.parametrize(
    ("cells", "expected", "warned"),
    [
        (("0,45", "0,8", "1"), ["45.00", "80.00", "100.00"], True),
        (("0,45 %", "0,8 %", "1 %"), ["0.45", "0.80", "1.00"], False),
        (("45", "80", "1"), ["45.00", "80.00", "1.00"], False),
        (("0", "1", "1"), ["0.00", "1.00", "1.00"], False),
    ],
)
def test_fractions_in_text_are_read_as_a_workbook_s_and_said(cells: Any, expected: list[str], warned: bool) -> None:
    rows = [("Code", "Nom du projet", "% avancement"), *((f"P{n}", "x", cell) for n, cell in enumerate(cells))]
    staged, _batch = load(csv_bytes(rows, delimiter=";"))
    found = Project.objects.order_by("code").values_list("percent_complete", flat=True)
    assert [str(value) for value in found] == expected
    assert any(problem.code == "read_as_fractions" for problem in staged.plan.problems) is warned


@pytest.mark.parametrize(
    ("cells", "expected", "warned"),
    [
        (("Très haute", "low", "", "4 – high"), [5, 2, None, 4], False),
        (("1", "5", "moyenne", "n/a"), [1, 5, 3, None], True),
    ],
)
def test_a_priority_is_read_in_words_and_which_end_a_number_is_counted_from_is_said(
    cells: Any, expected: list[int | None], warned: bool
) -> None:
    rows = [
        ("Code", "Nom du projet", "Priorité", "Prioritaire"),
        *((f"P{n}", "x", cell, "") for n, cell in enumerate(cells)),
    ]
    staged, _batch = load(csv_bytes(rows, delimiter=";"))
    assert list(Project.objects.order_by("code").values_list("priority", flat=True)) == expected
    assert any(problem.code == "priorities_as_numbers" for problem in staged.plan.problems) is warned
    refused = dry_run(csv_bytes([("Code", "Nom du projet", "Priorité"), ("P9", "x", "6")], delimiter=";"))
    assert [problem.code for problem in refused.plan.errors] == ["unknown_choice"]
