"""Cells of a spreadsheet that hold a formula and no value: it failed, or nothing computed it yet. Never empty, never 0."""

import re
from dataclasses import replace

from django.utils.translation import gettext as _

from pmo_portal.core.errors import DomainError
from projects.exchange import limits, messages
from projects.exchange.missing import FAILED
from projects.exchange.problems import Problem
from projects.exchange.table import Cell, Row, Sheet, Source, letter

UNCOMPUTED = "#FORMULA?"  # what stands for it in a row
_PLACE = re.compile(r"([A-Z]{1,2})([1-9]\d{0,6})$")


def marked(source: Source) -> Source:
    """The file with `UNCOMPUTED` where a formula has no stored result: such a cell would read as empty."""
    return replace(source, sheets=tuple(_marked(sheet) if sheet.uncomputed else sheet for sheet in source.sheets))


def _marked(sheet: Sheet) -> Sheet:
    if len(sheet.uncomputed) >= limits.MAX_UNCOMPUTED:
        words = _(
            "The formulas of “%(sheet)s” have no stored results. Open the workbook in a spreadsheet, save it, and give it again."
        )
        raise DomainError(words % {"sheet": sheet.name[:60]}, field="file")
    rows = {row.number: list(row.cells) for row in sheet.rows}
    for found in filter(None, map(_PLACE.match, sheet.uncomputed)):
        cells, index = rows.setdefault(int(found[2]), []), _index(found[1])
        cells.extend([None] * (index + 1 - len(cells)))
        cells[index] = UNCOMPUTED
    return replace(sheet, rows=tuple(Row(number, tuple(cells)) for number, cells in sorted(rows.items())))


def _index(letters: str) -> int:
    index = 0
    for char in letters:
        index = index * 26 + ord(char) - 64
    return index - 1


def broken(cell: Cell, row: Row, place: int) -> str:
    """What is wrong with a cell that holds a formula and no value, and what would be right; "" for any other."""
    if not isinstance(cell, str) or not cell.lstrip().startswith("#"):
        return ""
    told = {"cell": f"{letter(place)}{row.number}", "value": cell.strip()}
    if cell == UNCOMPUTED:
        words = _(
            "%(cell)s is a formula without a stored result: open the workbook in a spreadsheet, save it, and give it again."
        )
        return words % told
    if FAILED.fullmatch(cell.strip()):
        return (
            _("%(cell)s is a formula that failed (%(value)s): correct it in the spreadsheet, or write the value.")
            % told
        )
    return ""


def notices(source: Source) -> list[str]:
    """What a person who looks at the file would not expect: hidden sheets, rows and columns, a guessed encoding."""
    told = [Problem(one.code, row=one.row, column=one.column, value=one.value, sheet=one.sheet, warning=True)
            for one in source.notices if one.code != "formula_without_value"]  # fmt: skip
    return list(dict.fromkeys(messages.text(one) for one in told))[:20]
