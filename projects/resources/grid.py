"""The grid of requests by month as a page: what was typed is read, cells are drawn, answers are told cell by cell."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.formats import language
from pmo_portal.core.forms import AmountField
from projects.resources.models import Allocation
from projects.resources.selectors.team import LONG_SPAN, Line, Slot
from projects.resources.services import Cell
from projects.resources.services.cells import ASKED, GRANTED, Outcome, Wrong

MOST_ROWS = 400
MOST_CELLS = MOST_ROWS * LONG_SPAN  # the whole of the largest grid, so that whatever is pasted there can be saved
FIRST, LAST = date(2000, 1, 1), date(2099, 12, 1)  # months that can be asked for
PK_DIGITS = 18
AMOUNT = AmountField(max_digits=7, decimal_places=2)


class Unreadable(ValueError):
    """The request is no list of cells."""


class TooMany(Unreadable):
    """More cells than the largest grid has; its text is for the editor."""


@dataclass(frozen=True, slots=True)
class Typed:
    """What was sent: cells to write, and those that hold no number."""

    cells: list[Cell]
    wrong: list[Wrong]
    what: str
    anyway: bool


def read_json(request: HttpRequest) -> Typed:
    """{"what", "anyway", "cells": [[request, month, typed, seen]…]} of the script."""
    try:
        sent = json.loads(request.body)
        rows = [(row_in(pk), month_in(month), str(typed), str(seen)) for pk, month, typed, seen in sent["cells"]]
        what, anyway = str(sent["what"]), bool(sent.get("anyway"))
    except (ValueError, KeyError, TypeError, OverflowError) as error:
        raise Unreadable(str(error)) from error
    return checked(rows, what, anyway)


def read_row(request: HttpRequest, months: Sequence[date]) -> Typed:
    """One row of the plain form."""
    pk, seen = request.POST.get("row", ""), request.POST.get("seen", "").split(";")
    if len(seen) != len(months):
        raise Unreadable("row")
    try:
        number = row_in(pk)
    except ValueError as error:
        raise Unreadable("row") from error
    pairs = zip(months, seen, strict=True)
    rows = [(number, month, request.POST.get(f"c-{month:%Y-%m}", ""), held) for month, held in pairs]
    return checked(rows, request.POST.get("what", ASKED), "anyway" in request.POST)


def checked(rows: Sequence[tuple[int, date, str, str]], what: str, anyway: bool) -> Typed:
    if len(rows) > MOST_CELLS:
        words = _(
            "Nothing was saved: more than %(most)s cells at once. Bring them as a file: Requests for people, Import."
        )
        raise TooMany(words % {"most": formats.number(MOST_CELLS)})
    if what not in (ASKED, GRANTED):
        raise Unreadable(what)
    cells, wrong = [], []
    for pk, month, typed, seen in rows:
        try:
            cells.append(Cell(pk, month, number_in(typed), seen=number_in(seen)))
        except ValidationError as error:
            wrong.append(Wrong(pk, month, error.messages[0]))
    return Typed(cells, wrong, what, anyway)


def number_in(text: str) -> Decimal | None:
    """A figure as it is typed or pasted, with French or English marks; a per cent sign says nothing new."""
    return AMOUNT.to_python(text.strip().rstrip("%").strip()[:40])


def month_in(text: Any) -> date:
    month = date.fromisoformat(f"{text}-01")
    if not FIRST <= month <= LAST:
        raise ValueError(f"{month} is beyond what can be asked for")
    return month


def row_in(text: Any) -> int:
    """The number of a request, which a script sends as a number and a form as text."""
    if (number := pk_in(str(text))) is None:
        raise ValueError("no number of a request")
    return number


def pk_in(text: str) -> int | None:
    """A number of a row in an address or a form: digits of ASCII, for “²” is one that no number is made of."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= PK_DIGITS else None


def told(outcome: Outcome) -> dict[str, Any]:
    """What became of the cells, for the script."""
    words = dict(Allocation.Status.choices)
    return {
        "changed": outcome.changed,
        "rows": {pk: {"version": version, "state": str(words[status])} for pk, (version, status) in outcome.rows.items()},
        "wrong": [
            {
                "row": one.allocation, "month": f"{one.month:%Y-%m}", "message": one.message, "conflict": one.conflict,
                "stored": plain(one.stored),
            }
            for one in outcome.wrong
        ],
    }  # fmt: skip


def plain(amount: Decimal | None) -> str:
    """A figure as it is typed: no separators of thousands, the reader's decimal mark."""
    if not amount:
        return "" if amount is None else "0"
    text = f"{amount:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace(".", ",") if language() == "fr" else text


def value_of(slot: Slot, what: str) -> Decimal | None:
    """What a cell shows: nothing asked is an empty cell."""
    return (slot.asked or None) if what == ASKED else slot.granted


def cells(line: Line, what: str, *, typed: Mapping[date, str], wrong: Mapping[date, Wrong]) -> SafeString:
    """The inputs of a row; labelled by the row and the month, so that a screen reader says both."""
    return format_html_join("", "{}", ((cell(line, place, what, typed, wrong),) for place in range(len(line.slots))))


def cell(line: Line, place: int, what: str, typed: Mapping[date, str], wrong: Mapping[date, Wrong]) -> SafeString:
    slot, pk = line.slots[place], line.row.pk
    shown = typed.get(slot.month, plain(value_of(slot, what)))
    problem = wrong.get(slot.month)
    beside = slot.granted if what == ASKED else slot.asked
    note = (
        format_html("<small>{}</small>", plain(beside)) if beside is not None and beside != value_of(slot, what) else ""
    )
    marked = format_html(' aria-invalid=true title="{}"', problem.message) if problem else ""
    return format_html(
        '<td{}><input form=g{} name="c-{}" value="{}" inputmode=decimal autocomplete=off aria-labelledby="r{} m{}"{}>{}',
        format_html(" class={}", "bad") if problem else "", pk, f"{slot.month:%Y-%m}", shown, pk, place, marked, note,
    )  # fmt: skip


def seen(line: Line, what: str) -> str:
    """What the row showed, for the plain form."""
    return ";".join(plain(value_of(slot, what)) for slot in line.slots)


def in_words(wrong: Sequence[Wrong], names: Mapping[int, str]) -> Iterator[tuple[str, Wrong]]:
    """Each problem with the name of its row."""
    for one in wrong:
        yield names.get(one.allocation, _("A row that is no longer there")), one
