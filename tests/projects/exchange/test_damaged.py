"""Files that are not what they seem: XML that is no workbook, numbers that are none, text no database can hold.

Each is refused as a whole or named at its cell; the reader never dies of one (security.md §11, exam 45).
"""

import json
import zipfile
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from django.utils import translation

from pmo_portal.core.models import Work
from projects.exchange import messages, sandbox, values, workbooks
from projects.exchange.dates import DateStyle
from projects.exchange.numbers import NumberStyle
from projects.exchange.parsers import graph
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Source
from projects.exchange.values import Markers
from projects.models import Milestone, Project
from reporting.health.services import integrity, refresh
from reporting.models import ProjectHealth
from tests.projects.exchange.files import dry_run, load, xlsx_bytes

BOOK = {"Projects": [["Project name", "Budget"], ["A", 1]]}
SHEET, STYLES, WORKBOOK = "xl/worksheets/sheet1.xml", "xl/styles.xml", "xl/workbook.xml"
RELATIONS = "xl/_rels/workbook.xml.rels"


def changed(part: str, old: str, new: str | None) -> bytes:
    """A good workbook in which one part says something else (None: the part is missing)."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx_bytes(BOOK))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            text = good.read(name).decode()
            if name == part:
                assert old in text, text
                if new is None:
                    continue
                text = text.replace(old, new, 1)
            bad.writestr(name, text)
    return out.getvalue()


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        pytest.param(STYLES, 'numFmtId="0"', 'numFmtId="é"', id="a style with a word for a number"),
        pytest.param(STYLES, "<cellXfs", "<cellXXX", id="a style sheet with an unknown part"),
        pytest.param(STYLES, 'xfId="0"', 'xfId="99999999999999999999"', id="a style that does not exist"),
        pytest.param(SHEET, '<row r="2"', '<row r="nan"', id="a row whose number is none"),
        pytest.param(SHEET, 'r="B2" t="n"', 'r="é2" t="n"', id="a column with an accent"),
        pytest.param(SHEET, 'r="B2" t="n"', 'r="-" t="n"', id="a place without a column"),
        pytest.param(SHEET, "<v>1</v>", "<v>TRUE</v>", id="a number that is a word"),
        pytest.param(SHEET, 'r="B2" t="n"', 'r="B2" t="s"', id="a shared text that does not exist"),
        pytest.param(SHEET, 'activeCell="A1"', 'activeCJll="A1"', id="an unknown attribute of a sheet"),
        pytest.param(SHEET, "<sheetData>", "<x:sheetData>", id="a prefix without a namespace"),
        pytest.param(WORKBOOK, 'sheetId="1"', 'ncme="1"', id="an unknown attribute of the workbook"),
        pytest.param(WORKBOOK, 'sheetId="1"', 'sheetId="A"', id="a sheet whose number is none"),
        pytest.param(WORKBOOK, 'state="visible"', 'state="é"', id="a sheet in an unknown state"),
        pytest.param(RELATIONS, "", None, id="no relations"),
        pytest.param(
            "[Content_Types].xml", "spreadsheetml.sheet.main+xml", "spreadsheetml.x+xml", id="no workbook part"
        ),
    ],
)
def test_xml_that_is_no_workbook_is_refused_as_damaged(part: str, old: str, new: str | None) -> None:
    """Every one of them made openpyxl raise something else, and the child die of it."""
    with pytest.raises(RefusedFile) as refused:
        sandbox.parse(changed(part, old, new), "plan.xlsx")
    assert refused.value.code == "damaged_archive"
    with translation.override("fr"):
        assert messages.refusal(refused.value) == (
            "Le classeur est endommagé ou n’est pas un fichier .xlsx. Ouvrez-le dans un tableur et enregistrez-le à nouveau."
        )


def json_bytes(**fields: object) -> bytes:
    return json.dumps({"nodes": [{"id": "1", "label": "P", "name": "A", **fields}], "relations": []}).encode()


def parsed(content: bytes) -> Source:
    return sandbox.parse(content, "graph.json")


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (json_bytes(name="a\x00b"), "unreadable_character"),
        (json_bytes(name="\ud800"), "unreadable_character"),
        (json_bytes(name="\udfff\ud800"), "unreadable_character"),
        (json_bytes(name={"inside": ["\ud800"]}), "unreadable_character"),
        (json_bytes(label="\udc00"), "unreadable_character"),
        (json_bytes(**{"a\x00key": 1}), "unreadable_character"),
        (json_bytes(cost=float("nan")), "damaged_json"),
        (json_bytes(cost=float("-inf")), "damaged_json"),
        (json_bytes(cost=0).replace(b": 0", b": " + b"9" * 5000), "damaged_json"),
        (b'{"nodes": [], "relations": ["[' + b"9" * 5000 + b', 1, 2]"]}', "not_a_graph"),
        (b'{"nodes": [], "relations": ["(\'a\', \'\\\\x00\', 1)"]}', "unreadable_character"),
        (b'{"nodes": ' + b"[" * 100_000, "damaged_json"),
    ],
)
def test_json_that_no_database_can_hold_is_refused_with_its_place(content: bytes, code: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        parsed(content)
    assert refused.value.code == code
    told = messages.refusal(refused.value)
    told.encode()
    assert "\x00" not in told


def test_the_refusal_of_a_character_names_row_and_column() -> None:
    with pytest.raises(RefusedFile) as refused:
        parsed(json_bytes(name="a\x00b"))
    with translation.override("en"):
        assert messages.refusal(refused.value) == (
            "Row 2, column name: the text holds a NUL character or half of a character. Correct it."
        )
    with translation.override("fr"):
        assert messages.refusal(refused.value) == (
            "Ligne 2, colonne name\u00a0: le texte contient un caractère NUL ou la moitié d’un caractère. Corrigez-le."
        )


def test_characters_beyond_the_first_plane_are_kept() -> None:
    assert parsed(json_bytes(name="\U0001f600 ok")).sheets[0].rows[1].cells[2] == "\U0001f600 ok"


def test_numbers_as_text_in_relations_stay_text_and_as_numbers_stay_numbers() -> None:
    source = graph.parse(b'{"nodes": [], "relations": ["(\'a\', \'has\', 12)", [1.5, true, null]]}')
    assert [row.cells for row in source.sheets[-1].rows[1:]] == [("a", "has", 12), (1.5, True, None)]


PLAIN, MARKERS = NumberStyle(), Markers()
NO_FIGURES = [float("inf"), float("-inf"), float("nan"), 1e308, -1e300, 1e16, 10**30, 10**4000, 1.1e15]
READERS: dict[str, Callable[[object], values.Read]] = {
    "amount": lambda cell: values.amount(cell, PLAIN, MARKERS),
    "percent": lambda cell: values.percent(cell, PLAIN, MARKERS, fractions=True),
    "quantity": lambda cell: values.quantity(cell, PLAIN, MARKERS),
    "integer": lambda cell: values.integer(cell, MARKERS, lowest=1, highest=5),
    "days after": lambda cell: values.days_after(cell, date(2020, 1, 1), MARKERS),
}


@pytest.mark.parametrize("cell", NO_FIGURES, ids=lambda cell: f"{type(cell).__name__} {str(cell)[:12]}")
@pytest.mark.parametrize("name", READERS)
def test_a_number_that_is_no_figure_is_a_problem_of_its_cell(name: str, cell: float) -> None:
    read = READERS[name](cell)
    assert (read.value, read.problem) == (None, "not_a_number")
    assert values.day(cell, DateStyle(), MARKERS).problem == "not_a_date"


def test_the_scale_counts_before_a_figure_is_believed() -> None:
    assert values.amount(1e12, PLAIN, MARKERS, scale=1000).value == Decimal(10**15)
    assert values.amount(1.1e12, PLAIN, MARKERS, scale=1000).problem == "not_a_number"
    assert values.amount("1100000 bn", PLAIN, MARKERS).problem == "not_a_number"
    assert values.amount("1100000", PLAIN, MARKERS, scale=10**9).problem == "not_a_number"


def planned(rows: list[list[object]], milestones: list[list[object]]) -> bytes:
    return xlsx_bytes(
        {"Projets": [["Code", "Nom du projet", "Budget (k€)", "Atterrissage"], *rows], "Jalons": milestones}
    )


@pytest.mark.django_db
def test_each_is_named_at_its_cell_and_the_rest_of_the_file_is_read() -> None:
    rows = [["A", "a", 5e12, 1], ["B", "b", 1, 2], ["C", "c", 12, 1e300]]
    milestones = [["Projet", "Jalon", "Poids"], ["B", "M1", 1e6], ["B", "M2", -1], ["B", "M3", 9999]]
    errors = dry_run(planned(rows, milestones)).plan.errors
    assert [(error.code, error.sheet, error.cell) for error in errors] == [
        ("not_a_number", "Projets", "C2"),
        ("not_a_number", "Projets", "D4"),
        ("number_too_large", "Jalons", "C2"),
        ("number_too_large", "Jalons", "C3"),
    ]
    with translation.override("fr"):
        assert messages.text(errors[2]) == "« 1000000 » n’est pas un nombre de 0 à 9999. Corrigez-le."
    load(planned(rows, milestones), skip_bad_rows=True)
    assert list(Project.objects.values_list("code", flat=True)) == ["B"]
    assert list(Milestone.objects.values_list("name", "weight")) == [("M3", 9999)]


@pytest.mark.django_db
def test_amounts_that_fit_one_by_one_and_not_together() -> None:
    months = [["A", f"2026-{month:02}", "révisé", 9e14] for month in range(1, 13)]
    content = xlsx_bytes(
        {
            "Projets": [["Code", "Nom du projet"], ["A", "a"], ["B", "b"]],
            "Budget": [["Projet", "Mois", "Nature", "Montant"], *months],
        }
    )
    errors = dry_run(content).plan.errors
    assert [(error.code, error.row, error.value) for error in errors] == [
        ("amount_too_large", 2, "10800000000000000.00")
    ]
    load(content, skip_bad_rows=True)
    assert list(Project.objects.values_list("code", flat=True)) == ["B"]


@pytest.mark.django_db(transaction=True)
def test_a_budget_of_a_cent_does_not_break_the_judgement() -> None:
    load(planned([["A", "a", 0.00001, 1e15]], [["Projet", "Jalon"]]))
    refresh.drain(seconds=5)
    assert not Work.objects.exclude(last_error="").exists()
    assert integrity.findings() == []
    assert ProjectHealth.objects.get().cost_variance_percent == Decimal(10**9)


def test_the_rows_left_out_can_always_be_handed_back() -> None:
    """Control characters, infinity and a title that no sheet may have: a workbook all the same, that we can read again."""
    rows = [["h", "n"], ["a\x01b", float("inf")], ["\x0b=1", 10**400], ["x", float("nan")]]
    again = sandbox.parse(workbooks.xlsx([("a/b:[c]\x02", rows)]), "left-out.xlsx")
    assert again.sheets[0].name == "a_b__c_\ufffd"
    assert [row.cells for row in again.sheets[0].rows[1:]] == [
        ("a\ufffdb", "inf"),
        ("\ufffd=1", str(10**400)),
        ("x", "nan"),
    ]
