"""Calendars as four programs write them: exceptions, extra days, versions of one event, within a file and from file to file."""

from datetime import date

import pytest

from pmo_portal.core.models import User
from projects.exchange.models import ImportBatch
from projects.exchange.parsers import ics
from projects.resources.models import Absence, Person
from projects.roster import services
from projects.roster.absences import absences, is_older
from projects.roster.lines import LEFT_OUT, Plan
from tests import make
from tests.cast import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
TODAY = date(2027, 1, 1)


def written(text: str) -> bytes:
    """A calendar of these lines; events are apart by an empty one."""
    head, *events = (part.strip().replace("\n", "\r\n") for part in text.strip().split("\n\n"))
    bodies = [f"BEGIN:VEVENT\r\n{one}\r\nEND:VEVENT" for one in events]
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", head, *bodies, "END:VCALENDAR", ""]).encode()


OUTLOOK = """
PRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN
METHOD:PUBLISH
BEGIN:VTIMEZONE
TZID:Romance Standard Time
BEGIN:STANDARD
DTSTART:16011028T030000
RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
END:STANDARD
END:VTIMEZONE

CLASS:PUBLIC
DTSTAMP:20270105T080000Z
DTSTART;TZID="Romance Standard Time":20270301T090000
DTEND;TZID="Romance Standard Time":20270301T123000
RRULE:FREQ=WEEKLY;COUNT=5;BYDAY=MO
EXDATE;TZID="Romance Standard Time":20270308T090000,20270322T090000
SEQUENCE:2
UID:040000008200E00074C5B7101A82E008
X-MICROSOFT-CDO-BUSYSTATUS:OOF

DTSTAMP:20270105T080000Z
DTSTART;TZID="Romance Standard Time":20270316T090000
DTEND;TZID="Romance Standard Time":20270316T123000
RECURRENCE-ID;TZID="Romance Standard Time":20270315T090000
SEQUENCE:2
UID:040000008200E00074C5B7101A82E008
X-MICROSOFT-CDO-BUSYSTATUS:OOF
"""
GOOGLE = """
PRODID:-//Google Inc//Google Calendar 70.9054//EN
METHOD:PUBLISH
X-WR-TIMEZONE:Europe/Paris

DTSTART;TZID=Europe/Paris:20270301T090000
DTEND;TZID=Europe/Paris:20270301T123000
RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20270329T215959Z;BYDAY=MO
EXDATE;TZID=Europe/Paris:20270308T090000
DTSTAMP:20270105T080000Z
UID:5t7v@google.com
LAST-MODIFIED:20270104T101010Z
SEQUENCE:0
STATUS:CONFIRMED
TRANSP:OPAQUE

DTSTART:20270316T080000Z
DTEND:20270316T113000Z
DTSTAMP:20270105T080000Z
UID:5t7v@google.com
RECURRENCE-ID:20270315T080000Z
LAST-MODIFIED:20270104T111010Z
SEQUENCE:1
STATUS:CONFIRMED

DTSTART:20270322T080000Z
DTEND:20270322T113000Z
DTSTAMP:20270105T080000Z
UID:5t7v@google.com
RECURRENCE-ID:20270322T080000Z
SEQUENCE:1
STATUS:CANCELLED
"""
APPLE = """
PRODID:-//Apple Inc.//macOS 15.1//EN
CALSCALE:GREGORIAN
X-WR-CALNAME:Absences

UID:7A1C3B5E
DTSTART;TZID=Europe/Paris:20270301T090000
DURATION:PT3H30M
RRULE:FREQ=WEEKLY;COUNT=4
EXDATE;TZID=Europe/Paris:20270308T090000
EXDATE;TZID=Europe/Paris:20270322T090000
RDATE;TZID=Europe/Paris:20270329T090000
LAST-MODIFIED:20270104T101010Z
DTSTAMP:20270104T101010Z
SEQUENCE:1
BEGIN:VALARM
TRIGGER:-PT15M
DTSTART:19760401T005545Z
END:VALARM

UID:7A1C3B5E
RECURRENCE-ID;TZID=Europe/Paris:20270315T090000
DTSTART;TZID=Europe/Paris:20270317T090000
DTEND;TZID=Europe/Paris:20270317T123000
LAST-MODIFIED:20270104T101010Z
SEQUENCE:0

UID:7A1C3B5E
RECURRENCE-ID;TZID=Europe/Paris:20270315T090000
DTSTART;TZID=Europe/Paris:20270316T090000
DTEND;TZID=Europe/Paris:20270316T123000
LAST-MODIFIED:20270105T101010Z
SEQUENCE:0
"""
ZIMBRA = """
PRODID:Zimbra-Calendar-Provider
METHOD:PUBLISH
X-WR-CALNAME:zoe

UID:c0ffee-1
RRULE:FREQ=WEEKLY;COUNT=2;INTERVAL=1
DTSTART;TZID="Europe/Brussels":20270301T090000
DTEND;TZID="Europe/Brussels":20270301T123000
DTSTAMP:20270103T080000Z
LAST-MODIFIED:20270103T080000Z
SEQUENCE:1

UID:c0ffee-1
RRULE:FREQ=WEEKLY;UNTIL=20270329;INTERVAL=1;BYDAY=MO
DTSTART;TZID="Europe/Brussels":20270301T090000
DTEND;TZID="Europe/Brussels":20270301T123000
EXDATE:20270308T080000Z
STATUS:CONFIRMED
X-MICROSOFT-CDO-INTENDEDSTATUS:OOF
TRANSP:OPAQUE
LAST-MODIFIED:20270102T080000Z
DTSTAMP:20270102T080000Z
SEQUENCE:3

UID:c0ffee-1
RECURRENCE-ID;VALUE=DATE:20270315
DTSTART;TZID="Europe/Brussels":20270316T090000
DTEND;TZID="Europe/Brussels":20270316T123000
SEQUENCE:4

UID:c0ffee-1
RECURRENCE-ID;TZID="Europe/Brussels":20270322T090000
DTSTART;TZID="Europe/Brussels":20270322T090000
STATUS:CANCELLED
SEQUENCE:4
"""


@pytest.mark.parametrize("text", [OUTLOOK, GOOGLE, APPLE, ZIMBRA], ids=["outlook", "google", "apple", "zimbra"])
def test_a_series_with_exceptions_as_programs_write_it(world: World, text: str) -> None:
    """Five Mondays: the second taken out, the third moved by a day, the fourth cancelled, the last after the change of clocks."""
    plan = absences(ics.parse(written(text), TODAY), person=make.person("Zoé"), on=TODAY)
    assert not plan.refused, [line.errors for line in plan.refused]
    found = [line.record for line in plan.lines if line.outcome != LEFT_OUT]
    assert [(f"{one.first_day:%m-%d}", one.share, one.external_ref.split("#")[1]) for one in found] == [
        ("03-01", 50, "20270301T0900"), ("03-29", 50, "20270329T0900"), ("03-16", 50, "20270315T0900"),
    ]  # fmt: skip


def read(*events: str) -> list[tuple[str, str, str]]:
    rows = ics.parse(written("\n\n".join(["X-WR-TIMEZONE:Europe/Paris", *events])), TODAY).sheets[0].rows[1:]
    return [(str(row.cells[0]), f"{row.cells[2]:%m-%d}" if isinstance(row.cells[2], date) else str(row.cells[2]),
             str(row.cells[4])) for row in rows]  # fmt: skip


def test_extra_days_whole_days_and_this_and_all_following() -> None:
    whole = "UID:a\nDTSTART;VALUE=DATE:20270301\nRRULE:FREQ=DAILY;UNTIL=20270303T230000Z\nEXDATE:20270301T230000Z"
    assert [day for _uid, day, _state in read(whole)] == ["03-01", "03-03", "03-04"], "midnights of Paris"
    extra = "UID:a\nDTSTART;VALUE=DATE:20270301\nRDATE;VALUE=DATE:20270310,20270301\nRDATE;VALUE=DATE:20200101"
    assert [day for _uid, day, _state in read(extra)] == ["03-01", "03-10"]
    assert read("UID:a\nDTSTART;VALUE=DATE:20270301\nRDATE:soon") == [("a", "RDATE:soon", "")]
    weekly = "UID:a\nDTSTART;TZID=Europe/Paris:20270301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=4"
    since = "UID:a\nRECURRENCE-ID;RANGE=THISANDFUTURE:20270315T080000Z\nDTSTART;VALUE=DATE:20270316"
    assert [one[:2] for one in read(weekly, since)] == [
        ("a#20270301T0900", "03-01"), ("a#20270308T0900", "03-08"), ("a#20270315T0900", "03-16"), ("a#20270322T0900", "03-23"),
    ]  # fmt: skip


WEEKLY = "UID:a\nDTSTART;TZID=America/New_York:20270301T090000\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;COUNT=2"
DAY = "UID:a\nDTSTART;VALUE=DATE:20270301"
ODD = (
    ("UID:a\nDTSTART;VALUE=DATE:99991231", "99991231"),
    ("UID:a\nDTSTART:99991231T230000Z\nDURATION:PT2H", "99991231T230000Z"),
    (f"{DAY}\nDURATION:P999999999W", "03-01"),
    (f"{DAY}\nDURATION:P{'9' * 5_000}D", "03-01"),
    (f"{DAY}\nDTSTAMP;TZID=Asia/Tokyo:00010101T000000", "03-01"),
    (f"{WEEKLY}\nEXDATE:00010101T000000Z", "EXDATE:00010101T000000Z"),
    (f"{WEEKLY}\nRDATE;VALUE=PERIOD:20270401T090000Z/P400000W", "RDATE:20270401T090000Z/P400000W"),
    (f"{WEEKLY}\n\nUID:a\nRECURRENCE-ID:00010101T000000Z\nDTSTART:20270302T090000Z", "03-01", "03-08", "03-02"),
    (f"{DAY}\nRRULE:FREQ=WEEKLY;COUNT=2;UNTIL=99991231T235959Z", "03-01", "03-08"),
)  # fmt: skip


def test_an_odd_value_is_left_as_written_beside_a_good_event() -> None:
    """Or one line refuses the file of a whole team."""
    for odd, *found in ODD:
        assert [day for _uid, day, _state in read(odd, "UID:z\nDTSTART;VALUE=DATE:20270405")] == [*found, "04-05"], odd


def test_what_is_odd_refuses_its_own_line(world: World) -> None:
    """A length that does not read is not that of a day; two events of one moment without a UID are not the same absence."""
    alone = "RECURRENCE-ID;VALUE=DATE:20270302\nDTSTART;VALUE=DATE:20270302"
    for odd in (
        "UID:a\nDTSTART;VALUE=DATE:99991231",
        f"{DAY}\nDURATION:P999999999W",
        f"{DAY}\nDTEND;VALUE=DATE:99991231",
    ):
        assert [*compared(make.person("Zoé"), odd).lines[0].errors] == ["first_day"], odd
    for line in compared(make.person("Zoé"), f"{alone}\n\n{alone}").lines:
        assert line.errors == {"external_ref": "The event has no UID, by which it would be found again."}


def test_versions_of_one_event_in_one_file(world: World) -> None:
    one = "UID:a\nDTSTART;VALUE=DATE:20270301\nSEQUENCE:1"
    other = "UID:a\nDTSTART;VALUE=DATE:20270302\nSEQUENCE:1"
    head = "X-WR-TIMEZONE:Europe/Paris"
    plan = absences(
        ics.parse(written("\n\n".join([head, one, one, other])), TODAY), person=make.person("Zoé"), on=TODAY
    )
    first, twice, unclear = plan.lines
    assert (first.outcome, twice.more["why"]) == ("created", "Line 4 has this event already.")
    assert "neither SEQUENCE nor a date says which is newer" in unclear.errors["external_ref"]
    later = f"{other}\nDTSTAMP:20270101T000000Z"
    assert [state for *_rest, state in read(one, later)] == ["older version", ""]
    two_people = (f"{one}\nATTENDEE:mailto:a@x.org", f"{one}\nATTENDEE:mailto:b@x.org")
    assert [state for *_rest, state in read(*two_people)] == ["", ""]


def test_a_newer_file_changes_an_absence_and_an_older_one_does_not() -> None:
    rita, zoe = make.user("rita", role="resource_manager"), make.person("Zoé")

    def sent(day: str, *more: str) -> ImportBatch:
        return brought(rita, zoe, "\n".join(["UID:a", f"DTSTART;VALUE=DATE:{day}", *more]))

    services.apply(batch=sent("20270301", "SEQUENCE:1", "DTSTAMP:20270101T000000Z"), by=rita)
    newer = sent("20270302", "SEQUENCE:2", "DTSTAMP:20270102T000000Z")
    assert newer.report["counts"]["updated"] == 1
    services.apply(batch=newer, by=rita)
    held = Absence.objects.get()
    assert (held.first_day, held.event_version) == (date(2027, 3, 2), "2 20270102T000000Z")
    older = compared(zoe, "UID:a\nDTSTART;VALUE=DATE:20270301\nSEQUENCE:1\nDTSTAMP:20270201T000000Z")
    assert [line.more["why"] for line in older.lines] == ["The portal has a newer version of this event."]
    assert not older.gone
    assert compared(zoe, "UID:a\nDTSTART;VALUE=DATE:20270302\nSEQUENCE:1").count("unchanged") == 1
    services.take_back(batch=newer, by=rita)
    held.refresh_from_db()
    assert (held.first_day, held.event_version) == (date(2027, 3, 1), "1 20270101T000000Z")
    assert is_older("9 -", "10 20270101T000000Z")
    assert not is_older("1 20270101T000000Z", "2 20270101T000000Z single")


def test_a_message_about_one_event_says_nothing_of_the_others() -> None:
    """An invitation is called “invite.ics” like the one before; and what an older file cancels may be back since."""
    zoe, day = make.person("Zoé"), date(2027, 3, 1)
    for ref in ("a", "b#20270301"):
        make.absence(
            zoe, external_ref=ref, source="zoe", first_day=day, last_day=day, event_version="2 20270102T000000Z"
        )
    a = "UID:a\nDTSTART;VALUE=DATE:20270301\nSTATUS:CANCELLED\nDTSTAMP:20270103T000000Z\nSEQUENCE:"
    assert [one.external_ref for one in compared(zoe, f"{a}3").gone] == ["a", "b#20270301"]
    assert [one.external_ref for one in compared(zoe, f"{a}3", head="METHOD:CANCEL").gone] == ["a"]
    assert [one.external_ref for one in compared(zoe, f"{a}1").gone] == ["b#20270301"]


def compared(person: Person, event: str, *, head: str = "PRODID:x") -> Plan:
    return absences(ics.parse(written(f"{head}\n\n{event}"), TODAY), person=person, on=TODAY, called="zoe")


def brought(by: User, person: Person, event: str) -> ImportBatch:
    content = written(f"PRODID:x\n\n{event}")
    return services.stage_file(by=by, content=content, file_name="zoe.ics", what="absences", person=person)
