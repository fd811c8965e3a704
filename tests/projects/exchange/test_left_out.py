"""The rows left out come back as a file that runs nothing, and mean what they meant once corrected (exam 51)."""

import csv
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook

from projects.models import Project
from tests.projects.exchange.files import csv_bytes, load, xlsx_bytes

pytestmark = pytest.mark.django_db

ARMED = [
    "=1+1",
    "+33 1 23",
    "-12 pour cent",
    "@SUM(A1)",
    "\t=HYPERLINK(0)",
    "'=already",
    "'quoted'",
    "＝1",
    "plain",
    "''=twice",
]
HEAD = ["Code", "Nom du projet", "Description", "Budget révisé"]


def rows() -> list[list[str]]:
    """Every text in a row that is good and in one that is bad, as a spreadsheet would hold it."""
    return [
        HEAD,
        *([f"G{n}", f"Bon {n}", text, "1"] for n, text in enumerate(ARMED)),
        *([f"B{n}", f"Mauvais {n}", text, "beaucoup"] for n, text in enumerate(ARMED)),
    ]


def told(prefix: str) -> list[str]:
    found = Project.objects.filter(code__startswith=prefix).order_by("pk")
    return [project.description for project in sorted(found, key=lambda project: int(project.code[1:]))]


def test_csv() -> None:
    _staged, batch = load(csv_bytes(rows(), delimiter=";"), skip_bad_rows=True)
    text = bytes(batch.bad_rows or b"").decode("utf-8-sig")
    back = list(csv.reader(StringIO(text, newline=""), delimiter=";"))
    assert len(back) == 1 + len(ARMED)
    assert not [cell for row in back[1:] for cell in row if cell.lstrip(" \t\r\n")[:1] in tuple("=+-@＝")]
    corrected = [[*row[:3], "2"] for row in back[1:]]
    load(csv_bytes([back[0][:4], *corrected], delimiter=";"))
    assert told("B") == told("G")


def test_xlsx() -> None:
    content = xlsx_bytes({"Projets": rows()})
    book = load_workbook(BytesIO(content))
    for row in book.worksheets[0].iter_rows():
        for cell in row:
            cell.data_type = "s"  # a text, as someone typed it: not a formula
    out = BytesIO()
    book.save(out)
    _staged, batch = load(out.getvalue(), file_name="suivi.xlsx", skip_bad_rows=True)
    left = load_workbook(BytesIO(bytes(batch.bad_rows or b"")))
    sheet: Any = left.worksheets[0]
    assert [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"] == []
    for row in range(2, sheet.max_row + 1):
        sheet.cell(row, 4).value = 2
    out = BytesIO()
    left.save(out)
    load(out.getvalue(), file_name="corrige.xlsx")
    assert told("B") == told("G")
    assert told("B")[0] == "=1+1"
