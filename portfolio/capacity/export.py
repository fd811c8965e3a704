"""The picture as a file: one line for each row and period, in the reader's words."""

from collections.abc import Iterator
from typing import Any

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from portfolio.capacity.asked import Asked
from portfolio.capacity.cells import LEVELS
from portfolio.capacity.selectors.picture import KINDS, PEOPLE_SHOWN, PERSON, Heat, Row, heat
from projects.exchange import workbooks

MOST_PEOPLE = 5000


def response(kind: str, asked: Asked) -> HttpResponse:
    lines = [headings(asked), *rows(asked)]
    if kind == "csv":
        content, type_ = workbooks.csv_file(lines), workbooks.CSV_TYPE
    elif kind == "xlsx":
        content, type_ = workbooks.xlsx([(_("Capacity"), lines)]), workbooks.XLSX_TYPE
    else:
        raise Http404
    answer = HttpResponse(content, content_type=type_)
    answer["Content-Disposition"] = f'attachment; filename="capacity-{asked.by}-{asked.start}.{kind}"'
    return answer


def headings(asked: Asked) -> list[str]:
    return [
        str(KINDS[asked.by]), _("First day"), _("Last day"), _("Capacity, days"), _("Hard load, days"),
        _("Tentative load, days"), _("Without a name, days"), _("Too much on single days, days"), _("Load, %"),
        _("Load with the tentative, %"), _("Level"),
    ]  # fmt: skip


def rows(asked: Asked) -> Iterator[list[Any]]:
    for found in pages(asked):
        for row in found.rows:
            yield from lines_of(row, asked)


def pages(asked: Asked) -> Iterator[Heat]:
    """The whole picture: people in parts, so that memory stays flat."""
    skip = 0
    while skip < MOST_PEOPLE:
        found = heat(asked.by, asked.periods, only=asked.only, skip=skip)
        yield found
        if asked.by != PERSON or not found.more:
            return
        skip += PEOPLE_SHOWN


def lines_of(row: Row, asked: Asked) -> Iterator[list[Any]]:
    for one, period in zip(row.cells, asked.periods, strict=True):
        used, projected = one.used, one.projected
        yield [
            row.label, period.first, period.last, *(round(x, 2) for x in (one.capacity, one.hard, one.tentative, one.unnamed)),
            round(one.over, 2), None if used is None else round(used, 1), None if projected is None else round(projected, 1),
            str(LEVELS[one.level]),
        ]  # fmt: skip
