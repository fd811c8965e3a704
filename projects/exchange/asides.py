"""Rows of a table that are no records: sums, notes below it, headings between its rows. Pure."""

import re

from projects.exchange.table import Cell
from projects.exchange.values import text_value
from projects.exchange.words import fold

TOTALS = frozenset(
    {"total", "totaux", "sous total", "subtotal", "grand total", "total general", "totals", "somme", "sum"}
)
_BEGINNINGS = ("sous total ", "subtotal ", "sub total ", "total general ", "grand total ")
_NOTE = re.compile(
    r"(?i)\s*(\*|\(\*|notes?\b|sources?\b|nb\b|n\.b\.|(l[ée]gende|legend|key|remarques?|filtres?|filters?)\s*:)"
)
_MOST_WORDS = 8


def is_total(cell: Cell) -> bool:
    """Whether a row that begins with this cell sums others up."""
    folded = fold(cell) if isinstance(cell, str) else ""
    return folded in TOTALS or folded.startswith(_BEGINNINGS)


def is_note(cell: Cell) -> bool:
    """A lone long text, or one that starts as notes do, is a remark below the table and no record."""
    text = text_value(cell)
    return len(text.split()) > _MOST_WORDS or bool(_NOTE.match(text))


def is_heading(cell: Cell) -> bool:
    """A lone text of several words where codes stand, beside an empty name: a heading over the rows below."""
    return len(text_value(cell).split()) > 1
