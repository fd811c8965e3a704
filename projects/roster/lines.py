"""What a file would change, line by line: the records as they would be written, and what is wrong with them."""

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import audit
from pmo_portal.core.editing import InvalidFields, clean, values
from projects.exchange.words import fold
from projects.resources.models import Unit
from projects.resources.services import RATE
from projects.roster.day_order import DayOrder

OF_RATES = RATE | {"rate"}  # fields of a line that are for who sees rates
CREATED, UPDATED, UNCHANGED, REFUSED, LEFT_OUT = "created", "updated", "unchanged", "refused", "left_out"


@dataclass(slots=True)
class Part:
    """A row of somebody that is written with their line: a new one, or one of which these fields change."""

    row: Any
    changed: tuple[str, ...] = ()


@dataclass(slots=True)
class Line:
    """One record of the file: `row` is where it stands, `changes` {field: (before, after)}, `errors` {field: message}."""

    row: int
    what: str
    outcome: str = UNCHANGED
    changes: dict[str, tuple[Any, Any]] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    record: Any = None  # as it would be written
    units: list[tuple[Unit, int]] | None = None  # all of theirs, each with its share, where that changes
    parts: list[Part] = field(default_factory=list)
    ref: str = ""  # by which the file knows it
    by_name: bool = False  # the record was found by its name alone, although the line says more
    more: dict[str, Any] = field(default_factory=dict)  # what else a report tells of it


@dataclass(slots=True)
class Plan:
    lines: list[Line] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)  # what the file holds that nobody who looks at it expects
    gone: list[Any] = field(default_factory=list)  # records of the same source that the file has no more
    days: list[DayOrder] = field(default_factory=list)  # how the dates of each sheet were read
    guarded: list[str] = field(default_factory=list)  # headings of what the importer may not see, so they were not read
    ignored: list[str] = field(
        default_factory=list
    )  # headings of what a file of this kind says and nobody reads from it

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
