"""XLSX → sheets, by openpyxl in read-only mode, after `archive` has checked the file."""

import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from io import BytesIO

from openpyxl import load_workbook

from projects.exchange import limits
from projects.exchange.parsers import archive
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
    unstored = archive.check_parts(checked)
    try:
        return _source(content, unstored)
    except _BROKEN as error:
        raise RefusedFile("damaged_archive") from error


def _source(content: bytes, unstored: dict[str, list[str]]) -> Source:
    book = load_workbook(BytesIO(content), read_only=True, data_only=True, keep_links=False)
    notices: list[Notice] = []
    sheets: list[Sheet] = []
    cells = characters = 0
    for sheet in book.worksheets[: limits.MAX_SHEETS]:
        if sheet.sheet_state != "visible":
            notices.append(Notice("hidden_sheet", sheet=sheet.title))
            continue
        rows: list[Row] = []
        for row in _rows(sheet):
            cells += len(row.cells)
            characters += sum(len(cell) for cell in row.cells if isinstance(cell, str))
            if cells > limits.MAX_CELLS or characters > limits.MAX_TEXT_CHARS:
                raise RefusedFile("too_many_cells", limit=limits.MAX_CELLS)
            rows.append(row)
        sheets.append(Sheet(sheet.title, tuple(rows)))
    for part, places in unstored.items():
        notices.extend(Notice("formula_without_value", sheet=part, column=place, value=place) for place in places)
    return Source("xlsx", tuple(sheets), notices=tuple(notices))


def _rows(sheet: object) -> Iterator[Row]:
    """The rows that hold something, without the empty cells at their end.

    A stored size of the sheet may lie in both directions, so it is dropped and the cells are counted instead.
    """
    sheet.reset_dimensions()  # type: ignore[attr-defined]
    count = 0
    for number, values in enumerate(sheet.iter_rows(max_col=limits.MAX_COLUMNS + 1, values_only=True), start=1):  # type: ignore[attr-defined]
        if number > limits.MAX_ROWS + 1 and any(value is not None for value in values):
            raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
        if number > limits.MAX_ROWS * 2:
            return
        cells = [_cell(value, number, index) for index, value in enumerate(values)]
        while cells and cells[-1] is None:
            cells.pop()
        if len(cells) > limits.MAX_COLUMNS:
            raise RefusedFile("too_many_columns", limit=limits.MAX_COLUMNS)
        if cells:
            count += 1
            yield Row(number, tuple(cells))


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
    return str(value)
