"""One value of a report as a cell, and one cell as a value: always by way of one plain text, so that equal is equal."""

import re
from datetime import date
from decimal import Decimal
from typing import Any

from pmo_portal.core import formats
from pmo_portal.core.errors import DomainError
from projects.exchange import invisible, values
from projects.exchange.dates import DateStyle
from projects.exchange.missing import FAILED
from projects.exchange.numbers import NumberStyle
from projects.exchange.table import Cell, is_empty
from projects.exchange.values import Markers, Read
from reporting.status.services.drafts import number_of
from reporting.status.workbook.columns import (
    CHOICE,
    DAY,
    LINES,
    MONEY,
    PERCENT,
    SMALL,
    TEXT,
    Column,
    told_in,
    vocabulary,
)

_CENTS = Decimal("0.01")
_NOTHING = Markers()
_BREAKS = re.compile(r"\r\n?|\x0b|\u2028|_x000D_\n?")


def plain(value: Any) -> str:
    """A value of a report as the one text it is compared, marked and kept by: `None` is "", 10 and 10.00 are "10"."""
    if value is None:
        return ""
    if isinstance(value, list):
        return "\n".join(line for one in value if (line := plain(one)))
    if isinstance(value, Decimal):
        return format(value.quantize(_CENTS).normalize() + 0, "f")
    if isinstance(value, date):
        return value.isoformat()
    return invisible.without(_BREAKS.sub("\n", str(value))).strip()


def written(column: Column, text: str, scale: str) -> Any:
    """What the cell of a plain text holds: a number or a date where the column has such, the words of a choice."""
    if not text:
        return None
    if column.kind == CHOICE:
        return told_in(column, text, scale)
    if column.kind in (PERCENT, MONEY, SMALL):
        return Decimal(text)
    return date.fromisoformat(text) if column.kind == DAY else text


def shown(column: Column, text: str, scale: str) -> str:
    """A plain text as the page tells it, in the reader's language."""
    if not text:
        return ""
    if column.kind == CHOICE:
        return told_in(column, text, scale)
    if column.kind == DAY:
        return formats.date(date.fromisoformat(text), "long")
    if column.kind == PERCENT:
        return formats.percent(float(text), 2 if "." in text else 0)
    return formats.number(float(text), 2 if "." in text else 0) if column.kind in (MONEY, SMALL) else text


def read(column: Column, cell: Cell, scale: str) -> Read:
    """The plain text of a cell, or the code of what is wrong with it (`wording.CELLS`)."""
    if is_empty(cell):
        return Read("")
    told = _typed(column, cell, scale)
    if told.problem:
        return told
    if told.note:  # it only says that there is no value
        if FAILED.fullmatch(told.note):
            return Read(problem="failed_formula")
        return Read(problem="unknown_choice" if column.kind == CHOICE else "no_value")
    return Read(plain(told.value))


def _typed(column: Column, cell: Cell, scale: str) -> Read:
    kind = column.kind
    if kind in (TEXT, LINES):
        return values.text(cell, most=column.most)
    if kind == CHOICE:
        return values.choice(cell, vocabulary(column.name, scale), _NOTHING)
    if kind == DAY:
        return values.day(cell, DateStyle("dmy"), _NOTHING)
    if kind == SMALL:
        return values.integer(cell, _NOTHING, lowest=1, highest=5)
    if isinstance(cell, str):
        return _number(kind, cell)
    if kind == PERCENT:
        return values.percent(cell, NumberStyle(), _NOTHING)
    return values.amount(cell, NumberStyle(), _NOTHING)


def _number(kind: str, text: str) -> Read:
    """A number that was typed as text: as the form reads it ("1 200,50"), of a percentage with its sign too."""
    bare = text.strip().removesuffix("%") if kind == PERCENT else text
    try:
        number = number_of("", bare.strip().removeprefix("'"))
    except DomainError:
        return Read(problem="not_a_number")
    if kind == PERCENT and not 0 <= number <= 100:
        return Read(problem="percent_out_of_range")
    return Read(number.quantize(_CENTS)) if abs(number) < 10**15 else Read(problem="number_too_large")
