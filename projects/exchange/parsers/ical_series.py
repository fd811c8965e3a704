"""A repeated event → its occurrences within reach, in its own time zone, so that ten o'clock stays ten o'clock (RFC 5545, 3.8.5).

The set is the first occurrence, those of RRULE and RDATE, less those of EXDATE and EXRULE; a single one may be another than the
rule says (RECURRENCE-ID), and so may all from one on (RANGE=THISANDFUTURE).
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, time, timedelta, tzinfo

from dateutil.rrule import rrulestr  # type: ignore[import-untyped]

from projects.exchange.parsers.ical_lines import Event, Moment, duration, is_far, later, moment_of
from projects.exchange.problems import RefusedFile

MOST_OCCURRENCES = 1_100  # every day of the three years
BACK, AHEAD = timedelta(days=366), timedelta(days=731)
REPEATED = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
Occurrence = tuple[Moment, Moment, Moment, Event]  # (when the rule says, begin, end, which event says so)


class Unread(ValueError):
    """A rule or an extra day that does not read, as it is written."""


def repeats(event: Event) -> bool:
    return "RRULE" in event.lines or "RDATE" in event.lines


def occurrences(event: Event, changed: Mapping[Moment | str, Event], today: date) -> Iterator[Occurrence]:
    """Each of `event`, or what `changed` says of it by when it would have been. Raises Unread."""
    begin = event.begin
    assert not isinstance(begin, str)
    later = sorted(
        ((_moment(key, begin), key, one) for key, one in changed.items() if not isinstance(key, str) and goes_on(one)),
        key=lambda found: found[0],
    )
    for start, end in starts(event, today).items():
        if start in changed or (isinstance(start, datetime) and start.date() in changed):
            one = changed.get(start) or changed[_day(start)]
            yield start, _known(one.begin), _known(one.end), one
            continue
        since = [found for found in later if found[0] < _moment(start, begin)]
        if since:
            yield start, *_shifted(start, since[-1][1], since[-1][2]), since[-1][2]
        else:
            yield start, start, end, event


def goes_on(event: Event) -> bool:
    return "THISANDFUTURE" in event.lines["RECURRENCE-ID"][0][0].upper()


def key_of(event: Event, begin: Moment | str) -> Moment | str:
    """When the occurrence would have been that it changes, as its series says it."""
    return aligned(event.moment("RECURRENCE-ID"), begin, event.zone)


def aligned(moment: Moment | str, begin: Moment | str, zone: tzinfo | None) -> Moment | str:
    """The same moment as a series that begins at `begin` would say it: programs write UTC, a day or no zone beside any of these.

    A day stays a day: it means whatever begins on it.
    """
    if isinstance(moment, str) or isinstance(begin, str):
        return moment
    if not isinstance(begin, datetime):
        if not isinstance(moment, datetime):
            return moment
        return (moment.astimezone(zone) if moment.tzinfo and zone else moment).date()
    if not isinstance(moment, datetime):
        return moment
    if begin.tzinfo is None:
        return (moment.astimezone(zone) if moment.tzinfo and zone else moment).replace(tzinfo=None)
    return moment.astimezone(begin.tzinfo) if moment.tzinfo else moment.replace(tzinfo=begin.tzinfo)


def starts(event: Event, today: date) -> dict[Moment, Moment]:
    """{begin: end} of those within reach, the earliest first."""
    begin, end = event.begin, event.end
    assert not isinstance(begin, str)
    assert not isinstance(end, str)
    length = span(begin, end)
    found = {begin: end}
    for _p, rule in event.lines.get("RRULE", ()):
        found |= {start: start + length for start in ruled(event, begin, rule, today)}
    found |= dict(_extra(event, begin, length))
    out: set[Moment | str] = set()
    for _p, rule in event.lines.get("EXRULE", ()):
        out |= set(ruled(event, begin, rule, today))
    for parameters, value in event.lines.get("EXDATE", ()):
        for one in value.split(","):
            moment = aligned(moment_of(one.strip(), parameters), begin, event.zone)
            if isinstance(moment, str):
                raise Unread(f"EXDATE:{moment}")
            out.add(moment)
    near = today - BACK, today + AHEAD
    kept = [one for one in found if one not in out and _day(one) not in out and near[0] <= _day(one) <= near[1]]
    return {one: found[one] for one in sorted(kept)[:MOST_OCCURRENCES]}


def _extra(event: Event, begin: Moment, length: timedelta) -> Iterator[tuple[Moment, Moment]]:
    """(begin, end) of the RDATEs: a day, a moment, or a period with an end or a length of its own."""
    for parameters, value in event.lines.get("RDATE", ()):
        for one in value.split(","):
            first, _slash, last = one.strip().partition("/")
            start = aligned(moment_of(first, parameters), begin, event.zone)
            own = duration(last) if last.startswith(("P", "+P")) else None
            stop = aligned(moment_of(last, parameters), begin, event.zone) if last and own is None else None
            if isinstance(start, str) or isinstance(stop, str):
                raise Unread(f"RDATE:{one.strip()}")
            if isinstance(begin, datetime) and not isinstance(start, datetime):
                start = datetime.combine(start, begin.timetz())
            end = later(start, length if own is None else own) if stop is None else stop
            if end is None:
                raise Unread(f"RDATE:{one.strip()}")
            yield start, end


def ruled(event: Event, begin: Moment, rule: str, today: date) -> list[Moment]:
    """When a rule says that it begins, within reach. Raises Unread for a rule that is not understood."""
    zone = begin.tzinfo if isinstance(begin, datetime) else event.zone
    try:
        parts = dict(one.split("=", 1) for one in rule.strip().upper().split(";") if one)
        if parts.get("FREQ") not in REPEATED:
            raise Unread(rule)
        if is_far(parts.get("UNTIL", "")):
            del parts["UNTIL"]
        if "UNTIL" in parts:
            until = moment_of(parts["UNTIL"], "")
            if isinstance(until, str):
                raise Unread(rule)
            if isinstance(until, datetime) and until.tzinfo and zone:
                until = until.astimezone(zone)
            last = until if isinstance(until, datetime) else datetime.combine(until, time(23, 59, 59))
            parts["UNTIL"] = last.strftime("%Y%m%dT%H%M%S")
        first = begin.replace(tzinfo=None) if isinstance(begin, datetime) else datetime.combine(begin, time())
        found = rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=first)
        return list(_within(found, begin, today))
    except (ValueError, TypeError, KeyError, OverflowError) as error:
        raise Unread(f"RRULE:{rule}") from error


def _within(found: "rrulestr", begin: Moment, today: date) -> Iterator[Moment]:
    for count, start in enumerate(found.xafter(datetime.combine(today - BACK, time()), inc=True)):
        if start.date() > today + AHEAD or count >= MOST_OCCURRENCES:
            return
        yield start.replace(tzinfo=begin.tzinfo) if isinstance(begin, datetime) else start.date()


def span(begin: Moment, end: Moment) -> timedelta:
    """By the clock on the wall: so many days later it is the same time of day, whatever the clocks did meanwhile."""
    if isinstance(begin, datetime) and isinstance(end, datetime):
        return end.replace(tzinfo=None) - begin.replace(tzinfo=None)
    if isinstance(begin, datetime) or isinstance(end, datetime):
        raise RefusedFile("calendar_mixes_days_and_times")
    return end - begin


def reference(moment: Moment | str) -> str:
    if isinstance(moment, str):
        return moment
    return moment.strftime("%Y%m%d" if not isinstance(moment, datetime) else "%Y%m%dT%H%M")


def _shifted(start: Moment, key: Moment | str, event: Event) -> tuple[Moment, Moment]:
    """As many days later as `event` is than the occurrence at `key`, at its time of day and as long."""
    begin, end = _known(event.begin), _known(event.end)
    first: Moment = _day(start) + (_day(begin) - _day(_known(key)))
    if isinstance(begin, datetime):
        first = datetime.combine(first, begin.timetz())
    return first, first + span(begin, end)


def _known(moment: Moment | str) -> Moment:
    if isinstance(moment, str):
        raise Unread(moment)
    return moment


def _day(moment: Moment) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _moment(key: Moment | str, begin: Moment) -> datetime:
    """For comparing days with moments of one series."""
    key = _known(key)
    if isinstance(key, datetime):
        return key
    return datetime.combine(key, time(), begin.tzinfo if isinstance(begin, datetime) else None)
