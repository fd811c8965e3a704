"""A file of absences → what it would change."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, time
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from projects.exchange.parsers import ics
from projects.exchange.table import Row, Source, is_empty
from projects.exchange.words import fold
from projects.resources.models import Absence, Person
from projects.roster import day_order, notes
from projects.roster import values as cells
from projects.roster.columns import ABSENCES, Columns
from projects.roster.formulas import notices
from projects.roster.known import Known
from projects.roster.lines import LEFT_OUT, REFUSED, Line, Plan, compare, settle
from projects.roster.values import BadCell

KINDS = {
    "formation": "training", "training": "training", "conge": "leave", "conges": "leave", "leave": "leave", "absence": "leave",
    "autre": "other", "other": "other", "away": "leave",
}  # fmt: skip
WHOSE = ("person_ref", "email")
LAST_MINUTE = time(23, 59)
NOT_AWAY = frozenset({"free", "cancelled", "annule", "annulee", "refuse", "refusee", "rejected"})


def absences(source: Source, *, on: date, person: Person | None = None, called: str = "", date_order: str = "") -> Plan:
    """The absences of a table or a calendar, each of somebody it names, or all of `person`. No reference is made up.

    `called`: what the source is called; those it brought before and has no more are offered for removal, those to come alone.
    """
    plan, known, stored = Plan(notices=notices(source)), Known(), {}
    for one in Absence.objects.exclude(external_ref=""):
        stored[one.person_id, one.external_ref] = one
    by_days = {(one.person_id, one.first_day, one.last_day): one for one in Absence.objects.filter(external_ref="")}
    meant: dict[Any, int] = {}
    is_calendar, cancelled = source.format == "ics", dict[str, str]()
    for sheet in source.sheets:
        columns = Columns(sheet, ABSENCES)
        if "first_day" not in columns.places:
            continue
        plan.unread += columns.unread
        if not is_calendar:
            plan.days.append(day_order.settle(columns, date_order))
        for row in columns.rows:
            for line in _absences(columns, row, known, person, is_calendar=is_calendar):
                plan.lines.append(line)
                if line.outcome == LEFT_OUT:
                    if line.ref:
                        cancelled[line.ref] = columns.text(row, "version")
                    continue
                if isinstance(line.record, Absence) and not line.errors:
                    _found_again(line, stored, by_days, meant, called)
                if line.outcome != LEFT_OUT:
                    settle(line)
    if called and plan.lines:
        held = [*stored.values(), *by_days.values()]
        theirs = [one for one in held if one.source == called and (person is None or one.person_id == person.pk)]
        if is_calendar:
            theirs = [one for one in theirs if not _restored_since(one, cancelled)]
        is_message = any(sheet.name.startswith(ics.MESSAGE) for sheet in source.sheets)
        if is_message:  # an invitation says nothing of other events
            about = {str(row.at(0)).split("#")[0] for sheet in source.sheets for row in sheet.rows}
            theirs = [one for one in theirs if one.external_ref.split("#")[0] in about]
        plan.gone = gone(theirs, plan, on=on, whole=is_calendar)
    return plan


def gone(held: Iterable[Absence], plan: Plan, *, on: date, whole: bool) -> list[Absence]:
    """Those that a file without them says are no more: to come, within the days the file is of (a calendar is `whole`).

    A line that is refused still means its absence; without a reference nobody can say which, and then none is offered.
    """
    refused = {line.ref for line in plan.refused}
    there = {line.record.pk for line in plan.lines if isinstance(line.record, Absence)}
    days = [line.record for line in plan.lines if isinstance(line.record, Absence) and line.record.first_day]
    if "" in refused or not (days or whole):
        return []
    first = on if whole else max(on, min(one.first_day for one in days))
    last = date.max if whole else max(one.last_day for one in days)
    found = [
        one for one in held
        if one.pk not in there and one.external_ref.split("#")[0] not in refused and one.external_ref not in refused
        and first <= one.first_day and one.last_day <= last
    ]  # fmt: skip
    return sorted(found, key=lambda one: (one.first_day, one.person_id, one.pk))


def _absences(columns: Columns, row: Row, known: Known, person: Person | None, *, is_calendar: bool) -> Iterator[Line]:
    """One line for each absence of a row: an event with times is one for each of its days."""
    whose = columns.text(row, "email") or columns.text(row, "name") or columns.text(row, "person_ref")
    uid = columns.text(row, "external_ref")
    what = f"{person.name if person else whose} {uid[:40]}".strip()
    if fold(columns.text(row, "state")) in NOT_AWAY:
        yield Line(row.number, what, LEFT_OUT, ref=uid, more={"why": _("It is marked free, cancelled or refused.")})
        return
    if is_calendar and (line := _other_version(columns, row, what)):
        yield line
        return
    if not is_calendar and (why := notes.why_none(columns, row, columns.text(row, "name"), WHOSE)):
        yield Line(row.number, what, LEFT_OUT, more={"why": why})
        return
    if broken := columns.broken(row):
        yield Line(row.number, what, ref=uid, errors=broken)
        return
    try:
        found = person or known.person(
            ref=columns.text(row, "person_ref"), mail=columns.text(row, "email"), name=columns.text(row, "name"),
            unit=columns.text(row, "unit"),
        )  # fmt: skip
    except BadCell as bad:
        yield Line(row.number, what, ref=uid, errors={"name": str(bad)})
        return
    if found is None:
        words = _("Nobody here is called so. Add a known reference, e-mail address or name.")
        yield Line(row.number, what, ref=uid, errors={"person": words})
        return
    if is_calendar and not uid:
        yield Line(
            row.number,
            found.name,
            errors={"external_ref": _("The event has no UID, by which it would be found again.")},
        )
        return
    try:
        kind = KINDS.get(fold(columns.text(row, "kind")), Absence.Kind.LEAVE.value)
        hours = partial(known.hours_of, found)
        for count, (first, last, share) in enumerate(_days(columns, row, is_calendar, hours)):
            ref = f"{uid}#{first:%Y%m%d}" if uid and count else uid
            row_of = Absence(
                person=found, kind=kind, first_day=first, last_day=last, share=share, external_ref=ref[:255],
                event_version=columns.text(row, "version") if is_calendar else "",
            )  # fmt: skip
            yield Line(row.number, f"{found.name} · {first} – {last}", record=row_of, ref=uid)
    except BadCell as bad:
        yield Line(row.number, what, ref=uid, errors={"first_day": str(bad)})


def _other_version(columns: Columns, row: Row, what: str) -> Line | None:
    """A version of an event that does not count, since the file has a newer one or nothing says which is newer."""
    state, told = columns.text(row, "state"), {"row": columns.text(row, "version")}
    if state == ics.OLDER:
        words = _("Line %(row)s has a newer version of this event.")
    elif state == ics.TWICE:
        words = _("Line %(row)s has this event already.")
    elif state == ics.UNCLEAR:
        words = _("Line %(row)s has another version of this event, and neither SEQUENCE nor a date says which is newer:"
                  " take one of the two out.")  # fmt: skip
        return Line(
            row.number, what, REFUSED, ref=columns.text(row, "external_ref"), errors={"external_ref": words % told}
        )
    else:
        return None
    return Line(row.number, what, LEFT_OUT, more={"why": words % told})


def _days(
    columns: Columns, row: Row, is_calendar: bool, hours: Callable[[date], float]
) -> Iterator[tuple[date, date, int]]:
    if is_calendar:
        begin, end = columns.at(row, "first_day"), columns.at(row, "last_day")
        yield from cells.pieces(begin, end, zone=ZoneInfo(settings.TIME_ZONE), hours=hours)
        return
    if not columns.text(row, "share") and (timed := _timed(columns, row)):
        yield from cells.together(cells.pieces(*timed, zone=ZoneInfo(settings.TIME_ZONE), hours=hours))
        return
    first, last = columns.day(row, "first_day"), columns.day(row, "last_day")
    if first is None:
        raise BadCell(_("It has no first day."))
    if last is None and not is_empty(columns.at(row, "last_day")):
        raise BadCell(_("It has no last day: write the last one that is known."))
    last = last or first
    if last < first:
        raise BadCell(_("The last day is before the first. Correct one of the two."))
    yield first, last, cells.share(columns.at(row, "share"))


def _timed(columns: Columns, row: Row) -> tuple[datetime, datetime | None] | None:
    """Begin and end of a line that says times of day. From 00:00 (a spreadsheet's day) to 23:59 are whole days."""
    begin, end = columns.moment(row, "first_day"), columns.moment(row, "last_day")
    if isinstance(end, datetime) and end.time() >= LAST_MINUTE and not isinstance(begin, datetime):
        return None
    if end is not None and isinstance(begin, datetime) != isinstance(end, datetime):
        raise BadCell(_("Only one of its two days has a time: write one for both, or for none."))
    return (begin, end if isinstance(end, datetime) else None) if isinstance(begin, datetime) else None


def _restored_since(one: Absence, cancelled: Mapping[str, str]) -> bool:
    """Whether the file cancels an older version of it than the portal has."""
    uid = one.external_ref.split("#")[0]
    return any(is_older(cancelled.get(ref, ""), one.event_version) for ref in (one.external_ref, uid))


def _found_again(line: Line, stored: Any, by_days: Any, meant: dict[Any, int], called: str) -> None:
    """By its reference, else by being the same days: a file without references does not double what it brought before."""
    fresh = line.record
    key = (
        (fresh.person_id, fresh.external_ref)
        if fresh.external_ref
        else (fresh.person_id, fresh.first_day, fresh.last_day)
    )
    if key in meant:
        line.errors["external_ref"] = _("Line %(row)d means the same absence already.") % {"row": meant[key]}
        return
    meant[key] = line.row
    held = stored.get(key) if fresh.external_ref else by_days.get(key)
    given = {name: getattr(fresh, name) for name in ("kind", "first_day", "last_day", "share", "external_ref")}
    if called and (held is None or (fresh.external_ref and not held.source)):
        given["source"] = called  # what was entered by hand, or came from elsewhere, is not of this source
    line.record = held or Absence(person=fresh.person)
    if held is not None and is_older(fresh.event_version, held.event_version):
        if any(getattr(held, name) != value for name, value in given.items()):
            line.outcome, line.more = LEFT_OUT, {"why": _("The portal has a newer version of this event.")}
        return
    compare(line, given, ())
    if line.changes and fresh.event_version:  # what differs in nothing else is not written for its version
        line.record.event_version = fresh.event_version


def is_older(one: str, other: str) -> bool:
    """Whether a version as `parsers.ics` writes it is before the other one; no version, and that of a whole series beside that of
    a single occurrence, are before none."""
    if not one or not other:
        return False
    (sequence, changed, *single), (others, changed_then, *singly) = one.split(), other.split()
    if single != singly or "-" in (changed, changed_then):
        return single == singly and int(sequence) < int(others)
    return (int(sequence), changed) < (int(others), changed_then)
