"""Dates of the usual kinds. Whether 03/04/2026 is in March or in April is decided once per column, never per cell."""

import calendar
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from projects.exchange.words import fold

EXCEL_EPOCH = date(1899, 12, 30)
_SERIALS = range(20_000, 80_000)  # Excel day numbers of 1954 to 2119
_YEARS = range(1950, 2200)
_NEVER = 9999
_PIVOT = 80  # two-digit years below belong to this century
_MONTHS = {
    "jan": 1, "janv": 1, "janvier": 1, "january": 1,
    "feb": 2, "fev": 2, "fevr": 2, "fevrier": 2, "february": 2,
    "mar": 3, "mars": 3, "march": 3,
    "apr": 4, "avr": 4, "avril": 4, "april": 4,
    "may": 5, "mai": 5,
    "jun": 6, "juin": 6, "june": 6,
    "jul": 7, "juil": 7, "juillet": 7, "july": 7,
    "aug": 8, "aout": 8, "august": 8,
    "sep": 9, "sept": 9, "septembre": 9, "september": 9,
    "oct": 10, "octobre": 10, "october": 10,
    "nov": 11, "novembre": 11, "november": 11,
    "dec": 12, "decembre": 12, "december": 12,
}  # fmt: skip
_TIME = re.compile(r"[T ]+\d{1,2}[:h]\d{2}(:\d{2}(\.\d+)?)?\s*([AaPp]\.?[Mm]\.?)?\s*(Z|[+-]\d{2}:?\d{2})?$")
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})$")
_NUMERIC = re.compile(r"0?(\d{1,2})[/.\-]0?(\d{1,2})[/.\-](\d{4}|\d{2})$")
_HALF = re.compile(r"(?:[sh]([12]) (\d{4})|(\d{4}) [sh]([12])|([12])(?:er|e|eme|nd)? semestre (\d{4}))$")
_EDGE = re.compile(r"(debut|beginning of|start of|early|fin|end of|end|late)(?: de| d)? (.+)$")
_QUARTER = re.compile(r"(?:[tq]([1-4])\s*(\d{4})|(\d{4})\s*[tq]([1-4])|([1-4])(?:er|e|eme)? trimestre (\d{4}))$")


@dataclass(frozen=True, slots=True)
class DateStyle:
    """`order` is "dmy" or "mdy"; `decided` is False when no cell of the column could tell."""

    order: str = "dmy"
    decided: bool = True


@dataclass(frozen=True, slots=True)
class Day:
    """The first day a text stands for and the last one: "Dec-26" runs from the 1st to the 31st."""

    first: date
    last: date


def decide(texts: Iterable[str], *, default: str | None = None) -> DateStyle:
    """The order of day and month in a column: by the cells where only one reading exists, the majority where they differ."""
    votes = {"dmy": 0, "mdy": 0}
    open_cells = 0
    for text in texts:
        found = _NUMERIC.match(_TIME.sub("", text.strip()))
        if not found:
            continue
        first, second = int(found[1]), int(found[2])
        if first > 12 >= second:
            votes["dmy"] += 1
        elif second > 12 >= first:
            votes["mdy"] += 1
        elif first != second:
            open_cells += 1
    if votes["dmy"] != votes["mdy"]:
        return DateStyle("dmy" if votes["dmy"] > votes["mdy"] else "mdy")
    return DateStyle(default or "dmy", decided=not open_cells or default is not None)


def _day(year: int, month: int, day: int) -> Day | None:
    if year < 100:
        year += 2000 if year < _PIVOT else 1900
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return Day(found, found) if year in _YEARS else None


def _span(year: int, month: int, months: int) -> Day | None:
    """`months` whole months from the first of `month` on."""
    if year < 100:
        year += 2000
    if year not in _YEARS or not 1 <= month <= 12:
        return None
    last = month + months - 1
    return Day(date(year, month, 1), date(year, last, calendar.monthrange(year, last)[1]))


def from_serial(number: float) -> Day | None:
    """The day of an Excel serial number; None outside 1954–2119 and for infinity and NaN."""
    if not _SERIALS.start <= number < _SERIALS.stop:
        return None
    found = EXCEL_EPOCH + timedelta(days=int(number))
    return Day(found, found)


def never(cell: object) -> bool:
    """Whether a cell holds the day that programs write for "no end": 31/12/9999."""
    if isinstance(cell, date):
        return cell.year == _NEVER
    return isinstance(cell, str) and bool(re.match(r"(\d{1,2}[/.\-]\d{1,2}[/.\-]9999|9999-\d\d-\d\d)(?!\d)", cell))


def parse(cell: object, style: DateStyle) -> Day | None:
    """The day (or month, quarter, year) a cell stands for, or None when it is no date."""
    if isinstance(cell, date):
        found = cell.date() if isinstance(cell, datetime) else cell
        return Day(found, found) if found.year in _YEARS else None
    if isinstance(cell, bool) or cell is None:
        return None
    if isinstance(cell, int | float):
        if cell in _YEARS:
            return _span(int(cell), 1, 12)
        return from_serial(cell)
    text = " ".join(str(cell).replace("\u202f", " ").split())
    if not text or len(text) > 40:
        return None
    return _numeric(_TIME.sub("", text), style) or _worded(_TIME.sub("", text))


def _numeric(text: str, style: DateStyle) -> Day | None:
    if found := _ISO.match(text):
        return _day(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMERIC.match(text):
        first, second = int(found[1]), int(found[2])
        day, month = (first, second) if style.order == "dmy" else (second, first)
        return _day(int(found[3]), month, day)
    if found := re.fullmatch(r"(\d{4})[-/.](\d{1,2})", text):
        return _span(int(found[1]), int(found[2]), 1)
    if found := re.fullmatch(r"(\d{1,2})[-/.](\d{4})", text):
        return _span(int(found[2]), int(found[1]), 1)
    if re.fullmatch(r"(19|20)\d{6}", text):
        return _day(int(text[:4]), int(text[4:6]), int(text[6:]))
    if re.fullmatch(r"(19|20|21)\d\d", text):
        return _span(int(text), 1, 12)
    return from_serial(int(text)) if re.fullmatch(r"\d{5}", text) else None


def _worded(text: str) -> Day | None:
    """Dates with a month in words: "31 déc. 2026", "Dec 31, 2026", "31-Dec-26", "Dec-26", "Q1 2026"."""
    words = fold(text).split()
    joined = " ".join(words)
    if found := _QUARTER.match(joined):
        quarter = int(found[1] or found[4] or found[5])
        return _span(int(found[2] or found[3] or found[6]), 3 * quarter - 2, 3)
    if found := _HALF.match(joined):
        half = int(found[1] or found[4] or found[5])
        return _span(int(found[2] or found[3] or found[6]), 6 * half - 5, 6)
    if found := _EDGE.match(joined):
        return _edge(found[1], found[2])
    months = [(index, _MONTHS[word]) for index, word in enumerate(words) if word in _MONTHS]
    if len(months) != 1:
        return None
    index, month = months[0]
    rest = [re.sub(r"(?<=\d)(er|st|nd|rd|th)$", "", word) for position, word in enumerate(words) if position != index]
    if rest and not rest[0].isdigit() and len(rest) > 1:
        rest = rest[1:]  # a leading day of the week
    if not rest or not all(word.isdigit() and len(word) in (1, 2, 4) for word in rest):
        return None
    if len(rest) == 1:
        return _span(int(rest[0]), month, 1) if len(rest[0]) != 1 else None
    if len(rest) == 2:
        day, year = (rest[1], rest[0]) if len(rest[0]) == 4 else (rest[0], rest[1])
        return _day(int(year), month, int(day)) if len(day) <= 2 else None
    return None


def _edge(which: str, text: str) -> Day | None:
    """The last or the first day of a month, quarter, half or year: "fin mars 2026", "early 2027"."""
    span = _numeric(text, DateStyle()) or _worded(text)
    if span is None or span.first == span.last:
        return None
    day = span.first if which in ("debut", "beginning of", "start of", "early") else span.last
    return Day(day, day)
