"""Files of people and absences: found again, compared, written whole or not at all, taken back; calendars with their clocks."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.exchange.models import ImportBatch
from projects.exchange.parsers import ics
from projects.exchange.problems import RefusedFile
from projects.exchange.services.stage import UnreadableFile
from projects.exchange.table import Row, Sheet, Source
from projects.exchange.workbooks import xlsx
from projects.resources.models import Absence, Person, UnitShare
from projects.roster import services
from projects.roster.absences import absences
from projects.roster.lines import LEFT_OUT
from projects.roster.people import people
from projects.roster.waiting import told as told_of
from tests import make
from tests.cast import World
from tests.core.api_client import Api
from tests.make import TODAY
from tests.projects.exchange.files import csv_bytes
from tests.projects.test_pages import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
HEAD = ["Matricule", "Nom complet", "E-mail", "Profil", "Unité", "Externe", "Arrivée", "Départ", "Couleur"]


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager")


def brought(by: User, rows: list[list[object]], *, what: str = "people", name: str = "p.csv") -> ImportBatch:
    content = xlsx([("S", rows)]) if name.endswith("xlsx") else csv_bytes(rows)
    return services.stage_file(by=by, content=content, file_name=name, what=what)


def counts(batch: ImportBatch) -> dict[str, int]:
    return {name: count for name, count in batch.report["counts"].items() if count}


def test_people_come_again_without_doubling(rita: User) -> None:
    role, unit = make.role("DEV", name="Développeur"), make.unit("DSI")
    rows = [
        HEAD,
        ["17", "Zoé Martin", "zoe@example.org", "développeur", "dsi", "non", "2026-05-04", "", "bleu"],
        ["18", "Max Petit", "", "DEV", "", "oui", "04/05/2026", "31/12/2027", "vert"],
    ]
    batch = brought(rita, rows, name="p.xlsx")
    assert counts(batch) == {"created": 2}
    assert batch.report["unread"] == ["Couleur"]
    assert not Person.objects.exists()
    services.apply(batch=batch, by=rita)
    zoe, max_ = Person.objects.order_by("-name")
    assert (zoe.external_ref, zoe.role, zoe.is_external, zoe.arrives_on) == ("17", role, False, date(2026, 5, 4))
    assert (max_.is_external, max_.leaves_on) == (True, date(2027, 12, 31))
    assert UnitShare.objects.get().unit == unit
    assert counts(brought(rita, rows)) == {"unchanged": 2}
    rows[1][1], rows[1][2], rows[2][7] = "Zoé Durand", "durand@example.org", ""
    again = brought(rita, rows)
    assert counts(again) == {"updated": 2}
    services.apply(batch=again, by=rita)
    assert Person.objects.get(external_ref="17").name == "Zoé Durand"
    assert Person.objects.get(external_ref="18").leaves_on is None
    other = make.person("Zoé Petit", email="Zoe@example.org")
    with pytest.raises(DomainError, match="Zoé Petit has this e-mail address already"):
        services.take_back(batch=again, by=rita)
    other.delete()
    services.take_back(batch=again, by=rita)
    zoe.refresh_from_db()
    assert (zoe.name, zoe.email) == ("Zoé Martin", "zoe@example.org")
    with pytest.raises(DomainError, match="changed again since"):  # by the second file
        services.take_back(batch=batch, by=rita)
    assert Person.objects.count() == 2


def test_somebody_is_found_by_reference_then_mail_then_name_and_unit(rita: User) -> None:
    by_ref, by_mail = make.person("A", external_ref="1"), make.person("B", email="b@example.org")
    first, second = make.person("Jean Martin"), make.person("Jean Martin")
    make.unit_share(first, make.unit("U1")), make.unit_share(second, make.unit("U2"))
    rows = [["Ref", "Nom", "Mail", "Unité", "Organisation"], ["1", "A", "", "", "x"], ["", "B", "B@example.org", "", "x"],
            ["", "Jean Martin", "", "U2", "x"]]  # fmt: skip
    services.apply(batch=brought(rita, rows), by=rita)
    assert set(Person.objects.filter(organisation="x")) == {by_ref, by_mail, second}
    refused = brought(rita, [["Nom", "Organisation"], ["Jean Martin", "y"]])
    [line] = refused.report["lines"]["refused"]
    assert line["errors"][0][0] == "name"
    assert "Several people" in line["errors"][0][1]
    taken = brought(rita, [["Ref", "Nom", "Mail"], ["1", "A", "B@example.org"]])
    [line] = taken.report["lines"]["refused"]
    assert line["errors"] == [("email", "B has this e-mail address already.")]
    make.person("C", email="B@example.org")  # as it could be written before
    [line] = brought(rita, [["Nom", "Mail"], ["B", "b@example.org"]]).report["lines"]["refused"]
    assert "B, C" in line["errors"][0][1]


def test_a_bad_line_says_where_and_what_to_do_and_nothing_is_half_written(rita: User, ben: User) -> None:
    max_ = ["2", "Max", "", "", "", "", "", "", ""]
    rows = [HEAD, ["1", "Zoé", "no mail", "Pilote", "", "peut-être", "31/02/2026", "", ""], max_, max_]
    batch = brought(rita, rows)
    bad, twice = batch.report["lines"]["refused"]
    assert {name for name, _message in bad["errors"]} == {"email", "role", "is_external", "arrives_on"}
    assert (bad["row"], twice["row"]) == (2, 4)
    assert any("Write it as 2027-02-15" in message for _name, message in bad["errors"])
    with pytest.raises(DomainError, match="2 lines are refused"):
        services.apply(batch=batch, by=rita)
    assert not Person.objects.exists()
    services.apply(batch=batch, by=rita, skip_bad_rows=True)
    assert [one.name for one in Person.objects.all()] == ["Max"]
    with pytest.raises(NotAllowed):
        brought(ben, rows)
    with pytest.raises(DomainError, match="known columns"):
        brought(rita, [["Couleur", "Forme"], ["bleu", "rond"]])
    with pytest.raises(DomainError, match="Files of this kind"):
        services.stage_file(by=rita, content=b"x", file_name="x.exe", what="people")


def test_absences_of_a_table(rita: User) -> None:
    zoe = make.person("Zoé", external_ref="17")
    rows = [["Matricule", "Réf", "Du", "Au", "Part", "Nature", "Statut"],
            ["17", "A1", "15/02/2027", "19/02/2027", "", "Congés", "validé"],
            ["17", "A2", "2027-03-01", "", "0,5", "Formation", ""],
            ["17", "A3", "2027-03-02", "", "", "", "annulé"],
            ["99", "A4", "2027-03-02", "", "", "", ""],
            ["17", "A5", "2027-03-02", "2027-03-01", "", "", ""]]  # fmt: skip
    batch = brought(rita, rows, what="absences")
    assert counts(batch) == {"created": 2, "refused": 2, "left_out": 1}
    services.apply(batch=batch, by=rita, skip_bad_rows=True)
    held = [(one.first_day, one.last_day, one.share, one.kind) for one in zoe.absences.all()]
    assert held == [
        (date(2027, 2, 15), date(2027, 2, 19), 100, "leave"), (date(2027, 3, 1), date(2027, 3, 1), 50, "training"),
    ]  # fmt: skip
    assert counts(brought(rita, rows[:3], what="absences")) == {"unchanged": 2}
    no_refs = [["Nom", "Du", "Au"], ["Zoé", "2027-04-05", "2027-04-06"]]
    services.apply(batch=brought(rita, no_refs, what="absences"), by=rita)
    assert counts(brought(rita, no_refs, what="absences")) == {"unchanged": 1}


def test_days_and_months_are_told_apart_by_their_column_and_never_guessed_in_silence(rita: User) -> None:
    """By a day above 12, else by another column, else the day first until the reader says otherwise."""
    head = ["Ref", "Nom", "Arrivée", "Départ"]
    sure = people(sheet_of(head, ["1", "Zoé", "03/04/2027", ""], ["2", "Max", "04/25/2027", ""]), on=TODAY, rates=False)
    assert [line.record.arrives_on for line in sure.lines] == [date(2027, 3, 4), date(2027, 4, 25)]
    assert (sure.days[0].open, sure.days[0].told) == (
        [], ["“Arrivée”: 03/04/2027 is read as 4 March 2027, since 04/25/2027 can be read in that order only."]
    )  # fmt: skip
    by_other = people(sheet_of(head, ["1", "Zoé", "03/04/2027", "12/31/2027"]), on=TODAY, rates=False)
    assert by_other.lines[0].record.arrives_on == date(2027, 3, 4)
    for end in (datetime(9999, 12, 31, 23, 59, 59), "9999-12-31T00:00:00", "9999-12-31T23:59:59.9999999"):
        [line] = people(sheet_of(head, ["1", "Zoé", "", end]), on=TODAY, rates=False).lines
        assert (line.errors, line.record.leaves_on) == ({}, None), end
    away = absences(
        sheet_of(["Du", "Au"], [date(2027, 3, 1), datetime(9999, 12, 31, 23, 59)]), person=make.person("Max"), on=TODAY
    )
    assert away.lines[0].errors == {"first_day": "It has no last day: write the last one that is known."}
    rows = [head, ["1", "Zoé", "03/04/2027", "9999-12-31"]]
    batch, client = brought(rita, rows), client_of(rita)
    assert batch.report["days"]["open"] == ["Arrivée"]
    page = client.get(f"/people/import/{batch.pk}/").content.decode()
    assert "03/04/2027 is read as 3 April 2027, but nothing in the file tells" in page
    assert client.post(f"/people/import/{batch.pk}/", {"do": "mdy"}).status_code == 302
    page = client.get(f"/people/import/{batch.pk}/").content.decode()
    assert "is read as 4 March 2027, as you said" in page
    assert client.post(f"/people/import/{batch.pk}/", {"do": "apply"}).status_code == 302
    person = Person.objects.get(external_ref="1")
    assert (person.arrives_on, person.leaves_on) == (date(2027, 3, 4), None)


def test_a_time_of_day_in_a_table_is_a_part_of_the_day(world: World) -> None:
    """An afternoon was read as a whole day from a workbook, and refused from text."""
    day = [datetime(2027, 2, 15, 9), datetime(2027, 2, 19, 18)]
    rows = [["15/02/2027 14:00", "15/02/2027 17h30"], day, ["22/02/2027", "22/02/2027 23:59:59"],
            ["2027-02-23 00:00:00", "2027-02-24T00:00"], ["15/02/2027 14:00", "16/02/2027"], ["15/02/2027 2:00 PM", ""],
            ["15/02/2027 14:00", ""], [date(2027, 2, 22), datetime(2027, 2, 22, 12)]]  # fmt: skip
    plan = absences(sheet_of(["Du", "Au"], *rows), person=make.person("Zoé"), on=TODAY)
    found = [(f"{one.first_day:%d}", f"{one.last_day:%d}", one.share, one.external_ref)
             for line in plan.lines if (one := line.record)]  # fmt: skip
    assert found == [("15", "15", 50, ""), ("15", "19", 100, ""), ("22", "22", 100, ""), ("23", "24", 100, "")]
    assert [line.errors["first_day"].split(":")[0] for line in plan.refused] == [
        "Only one of its two days has a time", "“15/02/2027 2", "It begins at a time of day and has no end.",
        "Only one of its two days has a time",
    ]  # fmt: skip


def sheet_of(*rows: list[Any]) -> Source:
    return Source("csv", (Sheet("S", tuple(Row(n, tuple(cells)) for n, cells in enumerate(rows, 1))),))


def test_a_column_of_per_cents_holds_one_for_a_whole_day(rita: User) -> None:
    zoe = make.person("Zoé")
    days = [(f"2027-03-0{n}", share) for n, share in ((1, 1.0), (2, 0.5), (3, 1), (4, "1 %"), (5, "50"))]
    rows: list[list[object]] = [["Nom", "Du", "Part"], *(["Zoé", day, share] for day, share in days)]
    services.apply(batch=brought(rita, rows, what="absences", name="a.xlsx"), by=rita)
    assert [one.share for one in zoe.absences.order_by("first_day")] == [100, 50, 100, 1, 50]


def test_a_new_reference_is_that_of_the_one_person_of_this_name_without_any(rita: User) -> None:
    zoe, known = make.person("Zoé Martin"), make.person("Max Petit", email="max@example.org")
    make.person("Jean Roy"), make.person("Jean Roy")
    rows: list[list[object]] = [["Matricule", "Nom", "E-mail"], ["17", "zoe  martin", "zoe@example.org"],
                                ["18", "Max Petit", ""], ["19", "Jean Roy", ""]]  # fmt: skip
    batch = brought(rita, rows)
    assert counts(batch) == {"updated": 1, "created": 2}, (
        "who has an address may be somebody else; of two, nobody knows who"
    )
    page = client_of(rita).get(f"/people/import/{batch.pk}/").content.decode()
    assert page.count("Found by the name alone") == 1
    services.apply(batch=batch, by=rita)
    zoe.refresh_from_db(), known.refresh_from_db()
    assert (zoe.external_ref, zoe.email, known.external_ref) == ("17", "zoe@example.org", "")
    assert counts(brought(rita, rows)) == {"unchanged": 3}


def test_what_a_file_changes_is_asked_for_by_when_it_changed(rita: User) -> None:
    """A program that asks what changed since is told of what a file changed, and of what was taken back."""
    zoe, before = make.person("Zoé", external_ref="1"), timezone.now() - timedelta(days=30)
    absence = make.absence(zoe, external_ref="A", first_day=date(2027, 3, 1), last_day=date(2027, 3, 1))
    Person.objects.update(updated_at=before), Absence.objects.update(updated_at=before)
    api, since = Api(rita), (before + timedelta(days=1)).isoformat()
    assert not api.rows("people/", updated_since=since)
    brought_people = brought(rita, [["Ref", "Nom", "Organisation"], ["1", "Zoé", "x"]])
    away = brought(rita, [["Matricule", "Réf", "Du", "Au"], ["1", "A", "2027-03-01", "2027-03-02"]], what="absences")
    for batch in (brought_people, away):
        services.apply(batch=batch, by=rita)
    assert [one["name"] for one in api.rows("people/", updated_since=since)] == ["Zoé"]
    absence.refresh_from_db(), zoe.refresh_from_db()
    assert absence.updated_at > before + timedelta(days=29)
    written = zoe.updated_at
    services.take_back(batch=brought_people, by=rita)
    zoe.refresh_from_db()
    assert (zoe.organisation, zoe.updated_at > written) == ("", True)


def event(*lines: str) -> str:
    return "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])


def calendar(*events: str) -> bytes:
    return "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", *events, "END:VCALENDAR", ""]).encode()


def of_calendar(person: Person, *events: str, today: date = date(2027, 1, 1)) -> list[tuple[str, str, int, str]]:
    found = absences(ics.parse(calendar(*events), today), person=person, on=today)
    assert not found.refused, [line.errors for line in found.refused]
    return [
        (one.record.first_day.isoformat(), one.record.last_day.isoformat(), one.record.share, one.record.external_ref)
        for one in found.lines
        if one.outcome != LEFT_OUT
    ]


def test_whole_days_times_and_the_change_of_clocks(world: World) -> None:
    """The end of whole days is the day after; hours are those that pass: the night of 28 March 2027 has one less in Paris."""
    zoe = make.person("Zoé")
    assert of_calendar(zoe, event("UID:a", "DTSTART;VALUE=DATE:20270215", "DTEND;VALUE=DATE:20270220")) == [
        ("2027-02-15", "2027-02-19", 100, "a")
    ]
    assert of_calendar(zoe, event("UID:b", "DTSTART;VALUE=DATE:20270215")) == [("2027-02-15", "2027-02-15", 100, "b")]
    paris = event("UID:c", "DTSTART;TZID=Europe/Paris:20270215T090000", "DTEND;TZID=Europe/Paris:20270215T123000")
    assert of_calendar(zoe, paris) == [("2027-02-15", "2027-02-15", 50, "c")]
    windows = event("UID:d", 'DTSTART;TZID="Romance Standard Time":20270215T090000', "DURATION:PT7H")
    assert of_calendar(zoe, windows) == [("2027-02-15", "2027-02-15", 100, "d")]
    utc = event("UID:e", "DTSTART:20270214T230000Z", "DTEND:20270215T023000Z")  # midnight in Paris
    assert of_calendar(zoe, utc) == [("2027-02-15", "2027-02-15", 50, "e")]
    night = event("UID:f", "DTSTART;TZID=Europe/Paris:20270328T000000", "DTEND;TZID=Europe/Paris:20270328T043000")
    assert of_calendar(zoe, night) == [("2027-03-28", "2027-03-28", 50, "f")]  # 3.5 hours, not 4.5
    long = event("UID:g", "DTSTART;TZID=Europe/Paris:20270215T133000", "DTEND;TZID=Europe/Paris:20270217T120000")
    assert [day for day, _last, _share, _ref in of_calendar(zoe, long)] == ["2027-02-15", "2027-02-16", "2027-02-17"]


def test_odd_calendars_are_read_as_they_mean_it(world: World) -> None:
    """A zone nobody knows is the clock here; a day left out leaves out its hours; a cancellation cancels; no end comes first."""
    zoe = make.person("Zoé")
    morning = "DTSTART;TZID={0}:20270215T090000", "DTEND;TZID={0}:20270215T123000"
    made_up = event("UID:a", *(one.format("Nowhere/City") for one in morning))
    assert of_calendar(zoe, made_up) == [("2027-02-15", "2027-02-15", 50, "a")]
    daily = [one.format("Europe/Paris") for one in morning]
    left_out = event("UID:b", *daily, "RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20270216")
    assert [first for first, *_rest in of_calendar(zoe, left_out)] == ["2027-02-15", "2027-02-17"]
    assert of_calendar(zoe, "METHOD:CANCEL", made_up) == []
    ends = calendar(event("UID:c", "DTSTART;VALUE=DATE:20270301", "DTEND;VALUE=DATE:20270225"))
    [line] = absences(ics.parse(ends, TODAY), person=zoe, on=TODAY).lines
    assert line.errors == {"first_day": "It ends before it begins."}


def test_the_same_person_twice_a_sum_and_an_unclear_rate(rita: User) -> None:
    head = ("Matricule", "Nom", "E-mail", "TJM")
    rows = (head, ("1", "Ana", "a@x.org", "1.250"), ("", "ana", "A@x.org", ""), ("", "Total", "", ""))
    sheet = Sheet("S", tuple(Row(n, cells) for n, cells in enumerate(rows, 1)))
    first, second, total = people(Source("csv", (sheet,)), on=TODAY, rates=True).lines
    assert first.errors == {"rate": "“1.250” could be 1.25 or 1250: write 1.25 or 1250."}
    assert second.errors == {"external_ref": "Line 2 means the same person already."}
    assert (total.outcome, total.more["why"]) == (LEFT_OUT, "“Total” is a sum of other lines.")


def test_notes_are_left_out_and_what_may_be_nobody_is_asked_about(rita: User) -> None:
    head = ["Ref", "Nom", "Profil", "E-mail", "Remarque"]
    zoe, max_ = ["1", "Zoé Martin", "", "z@x.org"], ["", "* Max Petit", "DEV", ""]
    lone = [
        "Total DSI : 3",
        "* external staff",
        "Légende : * = externe",
        "Mis à jour le 12/03",
        "---",
        "Page 1/2",
        "Nom",
    ]
    rows = [head, zoe, max_, ["", "Note Keller", "DEV"], ["", "Maj Lind", "DEV"], ["", "À recruter", "DEV"],
            ["", "Total Martin", "DEV"], ["", "Cumul Jean", "DEV"], ["4", "Total", "DEV"],
            *(["", one] for one in lone), ["", "", "", "", "nothing read"]]  # fmt: skip
    make.role("DEV")
    told = told_of(people(sheet_of(*rows), on=TODAY, rates=False))
    assert [line["what"] for line in told["lines"]["left_out"]] == ["Total", *lone, "nothing read"]
    assert {line["why"] for line in told["lines"]["left_out"]} == {
        "“Total” is a sum of other lines.", "“Total DSI : 3” is a sum of other lines.", "“* external staff” is a note.",
        "“Légende : * = externe” is a note.", "“Mis à jour le 12/03” is a note.", "“---” has no letter, so it is no name.",
        "“Page 1/2” is a note.", "It has the headings once more.", "Nothing in it is read.",
    }  # fmt: skip
    assert [(line["what"], "doubt" in line) for line in told["lines"]["created"]] == [
        ("* Max Petit", True), ("À recruter", True), ("Total Martin", True), ("Cumul Jean", True),
        ("Zoé Martin", False), ("Note Keller", False), ("Maj Lind", False),
    ]  # fmt: skip
    assert told["doubts"] == 4
    batch = brought(rita, [head, zoe, max_])
    page = client_of(rita).get(f"/people/import/{batch.pk}/").content.decode()
    assert "1 new person may be nobody" in page
    assert "This does not read like a name: is it somebody?" in page
    away = absences(sheet_of(["Nom", "Du"], ["Total", ""], ["Mis à jour le 12/03/2027", ""]), on=TODAY)
    assert [line.outcome for line in away.lines] == [LEFT_OUT] * 2


def test_hours_are_those_of_ones_calendar(world: World) -> None:
    """One's own, else that of the largest unit, else the usual one."""
    usual = make.working_calendar(is_default=True, hours_per_day=8)
    of_unit, own = make.working_calendar(hours_per_day=10), make.working_calendar(hours_per_day=4)
    zoe, max_, lea = make.person("Zoé", calendar=own), make.person("Max"), make.person("Léa")
    for one in (zoe, max_):
        make.unit_share(one, make.unit(calendar=of_unit), percent=60)
        make.unit_share(one, make.unit(calendar=usual), percent=40)
    morning = event("UID:a", "DTSTART;TZID=Europe/Paris:20270215T090000", "DTEND;TZID=Europe/Paris:20270215T110000")
    assert [of_calendar(one, morning)[0][2] for one in (zoe, max_, lea)] == [50, 20, 25]


def test_hours_are_those_of_ones_own_day(world: World) -> None:
    """A morning is the whole of a half day, by the pattern of that day."""
    zoe = make.person("Zoé")
    make.pattern(zoe, wednesday=50, thursday=0), make.pattern(zoe, starts_on=date(2027, 3, 1), wednesday=100)
    morning = "DTSTART;TZID=Europe/Paris:{0}T090000", "DTEND;TZID=Europe/Paris:{0}T123000"
    events = [
        event(f"UID:{day}", *(one.format(day) for one in morning))
        for day in ("20270209", "20270210", "20270211", "20270310")
    ]
    assert [share for _first, _last, share, _ref in of_calendar(zoe, *events)] == [50, 100, 50, 50]


def away(*rows: tuple[str, str, str]) -> list[Any]:
    return [["Matricule", "Réf", "Du", "Au"], *(["17", ref, first, last] for ref, first, last in rows)]


def test_what_the_next_file_has_no_more_is_offered_never_deleted_unasked(rita: User) -> None:
    zoe, other = make.person("Zoé", external_ref="17"), make.person("Max")
    today = timezone.localdate()
    near, far, late = ((today + timedelta(days=days)).isoformat() for days in (10, 20, 400))
    past = (today - timedelta(days=30)).isoformat()
    first = away(("A", near, near), ("B", far, far), ("C", past, past), ("D", late, late), ("E", far, far))
    services.apply(batch=brought(rita, first, what="absences", name="conges-2026-11.csv"), by=rita)
    assert {one.source for one in zoe.absences.all()} == {"conges"}
    make.absence(zoe, first_day=near, last_day=near), make.absence(other, external_ref="B", first_day=far, last_day=far)
    elsewhere = brought(rita, away(("A", near, near), ("Z", far, far)), what="absences", name="formations.csv")
    assert elsewhere.report["gone"]["count"] == 0, "of another source"
    second = away(("A", near, near), ("E", far, "31/02/2027"), ("Y", far, far))
    batch = brought(rita, second, what="absences", name="conges-2026-12 (1).csv")
    rows = batch.report["gone"]["rows"]
    assert [row[1:] for row in rows] == [["Zoé", far, far]], (
        "past, hand-written, beyond the file, refused and others' stay"
    )
    page = client_of(rita).get(f"/people/import/{batch.pk}/").content.decode()
    assert "1 absence no longer in the file" in page
    services.apply(batch=batch, by=rita, skip_bad_rows=True)
    assert zoe.absences.filter(external_ref="B").exists(), "nobody ticked it"
    batch = brought(rita, second, what="absences", name="conges-2027-01.csv")
    client = client_of(rita)
    address = f"/people/import/{batch.pk}/"
    assert client.post(address, {"do": "apply", "skip": "1", "gone": [str(rows[0][0]), "x", "99"]}).status_code == 302
    assert not zoe.absences.filter(external_ref="B").exists()
    assert Absence.objects.count() == 7
    assert "1 that the file has no more was deleted" in client.get(address).content.decode()
    assert client.post(address, {"do": "undo"}).status_code == 302
    back = zoe.absences.get(external_ref="B")
    assert (back.pk, back.first_day.isoformat(), back.source) == (rows[0][0], far, "conges")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("absences_equipe1.csv", "absences_equipe2.csv", False),
        ("absences equipe 1 2026-11.csv", "absences equipe 2 2026-11.csv", False),
        ("absences-equipe1-2026-11.csv", "absences-equipe1-2026-12 (1).csv", True),
        ("conges_20261130_0930.csv", "C:\\tmp\\conges_20270104_1015.csv", True),
        ("conges 30.11.2026.xlsx", "conges 4.1.2027.xlsx", True),
        ("conges-2026-S48.csv", "conges-2026-S49.csv", True),
        ("conges-11-2026.csv", "conges-12-2026.csv", True),
        ("equipe-1-2026.csv", "equipe-2-2026.csv", False),
        ("equipe-1-30.11.2026.csv", "equipe-1-4.1.2027.csv", True),
    ],
)
def test_files_of_the_same_source_differ_by_their_dates_alone(one: str, other: str, same: bool) -> None:
    assert (services.source_of(one) == services.source_of(other)) is same


def test_what_a_calendar_cancels_is_gone_from_it(rita: User) -> None:
    zoe = make.person("Zoé")
    days = [(timezone.localdate() + timedelta(days=30 * n)).strftime("%Y%m%d") for n in (1, 2, 3)]
    events = [event(f"UID:{n}", f"DTSTART;VALUE=DATE:{day}") for n, day in enumerate(days)]

    def sent(*events: str) -> ImportBatch:
        content = calendar(*events)
        return services.stage_file(by=rita, content=content, file_name="zoe.ics", what="absences", person=zoe)

    services.apply(batch=sent(*events), by=rita)
    assert Absence.objects.count() == 3
    batch = sent(events[0], event("UID:1", f"DTSTART;VALUE=DATE:{days[1]}", "STATUS:CANCELLED"))
    assert batch.report["gone"]["count"] == 2, "the last one, and the one that is cancelled"
    services.apply(batch=batch, by=rita, gone=None)
    assert Absence.objects.get().external_ref == "0"


def test_a_year_out_of_reach_is_a_bad_line(world: World) -> None:
    late = event("UID:a", "DTSTART;TZID=Europe/Paris:99991231T090000", "DTEND;TZID=Europe/Paris:99991231T235959")
    [line] = absences(ics.parse(calendar(late), date(2027, 1, 1)), person=make.person("Zoé"), on=TODAY).lines
    assert list(line.errors) == ["first_day"]


def test_repeated_events_are_written_out_within_reach(world: World) -> None:
    zoe = make.person("Zoé")
    weekly = event(
        "UID:w", "DTSTART;TZID=Europe/Paris:20270322T100000", "DTEND;TZID=Europe/Paris:20270322T170000",
        "RRULE:FREQ=WEEKLY;UNTIL=20270405T080000Z", "EXDATE;TZID=Europe/Paris:20270329T100000",
    )  # fmt: skip
    moved = event(
        "UID:w",
        "RECURRENCE-ID;TZID=Europe/Paris:20270405T100000",
        "DTSTART;VALUE=DATE:20270406",
        "DTEND;VALUE=DATE:20270407",
    )
    assert of_calendar(zoe, weekly, moved) == [
        ("2027-03-22", "2027-03-22", 100, "w#20270322T1000"), ("2027-04-06", "2027-04-06", 100, "w#20270405T1000"),
    ]  # fmt: skip
    endless = event("UID:x", "DTSTART;VALUE=DATE:20200101", "RRULE:FREQ=WEEKLY;BYDAY=WE")
    days = [day for day, *_rest in of_calendar(zoe, endless)]
    assert (min(days) >= "2025-12-31", max(days) <= "2029-01-01", len(days)) == (True, True, 157)
    free = event("UID:y", "DTSTART;VALUE=DATE:20270215", "TRANSP:TRANSPARENT")
    assert of_calendar(zoe, free, event("UID:z", "DTSTART;VALUE=DATE:20270215", "STATUS:CANCELLED")) == []


def test_a_calendar_through_the_confined_reader(rita: User) -> None:
    make.person("Zoé", email="zoe@example.org")
    whose = "ATTENDEE;CN=Zoe:mailto:Zoe@example.org"
    good = event("UID:a", whose, "SUMMARY:Not kept", "DTSTART;VALUE=DATE:20270215", "DTEND;VALUE=DATE:20270220")
    batch = services.stage_file(by=rita, content=calendar(good), file_name="a.ics", what="absences")
    assert counts(batch) == {"created": 1}
    services.apply(batch=batch, by=rita)
    assert Absence.objects.get().external_ref == "a"
    bad = [
        event("UID:b", whose, "DTSTART:20271332"),
        event("UID:c", "ATTENDEE:mailto:nobody@example.org", "DTSTART:20270101"),
        event(whose, "DTSTART;VALUE=DATE:20270215"),
        event("UID:d", whose, "DTSTART:20270101", "RRULE:FREQ=SECONDLY"),
    ]
    refused = services.stage_file(by=rita, content=calendar(good, *bad), file_name="a.ics", what="absences").report[
        "lines"
    ]
    assert len(refused["unchanged"]) == 1
    told = [(line["row"], [name for name, _message in line["errors"]]) for line in refused["refused"]]
    assert [names for _row, names in told] == [["first_day"], ["person"], ["external_ref"], ["first_day"]]
    assert told[0][0] == 10  # the line on which the event begins
    with pytest.raises(UnreadableFile, match="ends in the middle"):
        services.stage_file(by=rita, content=calendar(good)[:-20], file_name="a.ics", what="absences")
    with pytest.raises(RefusedFile):
        ics.parse(calendar(event("UID:m", "DTSTART;VALUE=DATE:20270101", "DTEND:20270102T100000", "RRULE:FREQ=DAILY")))


def test_ten_thousand_lines_cost_a_few_statements(rita: User) -> None:
    """Compared in memory and written by the thousand; every row has its line in the history."""
    make.role("DEV")
    rows = (
        Row(1, ("Matricule", "Nom", "Profil")),
        *(Row(n, (f"R{n}", f"Personne {n}", "DEV")) for n in range(2, 10_002)),
    )
    source = Source("csv", (Sheet("S", rows),))
    with CaptureQueriesContext(connection) as few:
        found = people(source, on=TODAY, rates=False)
    assert (found.count("created"), len(few)) == (10_000, 3)
    with CaptureQueriesContext(connection) as written:
        services.write(found.lines[:2_000])
    assert len(written) <= 12
    assert AuditEvent.objects.filter(target_type="projects.Person", action="create").count() == 2_000
    batch = brought(rita, [["Nom", "Unité"], ["Personne 2", "U"], ["Nouvelle", "U"]]) if make.unit("U") else None
    services.apply(batch=batch, by=rita)
    with CaptureQueriesContext(connection) as back:
        services.take_back(batch=batch, by=rita)
    assert len(back) <= 40
    assert (UnitShare.objects.count(), Person.objects.filter(name="Nouvelle").exists()) == (0, False)


def test_on_the_pages(rita: User, ben: User) -> None:
    client = client_of(rita)
    content = csv_bytes([["Nom", "Profil"], ["Zoé", ""], ["Max", "Pilote"]])
    upload = {"what": "people", "file": SimpleUploadedFile("p.csv", content)}
    assert "Read and compare</button>" in client.get("/people/import/").content.decode()
    answer = client.post("/people/import/", upload)
    batch = ImportBatch.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/people/import/{batch.pk}/")
    page = client.get(answer["Location"]).content.decode()
    assert "not known here" in page
    assert "Name: Zoé" in " ".join(page.split())
    assert client_of(ben).get(answer["Location"]).status_code == 404
    assert client.post(answer["Location"], {"do": "apply"}).status_code == 422
    assert client.post(answer["Location"], {"do": "apply", "skip": "1"}).status_code == 302
    assert Person.objects.get().name == "Zoé"
    assert client.post(answer["Location"], {"do": "undo"}).status_code == 302
    assert not Person.objects.exists()
    make.person("Léa", external_ref="7", arrives_on=date(2026, 1, 5))
    for kind in ("csv", "xlsx"):
        file = client.post("/people/export/?presence=here", {"format": kind})
        assert file.status_code == 200
        back = services.stage_file(by=rita, content=file.content, file_name=f"x.{kind}", what="people")
        assert counts(back) == {"unchanged": 1}
    assert AuditEvent.objects.filter(action="export", actor=rita).count() == 2
    assert timezone.localdate().isoformat() in file["Content-Disposition"]
