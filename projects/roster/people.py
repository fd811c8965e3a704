"""A file of people → what it would change."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from projects.exchange.table import Row, Source
from projects.exchange.values import text_value
from projects.exchange.words import fold
from projects.resources.models import Person
from projects.roster import day_order, notes, parts
from projects.roster import values as cells
from projects.roster.columns import PEOPLE, RATES, Columns
from projects.roster.formulas import notices
from projects.roster.known import Known
from projects.roster.lines import CREATED, LEFT_OUT, Line, Plan, compare, settle
from projects.roster.values import BadCell


def people(source: Source, *, on: date, rates: bool, date_order: str = "") -> Plan:
    """The people of a file: found again by reference, else e-mail, else name and unit; new ones are added.

    A reference or an e-mail address that nobody has is taken for that of the one person of this name who has neither. What
    begins on no day of its own begins on `on`; what a day costs is read only where `rates`.
    """
    plan, known = Plan(notices=notices(source)), Known()
    meant: dict[Any, int] = {}
    for sheet in source.sheets:
        columns = Columns(sheet, PEOPLE)
        if not {"name", "last_name", "email", "external_ref"} & columns.places.keys():
            continue
        if not rates:
            plan.guarded += columns.leave_out(RATES)
        plan.unread += columns.unread
        plan.days.append(day_order.settle(columns, date_order))
        have_more = notes.mostly_more(columns)
        for row in columns.rows:
            name = columns.text(row, "name") if "name" in columns.places else ""
            whole = " ".join(
                part for part in (columns.text(row, "first_name"), columns.text(row, "last_name") or name) if part
            )
            line = Line(row.number, whole or columns.text(row, "email"))
            plan.lines.append(line)
            if why := notes.why_none(columns, row, whole, ("external_ref", "email")):
                line.what = line.what or row_in_words(row)
                line.outcome, line.more = LEFT_OUT, {"why": why}
                continue
            if broken := columns.broken(row):
                line.errors |= broken
                settle(line)
                continue
            given, names = _who(line, columns, row, whole, known)
            first = min(meant.setdefault(mark, row.number) for mark in _marks(line, columns, row, whole))
            if first != row.number:
                line.errors["external_ref"] = _("Line %(row)d means the same person already.") % {"row": first}
            elif line.record is not None:
                _what(line, given, names, columns, row, known, on)
            settle(line)
            doubt = line.outcome == CREATED and notes.doubt(whole, alone=have_more and notes.alone(columns, row))
            if doubt:
                line.more["doubt"] = doubt
    return plan


def row_in_words(row: Row) -> str:
    return " · ".join(text for one in row.cells[:6] if (text := text_value(one)[:60]))


def _marks(line: Line, columns: Columns, row: Row, name: str) -> list[Any]:
    """By what another line would mean the same person: a reference, an e-mail address, else a name."""
    known = [line.record.pk] if line.record is not None and line.record.pk else []
    texts = [(field, columns.text(row, field).lower()) for field in ("external_ref", "email")]
    return [*known, *(one for one in texts if one[1])] or [fold(name)]


def _who(line: Line, columns: Columns, row: Row, name: str, known: Known) -> tuple[dict[str, Any], list[str]]:
    """Whom the line means, as its record: (what it says of them, their units by name). None where that is not clear."""
    given: dict[str, Any] = {}
    for field_name in ("external_ref", "email", "organisation"):
        if text := columns.text(row, field_name):
            given[field_name] = text
    text = columns.text(row, "unit")
    units = parts.listed(text, known.called_units) if text else []
    try:
        person = known.person(
            ref=given.get("external_ref", ""), mail=given.get("email", ""), name=name, unit=units[0] if units else ""
        )
    except BadCell as bad:
        line.errors["name"] = str(bad)
        return {}, []
    if person is None and (person := known.namesake(name)) is not None:
        line.by_name = True
    if name:
        given["name"] = name
    elif person is None:
        line.errors["name"] = _("Somebody new needs a name.")
    sharing = known.by_mail.get(given.get("email", "").lower(), [])
    if person is not None and sharing and person not in sharing:
        line.errors["email"] = _("%(name)s has this e-mail address already.") % {"name": sharing[0].name}
    line.record = person or Person()
    if person is not None:
        line.what = person.name
    return given, units


def _what(
    line: Line, given: dict[str, Any], units: list[str], columns: Columns, row: Row, known: Known, on: date
) -> None:
    """What is said of them, compared with what is known; each cell that does not read has its own message."""

    def read(field_name: str, how: Callable[[], Any]) -> Any:
        try:
            return how()
        except BadCell as bad:
            line.errors[field_name] = str(bad)
            return None

    for field_name in ("arrives_on", "leaves_on"):
        if field_name in columns.places:
            given[field_name] = read(field_name, partial(columns.day, row, field_name))
    if columns.text(row, "is_external"):
        given["is_external"] = read("is_external", partial(cells.flag, columns.at(row, "is_external")))
    given = {field_name: value for field_name, value in given.items() if field_name not in line.errors}
    if text := columns.text(row, "role"):
        given["role"] = read("role", partial(parts.the_one, text, known.called_roles))
    since = on if line.record.pk else given.get("arrives_on") or on
    for field_name, part in (("rate", parts.rate), ("skills", parts.skills), ("pattern", parts.pattern)):
        given |= read(field_name, partial(part, line, columns, row, known, since)) or {}
    compare(line, given, ("leaves_on",))
    read("unit", partial(parts.units, line, units, columns.text(row, "unit_share"), known))
