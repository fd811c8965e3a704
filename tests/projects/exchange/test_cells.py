"""Text that would run in a spreadsheet is disarmed on the way out and comes back as it was (security.md §11, exam 51)."""

import csv
from io import BytesIO, StringIO

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook

from pmo_portal.core.cells import cell, from_cell
from projects.exchange import workbooks
from projects.exchange.columns import map_columns
from projects.exchange.profiles import SheetRule
from projects.models import Project
from tests.projects.exchange.files import load

DANGEROUS = [
    "=1+1",
    "+1",
    "-1+1",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    " =1",
    "\u00a0=1",
    "＝1",
    "－1",
    "\x00=1",
    "'=1",
    "''=1",
    "  @x",
]


@pytest.mark.parametrize("text", DANGEROUS)
def test_what_would_run_gets_an_apostrophe(text: str) -> None:
    assert cell(text) == "'" + text
    assert from_cell(cell(text)) == text


@pytest.mark.parametrize("value", ["a-b", "l'été", "'quoted'", "", 5, -5, -1.5, None, True])
def test_what_cannot_run_stays_as_it_is(value: object) -> None:
    assert cell(value) == value


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=40))
@example("'-")
def test_any_text_comes_back(text: str) -> None:
    assert from_cell(cell(text)) == text


PRINTABLE = st.text(alphabet=st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)


@settings(max_examples=150, deadline=None)
@given(st.lists(PRINTABLE, min_size=1, max_size=5))
def test_no_workbook_or_table_of_ours_holds_a_formula(texts: list[str]) -> None:
    book = load_workbook(BytesIO(workbooks.xlsx([("Data", [["h"], *[[text] for text in texts]])])))
    cells = [row[0] for row in list(book.active.iter_rows())[1:]]
    assert all(item.data_type != "f" and item.hyperlink is None for item in cells)
    assert [from_cell(str(item.value)) for item in cells] == texts
    rows = list(
        csv.reader(
            StringIO(workbooks.csv_file([["h"], *[[t] for t in texts]]).decode("utf-8-sig"), newline=""), delimiter=";"
        )
    )
    assert [from_cell(row[0]) for row in rows[1:]] == texts


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_template_is_understood_by_the_importer_column_by_column(language: str) -> None:
    book = load_workbook(BytesIO(workbooks.template(language)))
    for sheet, entity in zip(book.worksheets, ("project", "milestone", "budget", "risk"), strict=True):
        headers = [item.value for item in next(iter(sheet.iter_rows()))]
        mapped = map_columns(headers, SheetRule(entity=entity, automatic=True), {})
        assert [(s.header, s.target) for s in mapped.suggestions if not s.target] == []
        assert len({s.target for s in mapped.suggestions}) == len(headers)


@pytest.mark.django_db
def test_our_own_apostrophe_is_removed_on_the_way_in() -> None:
    load(workbooks.csv_file([["Code", "Nom du projet"], ["A", "=1+1"], ["B", "'quoted'"]]))
    assert list(Project.objects.order_by("code").values_list("name", flat=True)) == ["=1+1", "'quoted'"]
