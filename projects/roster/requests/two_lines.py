"""Headings of months on two lines: the year above its months, or the months below the year. Pure."""

import re
from collections.abc import Callable, Collection

from projects.exchange.table import Cell, Row, Sheet, is_empty
from projects.exchange.values import text_value
from projects.exchange.words import fold
from projects.roster.columns import Columns

_YEAR = re.compile(r"(?:annee |year )?(20\d\d)$")
NumberOf = Callable[[Cell], int]  # of a month without its year; 0 for anything else


def joined(sheet: Sheet, columns: Columns, number_of: NumberOf) -> tuple[list[Cell], int]:
    """(the headings, each month with its year; how many lines below the headings belong to them)."""
    taken, headings = set(columns.places.values()), list(columns.headings)
    above, own, below = (_line(sheet, columns.start + step) for step in (-2, -1, 0))
    if own is None:
        return headings, 0
    is_below = below is not None and _months(below, number_of, taken) and all(is_empty(below.at(one)) for one in taken)
    if below and is_below and _years(own, taken) and not _months(own, number_of, taken):
        return _with_years(own, below, headings, taken, number_of), 1
    if above and _months(own, number_of, taken) and _years(above, taken):
        return _with_years(above, own, headings, taken, number_of), 0
    return headings, 0


def _line(sheet: Sheet, position: int) -> Row | None:
    return sheet.rows[position] if 0 <= position < len(sheet.rows) else None


def _months(row: Row, number_of: NumberOf, taken: Collection[int]) -> bool:
    return any(number_of(cell) for place, cell in enumerate(row.cells) if place not in taken)


def _years(row: Row, taken: Collection[int]) -> bool:
    return any(_year(cell) for place, cell in enumerate(row.cells) if place not in taken)


def _year(cell: Cell) -> str:
    found = _YEAR.match(fold(text_value(cell)))
    return found[1] if found else ""


def _with_years(
    years: Row, months: Row, headings: list[Cell], taken: Collection[int], number_of: NumberOf
) -> list[Cell]:
    """A year holds for the months to its right as long as they go up: January again, with no other year, is nobody's."""
    year, last = "", 0
    for place in range(max(len(years.cells), len(months.cells))):
        if place in taken:
            continue
        if not is_empty(years.at(place)):
            year, last = _year(years.at(place)), 0
        cell = months.at(place)
        headings.extend([None] * (place + 1 - len(headings)))
        headings[place] = cell
        if month := number_of(cell):
            year = year if month > last else ""
            last = month
            headings[place] = f"{text_value(cell)} {year}".strip()
    return headings
