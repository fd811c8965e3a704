"""iCalendar (RFC 5545) → one sheet of events: reference, e-mail, begin, end, state. Nothing of what an event says is kept.

Repeated events are written out between a year back and two years ahead, in their own time zone, so that ten o'clock stays ten
o'clock over a change of clocks. What does not read is left as it was written, for the row to be refused with its place.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from projects.exchange import limits
from projects.exchange.parsers import csv
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Cell, Row, Sheet, Source

HEADINGS = ("UID", "E-mail", "Begin", "End", "State")
MOST_OCCURRENCES = 800
BACK, AHEAD = timedelta(days=366), timedelta(days=731)
REPEATED = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
WINDOWS = dict.fromkeys(
    ("Romance Standard Time", "W. Europe Standard Time", "Central Europe Standard Time"), "Europe/Paris"
) | {"GMT Standard Time": "Europe/London", "Eastern Standard Time": "America/New_York"}
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_CANCELS = re.compile(r"^METHOD:CANCEL\s*$", re.IGNORECASE | re.MULTILINE)
_MAIL = re.compile(r"mailto:(\S+@\S+)", re.IGNORECASE)
Moment = date | datetime


@dataclass
class Event:
    """The lines of one event: {name: [(parameters, value)]}; `line` is where it begins."""

    line: int
    lines: dict[str, list[tuple[str, str]]] = field(default_factory=dict)

    def text(self, name: str) -> str:
        return self.lines[name][0][1].strip() if name in self.lines else ""

    def moment(self, name: str) -> Moment | str:
        """A day, a moment with its zone, or the text that is neither."""
        parameters, value = self.lines[name][0]
        return moment_of(value.strip(), parameters)


def is_calendar(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR"


def parse(content: bytes, today: date | None = None) -> Source:
    """Raises RefusedFile for a calendar that was cut off."""
    text, encoding = csv.decode(content)
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise RefusedFile("calendar_cut_off")
    rows = [Row(1, HEADINGS)]
    moved: dict[str, set[Moment | str]] = {}
    events = list(events_in(text))
    is_cancelled = bool(_CANCELS.search(text))
    for event in events:
        if "RECURRENCE-ID" in event.lines:
            moved.setdefault(event.text("UID"), set()).add(event.moment("RECURRENCE-ID"))
    for event in events:
        rows += rows_of(event, moved.get(event.text("UID"), set()), today or date.today(), is_cancelled=is_cancelled)
        if len(rows) > limits.MAX_ROWS:
            raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
    return Source("ics", (Sheet("VEVENT", tuple(rows)),), encoding=encoding)


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
    for number, line in unfolded(text):
        head, _colon, value = line.partition(":")
        if '"' in head and head.count('"') % 2:  # a colon inside quotes
            rest, _quote, more = value.partition('":')
            head, value = f"{head}:{rest}", more
        name, _sep, parameters = head.partition(";")
        name = name.upper()
        if name == "BEGIN":
            if value.upper() == "VEVENT":
                event, inside = Event(number), 0
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
    if not found:
        return value
    year, month, day, hour, minute, second, utc = found.groups()
    try:
        if hour is None:
            return date(int(year), int(month), int(day))
        naive = datetime(int(year), int(month), int(day), int(hour), int(minute), min(int(second), 59))
    except ValueError:
        return value
    if utc:
        return naive.replace(tzinfo=ZoneInfo("UTC"))
    named = re.search(r"TZID=\"?([^;\"]+)", parameters)
    try:
        return naive.replace(tzinfo=ZoneInfo(WINDOWS.get(named[1], named[1]))) if named else naive
    except (KeyError, ValueError, OSError):  # a zone nobody knows: as the clock on the wall here says
        return naive


def rows_of(event: Event, moved: set[Moment | str], today: date, *, is_cancelled: bool = False) -> Iterator[Row]:
    state = "free" if event.text("TRANSP").upper() == "TRANSPARENT" else event.text("STATUS").lower()
    state = "cancelled" if is_cancelled else state
    mails = [found[1] for name in ("ATTENDEE", "ORGANIZER") for _p, value in event.lines.get(name, ())
             if (found := _MAIL.search(value))]  # fmt: skip
    mail = mails[0].lower() if mails else ""
    uid = event.text("UID")
    begin: Moment | str = event.moment("DTSTART") if "DTSTART" in event.lines else ""
    end = end_of(event, begin)

    def row(uid: str, first: Cell, last: Cell) -> Row:
        return Row(event.line, (uid, mail, first, last, state))

    if isinstance(begin, str) or isinstance(end, str):
        yield row(uid, begin, end)
    elif "RECURRENCE-ID" in event.lines:
        yield row(f"{uid}#{reference(event.moment('RECURRENCE-ID'))}", begin, end)
    elif "RRULE" not in event.lines:
        yield row(uid, begin, end)
    else:
        rule = event.text("RRULE")
        length = span(begin, end)
        try:
            starts = occurrences(begin, rule, today)
        except (ValueError, TypeError, KeyError, OverflowError):
            yield row(uid, f"RRULE:{rule}", "")
            return
        left_out = {moment_of(one.strip(), p) for p, value in event.lines.get("EXDATE", ()) for one in value.split(",")}
        for start in starts:
            days_out = (
                isinstance(start, datetime) and start.date() in left_out
            )  # a day leaves out whatever begins on it
            if start not in left_out and start not in moved and not days_out:
                yield row(f"{uid}#{reference(start)}", start, after(start, length))


def end_of(event: Event, begin: Moment | str) -> Moment | str:
    """What is said, else as long as is said, else the day itself."""
    if "DTEND" in event.lines:
        return event.moment("DTEND")
    if isinstance(begin, str):
        return ""
    found = _DURATION.fullmatch(event.text("DURATION"))
    if found and any(found.groups()):
        weeks, days, hours, minutes, seconds = (int(one or 0) for one in found.groups())
        return after(begin, timedelta(weeks * 7 + days, seconds, minutes=minutes, hours=hours))
    return begin if isinstance(begin, datetime) else begin + timedelta(days=1)


def after(start: Moment, length: timedelta) -> Moment:
    """The same time of day so many days later, whatever the clocks did meanwhile."""
    return start + length


def span(begin: Moment, end: Moment) -> timedelta:
    if isinstance(begin, datetime) and isinstance(end, datetime):
        return end.replace(tzinfo=None) - begin.replace(tzinfo=None)
    if isinstance(begin, datetime) or isinstance(end, datetime):
        raise RefusedFile("calendar_mixes_days_and_times")
    return end - begin


def reference(moment: Moment | str) -> str:
    return (
        moment
        if isinstance(moment, str)
        else moment.strftime("%Y%m%d" if not isinstance(moment, datetime) else "%Y%m%dT%H%M")
    )


def occurrences(begin: Moment, rule: str, today: date) -> list[Moment]:
    """When a repeated event begins, within reach. Raises ValueError for a rule that is not understood."""
    parts = dict(one.split("=", 1) for one in rule.upper().split(";") if one)
    if parts.get("FREQ") not in REPEATED:
        raise ValueError(rule)
    zone = begin.tzinfo if isinstance(begin, datetime) else None
    if "UNTIL" in parts:
        until = moment_of(parts["UNTIL"], "")
        if isinstance(until, str):
            raise ValueError(rule)
        if isinstance(until, datetime) and until.tzinfo and zone:
            until = until.astimezone(zone)
        last = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
        parts["UNTIL"] = last.strftime("%Y%m%dT%H%M%S")
    first = begin.replace(tzinfo=None) if isinstance(begin, datetime) else datetime.combine(begin, time())
    found = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
    near = datetime.combine(today - BACK, time()), datetime.combine(today + AHEAD, time())
    starts: list[Moment] = []
    for start in found.xafter(near[0], inc=True):
        if start > near[1] or len(starts) >= MOST_OCCURRENCES:
            break
        starts.append(start.replace(tzinfo=zone) if isinstance(begin, datetime) else start.date())
    return starts
