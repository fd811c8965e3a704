"""What a workbook's layout says about its cells: a text merged over several rows is meant for each, hidden cells are read too."""

import re
from collections.abc import Iterator, Sequence

from projects.exchange import limits
from projects.exchange.parsers.archive import PartScan
from projects.exchange.table import Cell, Notice, Row, letter

_DOWN = re.compile(r"([A-Z]{1,2})([1-9]\d{0,6}):([A-Z]{1,2})([1-9]\d{0,6})$")
_SHOWN, _FORMULAS = 8, 20


def merged_down(ranges: Sequence[str]) -> dict[tuple[int, int], int]:
    """{(row, column) of the first cell: last row} of the ranges of one column that run over several rows."""
    found: dict[tuple[int, int], int] = {}
    for text in ranges:
        part = _DOWN.match(text)
        if part and part[1] == part[3] and int(part[2]) < int(part[4]) and _index(part[1]) < limits.MAX_COLUMNS:
            found[int(part[2]), _index(part[1])] = int(part[4])
    return found


def filled_down(rows: Iterator[Row], merged: dict[tuple[int, int], int]) -> Iterator[Row]:
    """The rows with a text merged over several of them in each; a figure stays where it stands, or it would count twice."""
    columns = sorted({column for _row, column in merged})
    running: dict[int, tuple[int, str]] = {}
    for row in rows:
        cells: list[Cell] = list(row.cells)
        for column in columns:
            last = merged.get((row.number, column))
            cell = row.at(column)
            if last is not None:
                running.pop(column, None)
                if isinstance(cell, str):
                    running[column] = (last, cell)
            elif cell is None and column in running and row.number <= running[column][0]:
                cells.extend([None] * (column + 1 - len(cells)))
                cells[column] = running[column][1]
        yield Row(row.number, tuple(cells))


def notices(title: str, rows: Sequence[Row], scan: PartScan) -> Iterator[Notice]:
    """What a person who looks at the sheet would not expect to be read, or to be empty."""
    for place in scan.empty_formulas[:_FORMULAS]:
        yield Notice("formula_without_value", sheet=title, column=place, value=place)
    width = max((len(row.cells) for row in rows), default=0)
    columns = sorted(
        {index for index in _hidden(scan) if index < width and any(row.at(index) is not None for row in rows)}
    )
    if columns:
        more = " …" if len(columns) > _SHOWN else ""
        yield Notice("hidden_columns", sheet=title, value=", ".join(letter(index) for index in columns[:_SHOWN]) + more)
    hidden = sum(str(row.number) in scan.hidden_rows for row in rows) if scan.hidden_rows else 0
    if hidden:
        yield Notice("hidden_rows", sheet=title, value=str(hidden))


def _hidden(scan: PartScan) -> Iterator[int]:
    for first, last in scan.hidden_columns:
        if first.isdecimal() and last.isdecimal() and len(first) < 6 and len(last) < 6:
            yield from range(int(first) - 1, min(int(last), limits.MAX_COLUMNS))


def _index(letters: str) -> int:
    index = 0
    for char in letters:
        index = index * 26 + ord(char) - 64
    return index - 1
