"""iCalendar (RFC 5545) → one sheet of events: reference, e-mail, begin, end, state, version. What an event says is not kept.

Repeated events are written out between a year back and two years ahead. Of several versions of an event the newest counts and the
others are told. What does not read is left as it was written, for the row to be refused with its place.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from projects.exchange import limits
from projects.exchange.parsers import csv
from projects.exchange.parsers.ical_lines import Event, Moment, events_in
from projects.exchange.parsers.ical_series import Unread, key_of, occurrences, reference, repeats
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Row, Sheet, Source

HEADINGS = ("UID", "E-mail", "Begin", "End", "State", "Event version")
# States of a version that does not count; the last column then has the line of the one that does.
OLDER, TWICE, UNCLEAR = "older version", "same version", "unclear version"
# What its sheet is called: a calendar, or a message about some events of one (RFC 5546).
WHOLE, MESSAGE = "VEVENT", "METHOD:"
_METHOD = re.compile(r"^METHOD:\s*(\w+)\s*$", re.IGNORECASE | re.MULTILINE)


def is_calendar(content: bytes) -> bool:
    return content.lstrip(b"\xef\xbb\xbf \t\r\n")[:15].upper() == b"BEGIN:VCALENDAR"


def parse(content: bytes, today: date | None = None) -> Source:
    """Raises RefusedFile for a calendar that was cut off."""
    text, encoding = csv.decode(content)
    if not text.rstrip().upper().endswith("END:VCALENDAR"):
        raise RefusedFile("calendar_cut_off")
    events, found = list(events_in(text)), _METHOD.search(text)
    method = found[1].upper() if found else "PUBLISH"
    whose: dict[str, str] = {}
    for event in events:
        event.is_cancelled = method == "CANCEL"
        if event.mail:
            whose.setdefault(event.text("UID"), event.mail)
    groups: dict[tuple[str, str] | int, list[Event]] = {}
    for event in events:  # a meeting of two people is there for each, with one UID
        uid = event.text("UID")
        groups.setdefault((uid, event.mail or whose.get(uid, "")) if uid else event.line, []).append(event)
    rows: list[Row] = []
    for group in groups.values():
        mail = group[0].mail or whose.get(group[0].text("UID"), "")
        rows += rows_of(group, mail, today or date.today())
        if len(rows) >= limits.MAX_ROWS:
            raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
    rows.sort(key=lambda row: row.number)
    name = WHOLE if method == "PUBLISH" else f"{MESSAGE}{method}"
    return Source("ics", (Sheet(name, (Row(1, HEADINGS), *rows)),), encoding=encoding)


def rows_of(versions: Sequence[Event], mail: str, today: date) -> Iterator[Row]:
    """All that one UID means for one person."""
    whole, old = newest([one for one in versions if "RECURRENCE-ID" not in one.lines])
    begin = whole.begin if whole else ""
    by_key: dict[Moment | str, list[Event]] = {}
    for one in versions:
        if "RECURRENCE-ID" in one.lines:
            by_key.setdefault(key_of(one, begin), []).append(one)
    changed: dict[Moment | str, Event] = {}
    for key, ones in by_key.items():
        best, older = newest(ones)
        old += older
        if best is not None:
            changed[key] = best
    for one, state, better in old:
        yield _row(one, mail, one.text("UID"), one.begin, one.end, state=state, version=str(better.line))
    if whole is None:
        yield from _singles(changed, mail)
    elif whole.state == "cancelled":
        yield _row(whole, mail, whole.text("UID"), begin, whole.end)
    elif isinstance(begin, str) or isinstance(whole.end, str) or not repeats(whole) or not whole.text("UID"):
        yield _row(whole, mail, whole.text("UID"), begin, whole.end)
        yield from _singles(changed, mail)
    else:
        yield from _series(whole, changed, mail, today)


def newest(versions: Sequence[Event]) -> tuple[Event | None, list[tuple[Event, str, Event]]]:
    """(the version that counts, [(another one, why it does not, the one that counts)])."""
    if not versions:
        return None, []
    best = max(versions, key=lambda one: one.revision)
    rest = [one for one in versions if one is not best]
    return best, [(one, _why(one, best), best) for one in rest]


def _why(one: Event, best: Event) -> str:
    if one.revision < best.revision:
        return OLDER
    return TWICE if one.lines == best.lines else UNCLEAR


def _series(whole: Event, changed: dict[Moment | str, Event], mail: str, today: date) -> Iterator[Row]:
    """Each occurrence, then what is said of occurrences that the series does not have (within reach)."""
    uid = whole.text("UID")
    left = dict(changed)
    try:
        for start, first, last, said in list(occurrences(whole, changed, today)):
            if said is not whole:
                left = {key: one for key, one in left.items() if one is not said or key not in (start, _day_of(start))}
            yield _row(said, mail, f"{uid}#{reference(start)}", first, last)
    except (Unread, OverflowError) as unread:
        yield _row(whole, mail, uid, str(unread), "")
    yield from _singles(left, mail)


def _day_of(moment: Moment) -> date:
    return date(moment.year, moment.month, moment.day)


def _singles(changed: dict[Moment | str, Event], mail: str) -> Iterator[Row]:
    for key, one in changed.items():
        uid = one.text("UID")
        yield _row(one, mail, f"{uid}#{reference(key)}" if uid else "", one.begin, one.end)


def _row(
    event: Event, mail: str, uid: str, first: Moment | str, last: Moment | str, *, state: str = "", version: str = ""
) -> Row:
    return Row(event.line, (uid, mail, first, last, state or event.state, version or event.version))
