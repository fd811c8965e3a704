"""A workbook of reports as a person would edit it: opened, changed at (row, header), saved."""

from collections.abc import Callable
from io import BytesIO
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet


def opened(content: bytes) -> Workbook:
    return load_workbook(BytesIO(content))


def place(sheet: Worksheet, header: str, row: int = 2) -> Any:
    """The cell below this header."""
    for cell in sheet[1]:
        if cell.value == header:
            return sheet.cell(row, cell.column)
    raise AssertionError(f"no column “{header}” in {[cell.value for cell in sheet[1]]}")


def saved(book: Workbook) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def edited(content: bytes, change: Callable[[Workbook], Any]) -> bytes:
    """The same workbook after a change of it."""
    book = opened(content)
    change(book)
    return saved(book)


def with_cells(content: bytes, cells: dict[tuple[str, int, str], Any]) -> bytes:
    """{(sheet, row, header): value} written into it."""

    def change(book: Workbook) -> None:
        for (sheet, row, header), value in cells.items():
            place(book[sheet], header, row).value = value

    return edited(content, change)
