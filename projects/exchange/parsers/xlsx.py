"""XLSX → sheets, by openpyxl in read-only mode, after `archive` has checked the file."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO
from typing import Any

from openpyxl import load_workbook

from projects.exchange import limits, number_formats
from projects.exchange.number_formats import FormattedNumber
from projects.exchange.numbers import MOST
from projects.exchange.parsers import archive, layout
from projects.exchange.parsers.archive import PartScan
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Cell, Notice, Row, Sheet, Source, letter

_MIDNIGHT = time(0)
# What openpyxl raises on parts that are XML but no workbook: it trusts every attribute, name and number it reads.
_BROKEN = (
    ValueError,
    TypeError,
    LookupError,
    AttributeError,
    ArithmeticError,
    AssertionError,
    OSError,
    EOFError,
    RuntimeError,
    SyntaxError,
    zipfile.BadZipFile,
    zlib.error,
)


def parse(content: bytes) -> Source:
    """The workbook's visible sheets with their stored values (never formulas). Raises RefusedFile."""
    checked = archive.open_checked(content)
    scans = archive.check_parts(checked)
    try:
        return _source(content, scans)
    except _BROKEN as error:
        raise RefusedFile("damaged_archive") from error


def _source(content: bytes, scans: dict[str, PartScan]) -> Source:
    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    notices: list[Notice] = []
    sheets: list[Sheet] = []
    cells = characters = 0
    for sheet in book.worksheets[: limits.MAX_SHEETS]:
        if sheet.sheet_state != "visible":
            notices.append(Notice("hidden_sheet", sheet=sheet.title))
            continue
        rows: list[Row] = []
        scan = scans.get(sheet._worksheet_path.lstrip("/")) or PartScan(True, "", 0)
        for row in layout.filled_down(_rows(sheet), layout.merged_down(scan.merged)):
            cells += len(row.cells)
            characters += sum(len(cell) for cell in row.cells if isinstance(cell, str))
            if cells > limits.MAX_CELLS or characters > limits.MAX_TEXT_CHARS:
                raise RefusedFile("too_many_cells", limit=limits.MAX_CELLS)
            rows.append(row)
        sheets.append(Sheet(sheet.title, tuple(rows), uncomputed=tuple(scan.empty_formulas)))
        notices.extend(layout.notices(sheet.title, rows, scan))
    return Source("xlsx", tuple(sheets), notices=tuple(notices))


def _rows(sheet: object) -> Iterator[Row]:
    """The rows that hold something, without the empty cells at their end.

    A stored size of the sheet may lie in both directions, so it is dropped and the cells are counted instead.
    """
    sheet.reset_dimensions()  # type: ignore[attr-defined]
    count = 0
    formats: dict[int, str] = {}
    for number, found in enumerate(sheet.iter_rows(max_col=limits.MAX_COLUMNS + 1), start=1):  # type: ignore[attr-defined]
        if number > limits.MAX_ROWS + 1 and any(cell.value is not None for cell in found):
            raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
        if number > limits.MAX_ROWS * 2:
            return
        cells = [_cell(_formatted(cell, formats), number, index) for index, cell in enumerate(found)]
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > limits.MAX_COLUMNS:
            raise RefusedFile("too_many_columns", limit=limits.MAX_COLUMNS)
        if cells:
            count += 1
            yield Row(number, tuple(cells))


def _formatted(cell: Any, formats: dict[int, str]) -> object:
    """The value of a cell, with its number format where that tells what the number is worth (`formats` by style, "" if not)."""
    value = cell.value
    if not isinstance(value, int | float) or isinstance(value, bool):
        return value
    style = cell._style_id
    if style not in formats:
        try:
            shown = cell.number_format
        except (LookupError, AttributeError, TypeError):  # a style the workbook does not have: the number alone
            shown = ""
        formats[style] = shown if isinstance(shown, str) and number_formats.matters(shown) else ""
    return FormattedNumber(value, formats[style]) if formats[style] and abs(value) <= MOST else value


def _cell(value: object, row: int, index: int) -> Cell:
    if isinstance(value, str):
        if len(value) > limits.MAX_CELL_CHARS:
            raise RefusedFile("cell_too_long", row=row, column=letter(index), limit=limits.MAX_CELL_CHARS)
        return value or None
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, datetime):
        return value.date() if value.time() == _MIDNIGHT else value
    if isinstance(value, date):
        return value
    return None if value == _MIDNIGHT else str(value)  # a date format over 0: a link to an empty cell
