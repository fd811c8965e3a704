"""A file → what it would change, line by line; what is stored is read once, whatever the number of lines."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils.translation import gettext as _

from pmo_portal.core import audit
from pmo_portal.core.editing import InvalidFields, clean, values
from projects.exchange.table import Row, Source
from projects.exchange.words import fold
from projects.resources.models import Absence, Person, Role, Unit, UnitShare, WorkingCalendar
from projects.roster import values as cells
from projects.roster.columns import ABSENCES, PEOPLE, Columns
from projects.roster.values import BadCell

USUAL_HOURS = 7.0  # of a day, where no calendar says
CREATED, UPDATED, UNCHANGED, REFUSED, LEFT_OUT = "created", "updated", "unchanged", "refused", "left_out"
KINDS = {
    "formation": "training", "training": "training", "conge": "leave", "conges": "leave", "leave": "leave", "absence": "leave",
    "autre": "other", "other": "other", "away": "leave",
}  # fmt: skip


@dataclass(slots=True)
class Line:
    """One record of the file: `row` is where it stands, `changes` {field: (before, after)}, `errors` {field: message}."""

    row: int
    what: str
    outcome: str = UNCHANGED
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    record: Any = None  # as it would be written
    unit: Unit | None = None
    by_name: bool = False  # the record was found by its name alone, although the line says more


@dataclass(slots=True)
class Plan:
    lines: list[Line] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    def count(self, outcome: str) -> int:
        return sum(line.outcome == outcome for line in self.lines)

    @property
    def refused(self) -> list[Line]:
        return [line for line in self.lines if line.outcome == REFUSED]


def index(rows: Any, *names: str) -> dict[str, list[Any]]:
    """{what it may be called, folded: the rows}."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for name in names:
            if key := fold(str(getattr(row, name))):
                held = found.setdefault(key, [])
                if row not in held:
                    held.append(row)
    return found


class Known:
    """The people there are, by every way a file may name them."""

    def __init__(self) -> None:
        people = list(Person.objects.select_related("role").order_by("pk"))
        self.by_ref = {one.external_ref: one for one in people if one.external_ref}
        self.by_mail = {one.email.lower(): one for one in people if one.email}
        self.by_name = index(people, "name")
        self.units: dict[int, list[UnitShare]] = {}
        for share in UnitShare.objects.select_related("unit"):
            self.units.setdefault(share.person_id, []).append(share)

    @cached_property
    def _hours(self) -> dict[int | None, float]:
        """{calendar: hours of its day}; None for the usual one."""
        rows = WorkingCalendar.objects.values_list("pk", "is_default", "hours_per_day")
        found = {pk: float(hours) for pk, _usual, hours in rows}
        return found | {None: next((found[pk] for pk, usual, _hours in rows if usual), USUAL_HOURS)}

    def hours_of(self, person: Person) -> float:
        """How many hours a day of somebody has: by their calendar, else that of their largest unit, else the usual one."""
        shares = sorted(self.units.get(person.pk, ()), key=lambda one: (-one.percent, one.unit_id))
        return self._hours[person.calendar_id or (shares[0].unit.calendar_id if shares else None)]

    def person(self, *, ref: str, mail: str, name: str, unit: str) -> Person | None:
        """By reference, else by e-mail, else by a name that one person has (in that unit). Raises BadCell for several."""
        if ref and ref in self.by_ref:
            return self.by_ref[ref]
        if mail and mail.lower() in self.by_mail:
            return self.by_mail[mail.lower()]
        if ref or mail or not name:
            return None
        found = self.by_name.get(fold(name), [])
        if unit and len(found) > 1:
            found = [one for one in found if any(fold(unit) in (fold(s.unit.code), fold(s.unit.name))
                                                 for s in self.units.get(one.pk, ()))]  # fmt: skip
        if len(found) > 1:
            raise BadCell(_("Several people have this name. Add their reference or e-mail address."))
        return found[0] if found else None

    def namesake(self, name: str) -> Person | None:
        """Who has exactly this name and neither a reference nor an e-mail address by which they could be somebody else."""
        found = [one for one in self.by_name.get(fold(name), []) if not one.external_ref and not one.email]
        return found[0] if name and len(found) == 1 else None


def people(source: Source) -> Plan:
    """The people of a file: found again by reference, else e-mail, else name and unit; new ones are added.

    A reference or an e-mail address that nobody has is taken for that of the one person of this name who has neither.
    """
    plan, known = Plan(), Known()
    roles, units = (
        index(Role.objects.all(), "code", "name", "name_en"),
        index(Unit.objects.all(), "code", "name", "name_en"),
    )
    meant: dict[Any, int] = {}
    for sheet in source.sheets:
        columns = Columns(sheet, PEOPLE)
        if not {"name", "last_name", "email", "external_ref"} & columns.places.keys():
            continue
        plan.unread += columns.unread
        for row in columns.rows:
            name = columns.text(row, "name") if "name" in columns.places else ""
            whole = " ".join(
                part for part in (columns.text(row, "first_name"), columns.text(row, "last_name") or name) if part
            )
            line = Line(row.number, whole or columns.text(row, "email"))
            plan.lines.append(line)
            _person(line, columns, row, whole, known, roles, units)
            mark = line.record.pk if line.record is not None and line.record.pk else None
            key = mark or (columns.text(row, "external_ref") or columns.text(row, "email").lower() or fold(whole))
            if key in meant:
                line.errors["external_ref"] = _("Line %(row)d means the same person already.") % {"row": meant[key]}
            meant.setdefault(key, row.number)
            settle(line)
    return plan


def _person(line: Line, columns: Columns, row: Row, name: str, known: Known, roles: Any, units: Any) -> None:
    given: dict[str, Any] = {}
    for field_name in ("external_ref", "email", "organisation"):
        if text := columns.text(row, field_name):
            given[field_name] = text
    for field_name, read in (("arrives_on", cells.day), ("leaves_on", cells.day), ("is_external", cells.flag)):
        if field_name in columns.places and not (read is cells.flag and columns.text(row, field_name) == ""):
            try:
                given[field_name] = read(columns.at(row, field_name))
            except BadCell as bad:
                line.errors[field_name] = str(bad)
    unit_text = columns.text(row, "unit")
    try:
        person = known.person(ref=given.get("external_ref", ""), mail=given.get("email", ""), name=name, unit=unit_text)
    except BadCell as bad:
        line.errors["name"] = str(bad)
        return
    if person is None and (person := known.namesake(name)) is not None:
        line.by_name = True
    if name:
        given["name"] = name
    elif person is None:
        line.errors["name"] = _("Somebody new needs a name.")
    for field_name, text, among in (("role", columns.text(row, "role"), roles), ("unit", unit_text, units)):
        if text and len(found := among.get(fold(text), [])) != 1:
            line.errors[field_name] = _("“%(value)s” is not known here. Create it first, or correct it.") % {
                "value": text[:60]
            }
        elif text and field_name == "role":
            given["role"] = found[0]
        elif text:
            line.unit = found[0]
    line.record = person or Person()
    if person is not None:
        line.what = person.name
    compare(line, given, ("leaves_on",))
    _unit_of(line, known)


def _unit_of(line: Line, known: Known) -> None:
    """A unit is taken over where the person has none or one; who is shared by several is left as they are."""
    shares = known.units.get(line.record.pk, []) if line.record.pk else []
    if line.unit is None or (len(shares) == 1 and shares[0].unit_id == line.unit.pk) or len(shares) > 1:
        line.unit = None
    else:
        line.changes["unit"] = (shares[0].unit.label if shares else None, line.unit.label)


def absences(source: Source, *, person: Person | None = None) -> Plan:
    """The absences of a table or a calendar, each of somebody it names, or all of `person`. No reference is made up."""
    plan, known, stored = Plan(), Known(), {}
    for one in Absence.objects.exclude(external_ref=""):
        stored[one.person_id, one.external_ref] = one
    by_days = {(one.person_id, one.first_day, one.last_day): one for one in Absence.objects.filter(external_ref="")}
    meant: dict[Any, int] = {}
    for sheet in source.sheets:
        columns = Columns(sheet, ABSENCES)
        if "first_day" not in columns.places:
            continue
        plan.unread += columns.unread
        for row in columns.rows:
            for line in _absences(columns, row, known, person, is_calendar=source.format == "ics"):
                plan.lines.append(line)
                if line.outcome == LEFT_OUT:
                    continue
                if isinstance(line.record, Absence) and not line.errors:
                    _found_again(line, stored, by_days, meant)
                settle(line)
    return plan


def _absences(columns: Columns, row: Row, known: Known, person: Person | None, *, is_calendar: bool) -> Iterator[Line]:
    """One line for each absence of a row: an event with times is one for each of its days."""
    whose, uid = columns.text(row, "email") or columns.text(row, "name"), columns.text(row, "external_ref")
    what = f"{person.name if person else whose} {uid[:40]}".strip()
    if fold(columns.text(row, "state")) in (
        "free",
        "cancelled",
        "annule",
        "annulee",
        "refuse",
        "refusee",
        "rejected",
    ):
        yield Line(row.number, what, LEFT_OUT)
        return
    try:
        found = person or known.person(
            ref=columns.text(row, "person_ref"), mail=columns.text(row, "email"), name=columns.text(row, "name"),
            unit=columns.text(row, "unit"),
        )  # fmt: skip
    except BadCell as bad:
        yield Line(row.number, what, errors={"name": str(bad)})
        return
    if found is None:
        words = _("Nobody here is called so. Add a known reference, e-mail address or name.")
        yield Line(row.number, what, errors={"person": words})
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
        hours = known.hours_of(found) if is_calendar else USUAL_HOURS
        for count, (first, last, share) in enumerate(_days(columns, row, is_calendar, hours)):
            ref = uid if not count else f"{uid}#{first:%Y%m%d}"
            row_of = Absence(
                person=found, kind=kind, first_day=first, last_day=last, share=share, external_ref=ref[:255]
            )
            yield Line(row.number, f"{found.name} · {first} – {last}", record=row_of)
    except BadCell as bad:
        yield Line(row.number, what, errors={"first_day": str(bad)})


def _days(columns: Columns, row: Row, is_calendar: bool, hours: float) -> Iterator[tuple[dt.date, dt.date, int]]:
    begin, end = columns.at(row, "first_day"), columns.at(row, "last_day")
    if is_calendar:
        yield from cells.pieces(begin, end, zone=ZoneInfo(settings.TIME_ZONE), hours=hours)
        return
    first = cells.day(begin)
    if first is None:
        raise BadCell(_("It has no first day."))
    last = cells.day(end) or first
    if last < first:
        raise BadCell(_("The last day is before the first. Correct one of the two."))
    yield first, last, cells.share(columns.at(row, "share"))


def _found_again(line: Line, stored: Any, by_days: Any, meant: dict[Any, int]) -> None:
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
    line.record = held or Absence(person=fresh.person)
    compare(line, given, ())


def compare(line: Line, given: dict[str, Any], clearable: tuple[str, ...]) -> None:
    """What differs from the stored record; the record gets the new values. What a file leaves empty stays as it is,
    but for a last day: emptied, nobody knows it any more.
    """
    record = line.record
    kept = {name: value for name, value in given.items() if value is not None or name in clearable}
    before = values(record, kept)
    called = {name: getattr(getattr(record, name), "label", getattr(record, name)) for name in kept}
    for name, value in kept.items():
        setattr(record, name, value)
    after = values(record, kept)
    labels = {name: getattr(value, "label", value) for name, value in kept.items()}
    line.changes |= {
        name: (called[name] if record.pk else None, labels[name])
        for name in kept
        if (audit.plain(before[name]) != audit.plain(after[name]) if record.pk else value_of(after[name]))
    }
    try:
        clean(record, [name for name in kept if not record._meta.get_field(name).is_relation])  # those were looked up
    except InvalidFields as invalid:
        line.errors |= {name: messages[0] for name, messages in invalid.errors.items()}
    leaves, arrives = getattr(record, "leaves_on", None), getattr(record, "arrives_on", None)
    if leaves and arrives and leaves < arrives:
        line.errors["leaves_on"] = _("The last day is before the day of arrival. Correct one of the two.")


def value_of(value: Any) -> bool:
    return value not in (None, "", False)


def settle(line: Line) -> None:
    """What becomes of it."""
    if line.errors:
        line.outcome = REFUSED
    elif line.record is not None and line.record.pk is None:
        line.outcome = CREATED
    else:
        line.outcome = UPDATED if line.changes else UNCHANGED
