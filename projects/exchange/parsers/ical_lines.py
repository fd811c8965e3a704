"""The lines of an iCalendar file (RFC 5545) → its events. Pure; nothing of what an event is called is kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

Moment = date | datetime
YEARS = range(1900, 2201)  # others are written for “never”, and what is reckoned from them runs out of the calendar
WINDOWS = {
    **dict.fromkeys(
        ("Romance Standard Time", "W. Europe Standard Time", "Central Europe Standard Time", "Central European Standard Time"),
        "Europe/Paris",
    ),
    "GMT Standard Time": "Europe/London", "Greenwich Standard Time": "Africa/Abidjan", "UTC": "UTC",
    "E. Europe Standard Time": "Europe/Chisinau", "GTB Standard Time": "Europe/Bucharest", "FLE Standard Time": "Europe/Kiev",
    "Morocco Standard Time": "Africa/Casablanca", "Eastern Standard Time": "America/New_York",
    "Central Standard Time": "America/Chicago", "Pacific Standard Time": "America/Los_Angeles",
}  # fmt: skip
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_DURATION = re.compile(r"\+?P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_MAIL = re.compile(r"mailto:(\S+@\S+)", re.IGNORECASE)
_ZONE = re.compile(r"^(?:X-WR-TIMEZONE|TZID)[;:](?:[^:\r\n]*:)?\s*\"?([^\"\r\n]+)", re.IGNORECASE | re.MULTILINE)
_AWAY_FOR_NOBODY = frozenset({"FREE", "WORKINGELSEWHERE"})  # what Outlook says beside TRANSP


@dataclass
class Event:
    """The lines of one event: {name: [(parameters, value)]}; `line` is where it begins, `zone` that of its calendar."""

    line: int
    zone: tzinfo | None = None
    lines: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    is_cancelled: bool = False  # by what the whole file is

    def text(self, name: str) -> str:
        return self.lines[name][0][1].strip() if name in self.lines else ""

    def moment(self, name: str) -> Moment | str:
        """A day, a moment with its zone, or the text that is neither."""
        parameters, value = self.lines[name][0]
        return moment_of(value.strip(), parameters)

    @property
    def begin(self) -> Moment | str:
        return self.moment("DTSTART") if "DTSTART" in self.lines else ""

    @property
    def end(self) -> Moment | str:
        """What is said, else as long as is said, else the day itself."""
        begin = self.begin
        if "DTEND" in self.lines:
            return self.moment("DTEND")
        if isinstance(begin, str):
            return ""
        if text := self.text("DURATION"):
            length = duration(text)
            return (later(begin, length) if length is not None else None) or text
        return begin if isinstance(begin, datetime) else begin + timedelta(days=1)

    @property
    def state(self) -> str:
        if self.is_cancelled:
            return "cancelled"
        busy = self.text("X-MICROSOFT-CDO-BUSYSTATUS").upper()
        free = self.text("TRANSP").upper() == "TRANSPARENT" or busy in _AWAY_FOR_NOBODY
        return "free" if free else self.text("STATUS").lower()

    @property
    def mail(self) -> str:
        found = (_MAIL.search(value) for name in ("ATTENDEE", "ORGANIZER") for _p, value in self.lines.get(name, ()))
        return next((one[1].lower() for one in found if one), "")

    @property
    def sequence(self) -> int:
        text = self.text("SEQUENCE")
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0

    @property
    def changed(self) -> str:
        """When it changed last; DTSTAMP is the moment of the export where the file says METHOD, else the same (3.8.7.2)."""
        return self._stamp("LAST-MODIFIED") or self._stamp("DTSTAMP")

    @property
    def revision(self) -> tuple[int, str, str]:
        """By which two versions of it are told apart: the higher SEQUENCE is newer, then what changed later (RFC 5546, 2.1.5)."""
        return self.sequence, self.changed, self._stamp("DTSTAMP")

    @property
    def version(self) -> str:
        """`revision` in words. That of a single occurrence says so: its SEQUENCE counts for itself."""
        return f"{self.sequence} {self.changed or '-'}" + (" single" if "RECURRENCE-ID" in self.lines else "")

    def _stamp(self, name: str) -> str:
        found = self.moment(name) if name in self.lines else ""
        if not isinstance(found, datetime):
            return ""
        return f"{found.astimezone(UTC) if found.tzinfo else found:%Y%m%dT%H%M%SZ}"


def unfolded(text: str) -> Iterator[tuple[int, str]]:
    """(number of its first line, content line): a line that begins with a blank goes on with the one before."""
    held, number = "", 0
    for count, line in enumerate(text.splitlines(), 1):
        if line[:1] in (" ", "\t") and held:
            held += line[1:]
            continue
        if held:
            yield number, held
        held, number = line, count
    if held:
        yield number, held


def events_in(text: str) -> Iterator[Event]:
    event: Event | None = None
    inside = 0  # an alarm in an event has an end of its own
    named = _ZONE.search(text)
    zone = zone_of(named[1].strip()) if named else None
    for number, line in unfolded(text):
        head, _colon, value = line.partition(":")
        if '"' in head and head.count('"') % 2:  # a colon inside quotes
            rest, _quote, more = value.partition('":')
            head, value = f"{head}:{rest}", more
        name, _sep, parameters = head.partition(";")
        name = name.upper()
        if name == "BEGIN":
            if value.upper() == "VEVENT":
                event, inside = Event(number, zone), 0
            elif event:
                inside += 1
        elif name == "END":
            if value.upper() == "VEVENT" and event:
                yield event
                event = None
            elif event:
                inside -= 1
        elif event and not inside:
            event.lines.setdefault(name, []).append((parameters, value))


def moment_of(value: str, parameters: str) -> Moment | str:
    found = _STAMP.fullmatch(value)
    if not found or int(found[1]) not in YEARS:
        return value
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        if hour is None:
            return date(int(year), int(month), int(day))
        naive = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))
    except ValueError:
        return value
    if utc:
        return naive.replace(tzinfo=UTC)
    named = re.search(r"TZID=\"?([^;\"]+)", parameters)
    return naive.replace(tzinfo=zone_of(named[1])) if named else naive


@lru_cache(maxsize=256)
def zone_of(name: str) -> tzinfo | None:
    """None for a zone nobody knows: its hours are then those of the clock here."""
    for one in (WINDOWS.get(name, name), "/".join(name.split("/")[-2:])):  # “/vendor/20050126_1/Europe/Paris”
        try:
            return ZoneInfo(one)
        except (KeyError, ValueError, OSError):
            continue
    return None


def is_far(value: str) -> bool:
    """Whether it is a moment after all that are read, as “99991231” is for a series that does not end."""
    found = _STAMP.fullmatch(value)
    return found is not None and int(found[1]) >= YEARS.stop


def later(begin: Moment, length: timedelta) -> Moment | None:
    """None where no calendar goes so far."""
    try:
        end = begin + length
    except OverflowError:
        return None
    return end if end.year in YEARS else None


def duration(text: str) -> timedelta | None:
    found = _DURATION.fullmatch(text)
    if not found or not any(found.groups()):
        return None
    try:
        weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
        return timedelta(weeks * 7 + days, seconds, minutes=minutes, hours=hours)
    except (OverflowError, ValueError):
        return None
