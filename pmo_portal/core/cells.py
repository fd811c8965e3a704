"""Text on its way out to a spreadsheet: what would run as a formula is disarmed, and disarmed text is read back as it was.

ASVS 5.0 1.2.10: text that begins with = + - @, a tab, a line break or NUL (full-width forms too) gets one apostrophe in
front. Text that already begins with apostrophes before such a character gets one more, so that reading removes exactly
the one that writing added. Numbers stay numbers, negative ones too.
"""

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Any

_BLANKS = " \t\r\n\x0b\x0c\xa0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff\x00"
_ARMED = re.compile(rf"'*(?:[{_BLANKS}]*[=+\-@＝＋－＠]|[{_BLANKS}]*[\t\r\n\x00])")
_DISARMED = re.compile(rf"'(?=(?:{_ARMED.pattern}))")


def cell(value: Any) -> Any:
    """A value as a cell of a CSV or XLSX export: text that could run is disarmed, everything else stays what it is."""
    if isinstance(value, str):
        return f"'{value}" if _ARMED.match(value) else value
    if value is None or isinstance(value, bool | int | float | Decimal | date | datetime):
        return value
    return cell(str(value))


def from_cell(value: str) -> str:
    """The text that `cell` was given: exactly one apostrophe of ours is removed."""
    return value[1:] if _DISARMED.match(value) else value
