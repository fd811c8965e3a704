"""The cell that an address names: `?by=role&grain=quarter&row=3&at=2027-01-01`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from portfolio.capacity.asked import number
from portfolio.capacity.horizon import horizon_on, months_of
from portfolio.capacity.selectors.periods import GRAINS, MONTH, Period, period_of
from portfolio.capacity.selectors.picture import KINDS, MODELS, WITHOUT


@dataclass(frozen=True, slots=True)
class CellAsked:
    kind: str
    ref: int
    period: Period


def cell_asked(given: Mapping[str, str], *, today: date) -> CellAsked | None:
    """None for what names no cell of the picture."""
    kind, grain, ref = given.get("by", ""), given.get("grain", MONTH), number(given.get("row", ""))
    try:
        day = date.fromisoformat(given.get("at", ""))
    except ValueError:
        return None
    first, last = months_of(horizon_on(today))
    if kind not in KINDS or grain not in GRAINS or ref is None or not first <= day.replace(day=1) <= last:
        return None
    return CellAsked(kind, ref, period_of(grain, day))


def name_of(kind: str, ref: int) -> str | None:
    """What the row is called; None when there is no such row."""
    if ref == 0:
        return str(WITHOUT[kind]) if kind in WITHOUT else None
    row = MODELS[kind].objects.filter(pk=ref).first()
    return None if row is None else str(row)
