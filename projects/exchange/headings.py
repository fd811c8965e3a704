"""Headers on two lines: "Budget (k€)" over the months it covers, "Référence" over "Début" and "Fin". Pure.

The two lines become one, the group in front of the column's own words, so that everything below reads one header row. A merged
cell holds its text in its first column only; a group therefore reaches to the right until the next one, and no further than
the first column whose own words say what it is.
"""

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date

from projects.exchange import dates
from projects.exchange.asides import TOTALS
from projects.exchange.columns import header_text, kind_of, period_of
from projects.exchange.numbers import unit_of_header
from projects.exchange.table import Cell, Row, Sheet, is_empty
from projects.exchange.words import fold

_LONGEST_LABEL = 100
_YEARS = range(1950, 2200)

Recognise = Callable[[str], str]


def one_line(sheet: Sheet, position: int, recognise: Recognise) -> Sheet:
    """The sheet from its header row (at `position`) on, a second line of headers below or above it taken into it."""
    header = sheet.rows[position]
    if position + 1 < len(sheet.rows) and _divides(header, below := sheet.rows[position + 1], recognise):
        merged = _merged(header, below, recognise)
        return _with_header(sheet.since(position + 1), Row(below.number, merged))
    if position and (above := sheet.rows[position - 1]).number == header.number - 1 and _labels(above.cells):
        merged = _merged(above, header, recognise)
        return _with_header(sheet.since(position), Row(header.number, merged))
    return sheet.since(position)


def _with_header(sheet: Sheet, header: Row) -> Sheet:
    return Sheet(sheet.name, (header, *sheet.rows[1:]), sheet.flipped, sheet.origins)


def _labels(cells: Sequence[Cell]) -> bool:
    """Whether every filled cell could be a header: short text, a month or a year, never a figure."""
    return all(
        is_empty(cell)
        or isinstance(cell, date)
        or (isinstance(cell, str) and len(cell) <= _LONGEST_LABEL)
        or (isinstance(cell, int | float) and cell in _YEARS)
        for cell in cells
    )


def _divides(header: Row, below: Row, recognise: Recognise) -> bool:
    """Whether the row below divides groups of this header: labels that mean something, all of them or all within groups."""
    filled = [
        index
        for index, cell in enumerate(below.cells)
        if not is_empty(cell) and cell != header.at(index)  # a header merged over both lines says nothing new below
    ]
    if len(filled) < 2 or not _labels(below.cells):
        return False

    def blank(index: int) -> bool:
        return is_empty(header.at(index))

    if not any(blank(index) for index in filled):
        return False
    known = [index for index in filled if _meant(header_text(below.at(index)), recognise)]
    if len(known) == len(filled):
        return True
    grouped = all(blank(i) or (blank(i + 1) and not is_empty(below.at(i + 1))) for i in filled)
    return grouped and 2 * len(known) >= len(filled)


def _meant(text: str, recognise: Recognise) -> bool:
    return bool(recognise(text) or period_of(text) or kind_of(fold(text)) or _month(text) or fold(text) in TOTALS)


def _month(text: str) -> bool:
    """Whether the text names a month and leaves the year to its group: "janv"."""
    day = None if any(char.isdigit() for char in text) else dates.parse(f"{text} 2000", dates.DateStyle())
    return day is not None and day.first.month == day.last.month


def _merged(groups: Row, own: Row, recognise: Recognise) -> tuple[Cell, ...]:
    """One header per column; a column without words of its own keeps those above it."""
    counts = Counter(fold(header_text(cell)) for cell in own.cells if not is_empty(cell))
    merged: list[Cell] = []
    group = ""
    for index in range(max(len(groups.cells), len(own.cells))):
        if not is_empty(groups.at(index)):
            group = header_text(groups.at(index))
        text = header_text(own.at(index)) if not is_empty(own.at(index)) else ""
        if not text:
            merged.append(groups.at(index))
            group = "" if is_empty(groups.at(index)) else group
            continue
        told = recognise(text)
        if text == group and not is_empty(groups.at(index)):
            group = ""
        if told and not told.startswith("amount.") and counts[fold(text)] == 1:
            group = ""
        merged.append(_combined(group, text, told, recognise))
    return tuple(merged)


def _combined(group: str, text: str, told: str, recognise: Recognise) -> str:
    """The group in front of the words where it adds a meaning, behind them where only that order is known, else not at all."""
    if not group or fold(text) in TOTALS:
        return text
    both, turned = f"{group} {text}", f"{text} {group}"
    if kind_of(fold(both)) and (period_of(text) or period_of(group)):
        return both
    if told.startswith("amount."):  # its own words say it, but the unit may stand above
        return text if unit_of_header(text) != (None, "") else f"{text} {_unit(group)}".strip()
    if told:  # a repeated header: only its group can tell which one it is
        return next((one for one in (turned, both) if recognise(one) not in ("", told)), text)
    return next((one for one in (both, turned) if recognise(one)), text)


def _unit(group: str) -> str:
    """The unit that a group writes, in brackets: "Budget (k€)" → "(k€)"."""
    if unit_of_header(group) == (None, ""):
        return ""
    bracketed = re.search(r"[(\[][^)\]]{1,40}[)\]]", group)
    return bracketed[0] if bracketed else f"({group.split()[-1]})"
