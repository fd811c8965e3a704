"""The picture as a file: one line for each row and period, in the reader's words."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import formats
from portfolio.capacity.asked import Asked
from portfolio.capacity.cells import LEVELS
from portfolio.capacity.selectors.picture import KINDS, PEOPLE_SHOWN, PERSON, Row, heat
from projects.exchange.files_out import Table

MOST_PEOPLE = 5000


def table(asked: Asked) -> Table:
    """One line for each row and period; the last says where there are more people than a file holds."""
    found, cut = rows_of(asked)
    if cut:
        words = _("The first %(most)s people only: narrow the picture by role, unit or skill for the others.")
        found.append([words % {"most": formats.number(MOST_PEOPLE)}])
    return _("Capacity"), [headings(asked), *found]


def headings(asked: Asked) -> list[str]:
    return [
        str(KINDS[asked.by]), _("First day"), _("Last day"), _("Capacity, days"), _("Hard load, days"),
        _("Tentative load, days"), _("Without a name, days"), _("Too much on single days, days"), _("Load, %"),
        _("Load with the tentative, %"), _("Level"),
    ]  # fmt: skip


def rows_of(asked: Asked) -> tuple[list[list[Any]], bool]:
    """The lines of the whole picture, and whether there are people beyond the most a file holds; people are read in parts."""
    lines: list[list[Any]] = []
    skip, more = 0, True
    while more and skip < MOST_PEOPLE:
        found = heat(asked.by, asked.periods, only=asked.only, skip=skip)
        for row in found.rows:
            lines += lines_of(row, asked)
        more = asked.by == PERSON and bool(found.more)
        skip += PEOPLE_SHOWN
    return lines, more


def lines_of(row: Row, asked: Asked) -> Iterator[list[Any]]:
    for one, period in zip(row.cells, asked.periods, strict=True):
        used, projected = one.used, one.projected
        yield [
            row.label, period.first, period.last, *(round(x, 2) for x in (one.capacity, one.hard, one.tentative, one.unnamed)),
            round(one.over, 2), None if used is None else round(used, 1), None if projected is None else round(projected, 1),
            str(LEVELS[one.level]),
        ]  # fmt: skip
