"""Whether 03/04/2027 is in March or in April: decided once per column as in imports of projects, and always told.

A day above 12 settles its column, else that of the other columns of the sheet; else it is as the importer was told, the day first
where nobody said. Pure.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from pmo_portal.core import formats
from projects.exchange import dates
from projects.exchange.dates import DateStyle
from projects.exchange.table import Cell
from projects.exchange.values import text_value
from projects.roster.columns import Columns

DATED = ("arrives_on", "leaves_on", "pattern_from", "rate_from", "first_day", "last_day")
ORDERS = ("dmy", "mdy")


@dataclass(slots=True)
class DayOrder:
    """How the dates of a sheet are read: `told` says it for each column that could be read in two ways, `open` names those of
    which nothing in the sheet tells."""

    told: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def settle(columns: Columns, chosen: str = "") -> DayOrder:
    """Set `columns.orders`. `chosen`: "dmy" or "mdy", for what the cells do not tell."""
    found = DayOrder()
    places = {name: place for name, place in columns.places.items() if name in DATED}
    texts = {
        name: [one for row in columns.rows if isinstance(one := row.at(place), str)] for name, place in places.items()
    }
    everywhere = dates.decide(one for column in texts.values() for one in column)
    for name, column in texts.items():
        style, doubtful = dates.decide(column), next(filter(_is_either, column), "")
        sure: Iterable[str] = column
        if not style.decided:
            style, sure = everywhere, (one for other in texts.values() for one in other)
        order = style.order if style.decided else chosen or "dmy"
        columns.orders[name] = order
        if not doubtful:
            continue
        heading = text_value(columns.headings[places[name]])
        if not style.decided:
            found.open.append(heading)
        found.told.append(_told(heading, doubtful, order, _sure(sure, order) if style.decided else "", chosen))
    return found


def _told(heading: str, doubtful: str, order: str, sure: str, chosen: str) -> str:
    day = dates.parse(doubtful, DateStyle(order))
    told = {"column": heading[:60], "value": doubtful.strip()[:20], "day": formats.date(day.first if day else None, "long"),
            "sure": sure[:20]}  # fmt: skip
    if sure:
        return _("“%(column)s”: %(value)s is read as %(day)s, since %(sure)s can be read in that order only.") % told
    if chosen:
        return _("“%(column)s”: %(value)s is read as %(day)s, as you said.") % told
    return _("“%(column)s”: %(value)s is read as %(day)s, but nothing in the file tells whether the day or the month comes first."
             ) % told  # fmt: skip


def _is_either(cell: Cell) -> bool:
    found = [dates.parse(cell, DateStyle(order)) for order in ORDERS]
    return all(found) and found[0] != found[1]


def _sure(texts: Iterable[str], order: str) -> str:
    """The first that is a date in this order only."""
    other = ORDERS[order == "dmy"]
    is_one = (one for one in texts if dates.parse(one, DateStyle(order)) and not dates.parse(one, DateStyle(other)))
    return next((one.strip() for one in is_one), "")


def joined(parts: Sequence[DayOrder]) -> DayOrder:
    return DayOrder([one for part in parts for one in part.told], [one for part in parts for one in part.open])
