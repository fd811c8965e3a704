"""Drafts: every field is saved on its own, as it is written. Two people who write different fields both keep theirs.

A change comes with what its writer saw; a field that somebody else changed meanwhile is a conflict, told with both values.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import models
from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import DECLARE_STATUS
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from projects.raid.models import Risk
from reporting.status.knowing import Knowledge
from reporting.status.models import DIMENSIONS, StatusReport
from reporting.status.rules import LONG_LINE, MANY_LINES

MOST_DIGITS = 18
IDLE = 60  # seconds after which nobody was writing (K-O15)
JUDGEMENTS = ("declared", *DIMENSIONS)
TEXTS = frozenset(
    {"declared", "trend", "key_message", "summary", "percent_reason", "exception_cause", "exception_plan", "ask"}
    | {"ask_question", "ask_recommendation", "ask_committee", "new_risk_title", "new_risk_kind", "confidential_note"}
    | {f"{one}{part}" for one in JUDGEMENTS for part in ("_reason", "_evidence")}
    | {f"{one}{part}" for one in DIMENSIONS for part in ("", "_comment")}
)
NUMBERS = frozenset(
    {"percent_complete", "etc", "ask_amount", "new_risk_probability", "new_risk_impact", "new_risk_owner"}
)
DAYS = frozenset({"back_to_green", "ask_needed_by"})
LISTS = frozenset({"highlights", "next_steps", "ask_options"})
PARTS = {
    "milestones": frozenset({"forecast", "reached", "cause", "note"}),
    "risks": frozenset({""}),
    "confirmed": frozenset({""}),
}
KNOWN_DAYS = {"forecast": "forecast_date", "reached": "actual_date"}  # part of a milestone in a report: its field
GUARDED = {
    "etc": "costs", "exception_cause": "costs", "exception_plan": "costs", "ask_amount": "budget",
    "confidential_note": "confidential_note",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One field as its writer leaves it, and as they saw it before (None: not compared)."""

    value: Any
    seen: Any = None


@dataclass(slots=True)
class Saved:
    """`conflicts` are {field: (what this writer wanted, what is stored)}; everything else is kept."""

    report: StatusReport
    conflicts: dict[str, tuple[Any, Any]] = field(default_factory=dict)


def save_draft(*, report: StatusReport, by: User, changes: Mapping[str, Change], on: date, at: datetime) -> Saved:
    """Save these fields of a report. Raises InvalidFields for values that are none, DomainError when it is closed."""
    with editing.writing(), trace.acting(by):
        row = opened(report, by=by, on=on)
        saved, errors, kept = Saved(row), {}, 0
        for name, change in changes.items():
            try:
                check_known(name, row, by=by)
                wanted = value_of(name, change.value)
            except DomainError as error:
                errors[name] = [error.message]
                continue
            stored = told(row, name)
            if same(stored, wanted):
                continue
            if change.seen is not None and not any(
                same(one, value_of(name, change.seen)) for one in (stored, known_day(row, name))
            ):
                saved.conflicts[name] = (wanted, stored)
                continue
            put(row, name, wanted)
            kept += 1
        if errors:
            raise InvalidFields(errors)
        if saved.conflicts and not kept:
            return saved  # nothing of it was kept
        editing.clean(row, {name.partition(".")[0] for name in changes} - {"confirmed", *saved.conflicts})
        count_time(row, at)
        row.author = by
        row.save()
        return saved


def opened(report: StatusReport, *, by: User, on: date) -> StatusReport:
    """The report, held to be written: with its first values the first time. Refused once it was submitted or frozen."""
    row = editing.hold(StatusReport, report.pk)
    check_right(row, by=by)
    if row.state in StatusReport.OVER:
        raise DomainError(_("This period is frozen: the report stays as it was reported."))
    if not row.is_editable:
        raise DomainError(_("This report was submitted. Take it back to change it."))
    if row.state == StatusReport.State.NOT_STARTED:
        for name, value in Knowledge(row, user=by, on=on).prefilled().items():
            setattr(row, name, value)
        row.state = StatusReport.State.DRAFT
    return row


def check_right(row: StatusReport, *, by: User) -> None:
    if not by.has_perm(DECLARE_STATUS, row.project):
        raise NotAllowed(_("Your role does not let you report on this project."))


def check_known(name: str, row: StatusReport, *, by: User) -> None:
    """Refuse what is no field of a report, no milestone or risk of its project, or not for this writer."""
    base, _dot, rest = name.partition(".")
    key, _dot, part = rest.partition(".")
    if base == "confirmed":
        known = rest.startswith("VR-") and len(rest) < LONG_LINE
    elif base in PARTS:
        kind = Milestone if base == "milestones" else Risk
        known = is_key(key) and part in PARTS[base] and kind.objects.filter(pk=key, project=row.project_id).exists()
    else:
        known = name in TEXTS | NUMBERS | DAYS | LISTS
    if not known or (name in GUARDED and not Access.of(by).sees(GUARDED[name], row.project)):
        raise DomainError(_("This field cannot be changed here."), field=name)


def is_key(text: str) -> bool:
    """Whether this is an id as the database writes it: no other digits, no zeros in front."""
    return text.isascii() and text.isdigit() and len(text) < MOST_DIGITS and text == str(int(text))


def value_of(name: str, given: Any) -> Any:
    """What a form sends, as the field holds it. Raises DomainError with what to write instead."""
    base = name.partition(".")[0]
    if name in LISTS:
        return lines_of(name, given)
    text = "" if given is None else str(given).strip()
    if base in PARTS:
        return day_of(text).isoformat() if text and name.endswith((".forecast", ".reached")) else text[:300]
    if name in TEXTS:
        return text
    if not text:
        return None
    return day_of(text) if name in DAYS else number_of(name, text)


def day_of(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise DomainError(_("Enter a valid date.")) from error


def number_of(name: str, text: str) -> Any:
    try:
        number = Decimal(text.replace("\u202f", "").replace("\xa0", "").replace(" ", "").replace(",", "."))
    except InvalidOperation as error:
        raise DomainError(_("Enter a number.")) from error
    if not number.is_finite() or number.adjusted() > MOST_DIGITS:  # a power of ten would be written out below
        raise DomainError(_("Enter a number."))
    return int(number) if name.startswith("new_risk") else number


def lines_of(name: str, given: Any) -> list[str]:
    """Lines of text, at most five of 120 characters (VR-13)."""
    found = [str(line).strip() for line in (given if isinstance(given, list) else str(given or "").splitlines())]
    found = [line for line in found if line]
    if len(found) > MANY_LINES or any(len(line) > LONG_LINE for line in found):
        message = _("At most %(lines)d lines of %(characters)d characters.")
        raise DomainError(message % {"lines": MANY_LINES, "characters": LONG_LINE}, field=name)
    return found


def told(row: StatusReport, name: str) -> Any:
    """What the report says in this field."""
    base, _dot, rest = name.partition(".")
    if base not in PARTS:
        return getattr(row, row._meta.get_field(name).attname)  # type: ignore[union-attr]
    key, _dot, part = (rest, "", "") if base == "confirmed" else rest.partition(".")
    held = getattr(row, base).get(key, {} if part else "")
    return held.get(part, "") if part else held


def known_day(row: StatusReport, name: str) -> Any:
    """What a form shows of this field: of a milestone that the report leaves alone, the day that is known."""
    value, parts = told(row, name), name.split(".")
    if value or parts[0] != "milestones" or parts[-1] not in KNOWN_DAYS:
        return value
    days = Milestone.objects.filter(pk=parts[1], project=row.project_id).values_list(KNOWN_DAYS[parts[-1]], flat=True)
    return "" if (day := days.first()) is None else day.isoformat()


def put(row: StatusReport, name: str, value: Any) -> None:
    base, _dot, rest = name.partition(".")
    if base not in PARTS:
        setattr(row, row._meta.get_field(name).attname, value)  # type: ignore[union-attr]
        return
    parts = dict(getattr(row, base))
    key, _dot, part = (rest, "", "") if base == "confirmed" else rest.partition(".")
    if part:
        parts[key] = {**parts.get(key, {}), part: value}
    elif value:
        parts[key] = value
    else:
        parts.pop(key, None)
    setattr(row, base, parts)


def same(one: Any, other: Any) -> bool:
    """Whether two values say the same: an empty one is an empty one, and 10 is 10.00."""
    return one == other or (one in (None, "", []) and other in (None, "", []))


def count_time(row: StatusReport, at: datetime) -> None:
    """Add the time since the last sign of writing, without pauses."""
    if row.last_typed_at is not None:
        seconds = (at - row.last_typed_at).total_seconds()
        if 0 < seconds <= IDLE:
            row.entry_seconds += round(seconds)
    row.last_typed_at = at


def values(report: StatusReport, knowledge: Knowledge) -> dict[str, Any]:
    """What the form shows: the draft, or for one that was not begun its first values."""
    fields = {
        one.name: getattr(report, one.attname) for one in report._meta.concrete_fields if isinstance(one, models.Field)
    }
    return fields if report.state != StatusReport.State.NOT_STARTED else fields | knowledge.prefilled()
