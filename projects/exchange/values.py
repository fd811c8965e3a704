"""One cell → one value of the type its column has, or a reason why not.

Text that is not a value but says why there is none ("Exempt under Section 43…", "TBC", "n/a") is missing data: the value
is None and the text is kept as a note. It is never zero.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pmo_portal.core.cells import from_cell
from projects.exchange import dates, numbers
from projects.exchange.dates import DateStyle
from projects.exchange.missing import FAILED, MISSING
from projects.exchange.number_formats import THOUSAND, FormattedNumber
from projects.exchange.numbers import Number, NumberStyle
from projects.exchange.table import Cell, is_empty
from projects.exchange.vocabulary import contradicted, word

# "Soleil ?", "≈ vert", "vert → orange": folding would drop the mark and keep a status nobody has declared.
UNCERTAIN = re.compile(r"[?¿？≈~→⇒]|->|=>")
_DOUBTED = re.compile(r"\d.*[?¿？]", re.DOTALL)  # "12 ?"; a question mark in front may be a currency sign that was lost
TRUE_WORDS = frozenset({"oui", "o", "yes", "y", "true", "vrai", "1", "x", "v", "✓", "✔", "☑", "✅"})
FALSE_WORDS = frozenset({"non", "no", "n", "false", "faux", "0", "✗", "✘", "❌", "☐"})


@dataclass(frozen=True, slots=True)
class Read:
    """The outcome for one cell. `note` keeps text that stood where a value was missing; `problem` is a message code."""

    value: Any = None
    note: str = ""
    problem: str = ""
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Markers:
    """What else counts as missing in this file: a profile's own codes, and sentences where it publishes prose."""

    pattern: re.Pattern[str] | None = None
    prose: bool = False  # five words or more are a comment, not a wrong value

    def missing(self, text: str) -> bool:
        """Whether the text only says that there is no value."""
        bare = " ".join(text.split())
        if MISSING.match(bare) or (self.pattern and self.pattern.search(bare)):
            return True
        return self.prose and len(bare.split()) >= 5


def text_value(cell: Cell) -> str:
    """The text of a cell: whole numbers without ".0", dates as ISO, blanks at both ends removed."""
    if cell is None:
        return ""
    if isinstance(cell, FormattedNumber):
        return _as_shown(cell)
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    return str(cell).strip(" \t\r\n\xa0\u202f\ufeff")


def _as_shown(cell: FormattedNumber) -> str:
    """A number where text is expected: a code with its zeros (00042), a percentage with its sign."""
    shown, number = cell.shown, Decimal(repr(float(cell)))
    if shown.zeros and number == int(number) and number >= 0:
        return str(int(number)).zfill(shown.zeros)
    if shown.percent:
        return f"{(number * 100).normalize():f} %"
    return text_value(float(cell))


def amount(cell: Cell, style: NumberStyle, markers: Markers, *, scale: int = 1) -> Read:
    """Money in units: the cell's own scale word ("k€", "m") wins over `scale`, the header's."""
    if isinstance(cell, bool):
        return Read(problem="not_a_number")
    if isinstance(cell, FormattedNumber):
        return _formatted_money(cell, scale)
    if isinstance(cell, int | float):
        return _money(_finite(cell), scale)
    if is_empty(cell) or not isinstance(cell, str):
        return Read(problem="" if is_empty(cell) else "not_a_number")
    number = _number(cell, style)
    if number is None:
        return _no_value(cell, markers, "not_a_number")
    if number.percent:
        return Read(problem="not_a_number")
    return _money(number.value, number.scale or scale, number.currency)


def _number(text: str, style: NumberStyle) -> Number | None:
    return None if _DOUBTED.search(text) else numbers.parse(text, style)


def _finite(cell: int | float) -> Decimal | None:
    """The number of a cell; None for infinity, for NaN and for what is larger than any figure of a portfolio."""
    return Decimal(repr(float(cell) if isinstance(cell, float) else cell)) if abs(cell) <= numbers.MOST else None


def _formatted_money(cell: FormattedNumber, scale: int) -> Read:
    """The unit of the cell's format wins over the header's; commas that shorten what is shown count where a unit is named."""
    shown, stored = cell.shown, _finite(cell)
    if shown.percent or shown.percent_sign or stored is None:
        return Read(problem="not_a_number")
    unit = shown.scale or scale
    return _money(stored / THOUSAND**shown.commas if unit > 1 else stored, unit)


def _money(value: Decimal | None, scale: int, currency: str = "") -> Read:
    if value is None or abs(value * scale) > numbers.MOST:
        return Read(problem="not_a_number")
    return Read((value * scale).quantize(Decimal("0.01")), currency=currency)


def _no_value(cell: str, markers: Markers, problem: str) -> Read:
    return Read(note=cell.strip()) if markers.missing(cell) else Read(problem=problem)


def day(cell: Cell, style: DateStyle, markers: Markers, *, last: bool = False) -> Read:
    """A date; of a month or a year, the last day when `last` (ends), else the first (starts)."""
    if is_empty(cell):
        return Read()
    if isinstance(cell, str):
        cell = cell.strip().removeprefix("'")  # the mark that keeps a date as text in a spreadsheet
    if dates.never(cell):
        return Read(note=text_value(cell))
    found = None if isinstance(cell, str) and _DOUBTED.search(cell) else dates.parse(cell, style)
    if found:
        return Read(found.last if last else found.first)
    if isinstance(cell, str):
        return _no_value(cell, markers, "not_a_date")
    return Read(problem="not_a_date")


def days_after(cell: Cell, origin: date, markers: Markers) -> Read:
    """A date given as a count of days after `origin`."""
    counted = quantity(cell, NumberStyle(), markers)
    if counted.value is None:
        return counted
    if not 0 <= counted.value <= 60_000:
        return Read(problem="not_a_date")
    return Read(origin + timedelta(days=int(counted.value)))


def quantity(cell: Cell, style: NumberStyle, markers: Markers, *, highest: int = 0) -> Read:
    """A plain number, also with a unit of time behind it ("580 days", "6,4 ans"); the unit is the column's.

    With `highest`, from 0 to that.
    """
    if isinstance(cell, str):
        bare = re.sub(r"(?i)\s*(days?|jours?|j|years?|ans?|ann[ée]es?|months?|mois)\.?$", "", cell.strip())
        told = _number(bare, style)
        if told is None:
            return _no_value(cell, markers, "not_a_number")
        number: Decimal | None = told.value
    elif isinstance(cell, bool) or not isinstance(cell, int | float):
        return Read(problem="" if cell is None else "not_a_number")
    else:
        number = _finite(cell)
        if number is not None and isinstance(cell, FormattedNumber):
            number *= 100 if cell.shown.percent else 1
    if number is None:
        return Read(problem="not_a_number")
    return Read(problem="number_too_large") if highest and not 0 <= number <= highest else Read(number)


def percent(cell: Cell, style: NumberStyle, markers: Markers, *, fractions: bool = False) -> Read:
    """A percentage 0–100; `fractions` when the column's numbers run from 0 to 1 (as spreadsheets store percentages)."""
    if isinstance(cell, str):
        number = _number(cell, style)
        if number is None:
            return Read() if is_empty(cell) else _no_value(cell, markers, "not_a_number")
        value = number.value * (100 if fractions and not number.percent else 1)
    elif isinstance(cell, bool) or not isinstance(cell, int | float):
        return Read(problem="" if cell is None else "not_a_number")
    elif (told := _finite(cell)) is None:
        return Read(problem="not_a_number")
    elif isinstance(cell, FormattedNumber) and (cell.shown.percent or cell.shown.percent_sign):
        value = told * (100 if cell.shown.percent else 1)
    else:
        value = told * (100 if fractions else 1)
    return Read(value.quantize(Decimal("0.01"))) if 0 <= value <= 100 else Read(problem="percent_out_of_range")


def boolean(cell: Cell) -> Read:
    """Yes or no, in French or English; an empty cell is None."""
    if is_empty(cell) or isinstance(cell, bool):
        return Read(cell if isinstance(cell, bool) else None)
    if UNCERTAIN.search(text_value(cell)):
        return Read(problem="uncertain_choice")
    told = word(text_value(cell))
    if told in TRUE_WORDS or told in FALSE_WORDS:
        return Read(told in TRUE_WORDS)
    return Read(problem="not_yes_or_no")


def choice(cell: Cell, words: Mapping[str, str], markers: Markers, *, missing: str | None = None) -> Read:
    """One of a fixed set, by the words and symbols of `words`; a missing marker gives `missing`."""
    if is_empty(cell):
        return Read()
    text = text_value(cell)
    told = word(text)
    found = words.get(told)
    if found is not None:
        doubted = contradicted(text, found, words) or (UNCERTAIN.search(text) and any(char.isalnum() for char in told))
        return Read(problem="uncertain_choice") if doubted else Read(found)
    if markers.missing(text):
        return Read(missing, note=text)
    return Read(problem="unknown_choice")


def rank(cell: Cell, words: Mapping[str, str], markers: Markers) -> Read:
    """1 to 5, by the numbers and words of `words`."""
    read = choice(cell, words, markers)
    return read if read.value is None else replace(read, value=int(read.value))


def integer(cell: Cell, markers: Markers, *, lowest: int, highest: int) -> Read:
    """A whole number within bounds (the 1–5 of a risk)."""
    read = quantity(cell, NumberStyle(), markers)
    if read.value is None:
        return read
    if read.value != int(read.value) or not lowest <= read.value <= highest:
        return Read(problem="number_out_of_range")
    return Read(int(read.value))


def text(cell: Cell, *, most: int) -> Read:
    """Text of at most `most` characters (0: any); what a failed formula shows is none."""
    told = text_value(from_cell(text_value(cell)))
    if FAILED.fullmatch(told):
        return Read(note=told)
    return Read(told) if not most or len(told) <= most else Read(problem="too_long")
