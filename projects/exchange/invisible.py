"""Characters that nobody sees and that change what is read: marks of writing direction, control characters, zero-width ones.

U+202E in a code turns its end around on the page (PRJ-10 looks like PRJ-01); a mark that another program left in front
of a date makes it unreadable. They are taken out of every cell before anything is understood, and the cell is named. Joiners
(U+200C, U+200D) stay: words of some scripts and composed emoji need them. So do tabs and line breaks.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from projects.exchange.problems import Problem, shorten
from projects.exchange.table import Cell, Row, Sheet, Source, letter

_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f"
    "\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)


def cleaned(source: Source, problems: list[Problem]) -> Source:
    """The file without invisible characters; each cell that held some is reported to `problems`."""
    return replace(source, sheets=tuple(_sheet(sheet, problems) for sheet in source.sheets))


def without(text: str) -> str:
    """The text without them."""
    return _INVISIBLE.sub("", text)


def _sheet(sheet: Sheet, problems: list[Problem]) -> Sheet:
    rows = list(sheet.rows)
    for position, row in enumerate(rows):
        changed = dict(_changes(row))
        if changed:
            rows[position] = Row(row.number, tuple(changed.get(i, cell) for i, cell in enumerate(row.cells)))
            problems.extend(_problem(sheet, row, index, text) for index, text in changed.items())
    return replace(sheet, rows=tuple(rows))


def _changes(row: Row) -> Iterator[tuple[int, str]]:
    """(column, clean text) of the cells that hold invisible characters."""
    for index, cell in enumerate(row.cells):
        if isinstance(cell, str) and not cell.isprintable() and _INVISIBLE.search(cell):
            yield index, without(cell)


def _problem(sheet: Sheet, row: Row, index: int, text: Cell) -> Problem:
    column = letter(index)
    return Problem(
        "invisible_characters",
        row=row.number,
        column=column,
        value=shorten(text),
        sheet=sheet.name,
        cell=f"{column}{row.number}",
        warning=True,
        record_row=row.number,
    )
