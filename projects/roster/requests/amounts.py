"""Cells of a table of requests → how much, how firmly, in what. Pure: `BadCell` says what is wrong and what would be right."""

import re
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pmo_portal.core.cells import from_cell
from projects.exchange import numbers
from projects.exchange.number_formats import FormattedNumber
from projects.exchange.numbers import NumberStyle
from projects.exchange.table import Cell, is_empty
from projects.exchange.values import text_value
from projects.exchange.words import fold
from projects.resources.models import Allocation
from projects.roster.requests.headings import DAYS, FTE, PERCENT
from projects.roster.values import NO, YES, BadCell

HARD, TENTATIVE = Allocation.Firmness.HARD.value, Allocation.Firmness.TENTATIVE.value
FIRMNESS = {
    **dict.fromkeys(("ferme", "fermes", "hard", "firm", "certain", "certaine", "sur", "confirme", "confirmee", "f"), HARD),
    **dict.fromkeys(("previsionnel", "previsionnelle", "provisoire", "tentative", "possible", "option", "optionnel",
                     "optionnelle", "a confirmer", "non ferme", "soft", "p", "t"), TENTATIVE),
}  # fmt: skip
MEASURES = {
    **dict.fromkeys(("jours", "jour", "j", "jh", "j h", "jours homme", "days", "day", "d", "md", "man days"), DAYS),
    **dict.fromkeys(("pourcent", "pour cent", "pourcentage", "percent", "per cent", "du temps de travail", "of working time",
                     "temps de travail"), PERCENT),
}  # fmt: skip
NOTHING, CENT, FINE = Decimal(0), Decimal("0.01"), Decimal("0.000001")
_DAYS = re.compile(r"\s*(?:j\.?\s?h\.?|jours?|days?|j|d|md)\.?$", re.IGNORECASE)
_FTE = re.compile(r"\s*(?:etpt?|fte)\.?$", re.IGNORECASE)
_DOUBT = re.compile(r"[?¿？]")
_NONE = frozenset({"", "-", "–", "—"})


def style_of(cells: Iterable[Cell]) -> NumberStyle:
    """What a comma means in all these texts together: `decided` where they all say the same; where none can tell, what it means
    in the reader's language.
    """
    texts = {_DAYS.sub("", one.strip()) for one in cells if isinstance(one, str)}
    each = [numbers.decide((one,)) for one in texts if "," in one or "." in one]
    found = numbers.decide(texts, default="," if get_language() == "fr" else ".")
    return NumberStyle(found.decimal, decided=len({one.decimal for one in each if one.decided}) == 1)


def amount(cell: Cell, style: NumberStyle, *, fte: bool = False) -> tuple[Decimal | None, bool]:
    """(how much, whether it says per cent); None for an empty cell and a dash. `as_asked` rounds it. `fte`: so says the head."""
    if is_empty(cell):
        return None, False
    if isinstance(cell, str):
        if fte or not set(fold(cell).split()) & FTE:
            return _written(_FTE.sub("", cell) if fte else cell, style)
        raise equivalents(cell)
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not abs(cell) < numbers.MOST:
        raise no_number(cell)
    if isinstance(cell, FormattedNumber) and (cell.shown.commas or cell.shown.scale):
        words = _("The format of the cell shows another number than the cell holds, %(value)s: give it a plain format.")
        raise BadCell(words % {"value": text_value(float(cell))})
    if isinstance(cell, FormattedNumber) and cell.shown.equivalents and not fte:
        raise equivalents(cell)
    exact = Decimal(repr(float(cell)))
    if isinstance(cell, FormattedNumber) and (cell.shown.percent or cell.shown.percent_sign):
        return (exact * (100 if cell.shown.percent else 1)).quantize(FINE, ROUND_HALF_UP), True
    return exact.quantize(FINE, ROUND_HALF_UP), False


@lru_cache(maxsize=10_000)  # a plan has the same few figures again and again
def _written(text: str, style: NumberStyle) -> tuple[Decimal | None, bool]:
    text = from_cell(text).strip()
    if text in _NONE:
        return None, False
    bare = _DAYS.sub("", text)
    found = numbers.parse(bare, style)
    if found and not style.decided and not numbers.decide((bare,)).decided:
        words = _("“%(value)s” could be %(one)s or %(other)s: write %(one)s or %(other)s.")
        raise BadCell(words % {"value": text[:40], **_readings(bare)})
    if found is None or found.scale or found.currency or _DOUBT.search(text):
        raise no_number(text)
    return found.value.quantize(FINE, ROUND_HALF_UP), found.percent


def _readings(text: str) -> dict[str, str]:
    """What a text may say: as a decimal number and as thousands."""
    found = [numbers.parse(text, NumberStyle(mark)) for mark in (".", ",")]
    values = sorted(one.value for one in found if one)
    one, other = (f"{value.normalize():f}".replace(".", "," if get_language() == "fr" else ".") for value in values[:2])
    return {"one": one, "other": other}


def equivalents(cell: Cell) -> BadCell:
    words = _("“%(value)s” is in full-time equivalents: write “FTE” in the heading, or per cents here.")
    return BadCell(words % {"value": text_value(cell)[:40]})


def no_number(cell: Cell) -> BadCell:
    words = _("“%(value)s” is no number. Write it as 12 or 2.5, and leave the cell empty where nothing is asked.")
    return BadCell(words % {"value": text_value(cell)[:40]})


def as_asked(value: Decimal, *, percent: bool, measure: str, heading: str, exact: bool) -> Decimal:
    """The figure in the measure of the request, to two decimals. Full-time equivalents are per cents only under a heading that
    says so. `exact`: a file of ours, where 0.5 under per cent is half of one.
    """
    found = _as_said(value, percent=percent, measure=measure, heading=heading, exact=exact).quantize(
        CENT, ROUND_HALF_UP
    )
    if value and not found:
        words = _("“%(value)s” is less than a hundredth: write 0, or leave the cell empty.")
        raise BadCell(words % {"value": value.normalize()})
    return found


def _as_said(value: Decimal, *, percent: bool, measure: str, heading: str, exact: bool) -> Decimal:
    if heading == "fte" and not percent:
        return value * 100
    if percent and measure == DAYS:
        words = _("“%(value)s %%” is a per cent, and this line is in days: say “%%” in the column of the measure.")
        raise BadCell(words % {"value": value.normalize()})
    if measure == PERCENT and not percent and not exact and 0 < value <= 1:
        words = _(
            "“%(value)s” could be %(percent)s %% or a full-time equivalent: write %(percent)s, or “FTE” in the heading."
        )
        raise BadCell(words % {"value": value.normalize(), "percent": (value * 100).quantize(Decimal(1))})
    return value


def firmness(cell: Cell, *, opposite: bool) -> str:
    """`opposite`: the column is called tentative, so that a yes in it is one."""
    text = fold(text_value(cell))
    if isinstance(cell, bool) or text in YES or text in NO - {""}:
        yes = cell if isinstance(cell, bool) else text in YES
        return TENTATIVE if yes == opposite else HARD
    if text in FIRMNESS:
        return FIRMNESS[text]
    raise BadCell(
        _("“%(value)s” is neither hard nor tentative: write one of the two.") % {"value": text_value(cell)[:40]}
    )


def measure(text: str) -> str:
    if "%" in text:
        return PERCENT
    if fold(text) in MEASURES:
        return MEASURES[fold(text)]
    if set(fold(text).split()) & FTE:
        words = _(
            "Full-time equivalents are read where the heading of the figures says so: write “FTE” there, or per cents here."
        )
        raise BadCell(words)
    raise BadCell(_("“%(value)s” is no measure: write days or %%.") % {"value": text[:40]})


def level(cell: Cell) -> int:
    text = text_value(cell)
    digits = fold(text).removeprefix("niveau").removeprefix("level").strip()
    if digits.isascii() and digits.isdigit() and 1 <= int(digits) <= 5:
        return int(digits)
    raise BadCell(_("“%(value)s”: levels go from 1 (beginner) to 5 (expert).") % {"value": text[:40]})
