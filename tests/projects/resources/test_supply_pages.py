"""Pages about people as their keepers use them: lists, one person, forms, calendars; rates for who sees them."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from pmo_portal.core.days_off import named_days_off, regions
from pmo_portal.core.models import User
from projects.resources.models import (
    Absence,
    PersonSkill,
    PooledCapacity,
    Rate,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from projects.resources.week import in_words
from tests import make
from tests.cast import World
from tests.projects.test_pages import client_of

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


@pytest.fixture
def rita(world: World) -> User:
    return make.user("rita", role="resource_manager")


def read(user: User, address: str) -> str:
    answer = client_of(user).get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


@pytest.mark.parametrize(
    ("week", "french", "english"),
    [
        ((100, 100, 100, 0, 0, 0, 0), "lundi–mercredi, 3 jours", "Monday–Wednesday, 3 days"),
        ((60, 60, 60, 60, 60, 0, 0), "lundi–vendredi à 60 %, 3 jours", "Monday–Friday at 60%, 3 days"),
        ((100, 100, 0, 100, 50, 0, 0), "lundi–mardi, jeudi, vendredi à 50 %, 3,5 jours",
         "Monday–Tuesday, Thursday, Friday at 50%, 3.5 days"),
        ((0, 0, 0, 0, 0, 100, 0), "samedi, 1 jour", "Saturday, 1 day"),
        ((0,) * 7, "ne travaille pas", "does not work"),
    ],
)  # fmt: skip
def test_a_week_in_plain_words(week: tuple[int, ...], french: str, english: str) -> None:
    assert in_words(week).replace("\u00a0", " ") == french
    with translation.override("en"):
        assert in_words(week) == english


def test_public_holidays_of_france_and_of_alsace_moselle() -> None:
    """Known dates of 2026: eleven in France, Good Friday and 26 December besides where the local law holds."""
    france = dict(named_days_off("FR", "", 2026))
    assert sorted(france) == [
        date(2026, 1, 1), date(2026, 4, 6), date(2026, 5, 1), date(2026, 5, 8), date(2026, 5, 14), date(2026, 5, 25),
        date(2026, 7, 14), date(2026, 8, 15), date(2026, 11, 1), date(2026, 11, 11), date(2026, 12, 25),
    ]  # fmt: skip
    for region in ("57", "6AE"):
        more = {day: name for day, name in named_days_off("FR", region, 2026) if day not in france}
        assert more == {date(2026, 4, 3): "Vendredi saint", date(2026, 12, 26): "Saint-Étienne"}
        assert "Alsace-Moselle" in dict(regions("FR"))[region]
    with translation.override("en"):
        assert dict(named_days_off("FR", "6AE", 2027))[date(2027, 3, 26)] == "Good Friday"


def test_the_list_is_read_in_as_many_statements_whatever_its_length(rita: User) -> None:
    """Session, reader, count, people, units, skills, then the choices of three filters."""

    def people(count: int) -> None:
        for _number in range(count):
            one = make.person(role=make.role())
            make.unit_share(one), make.person_skill(one)

    people(1)
    client = client_of(rita)
    with CaptureQueriesContext(connection) as few:
        client.get("/people/")
    people(49)
    with CaptureQueriesContext(connection) as many:
        page = client.get("/people/").content.decode()
    assert len(many) == len(few) <= 12
    assert "50 rows" in page or "50 lignes" in page


def test_filters_of_the_list(rita: User) -> None:
    sql, unit, role = make.skill("SQL"), make.unit("DSI"), make.role("DEV")
    zoe = make.person("Zoé Inside", role=role)
    make.person("Max Outside", is_external=True, leaves_on=TODAY - timedelta(days=1))
    make.person("Léa Later", arrives_on=TODAY + timedelta(days=9))
    make.person_skill(zoe, sql), make.unit_share(zoe, unit)
    for query, found in (
        (f"skill={sql.pk}", "Zoé"), (f"unit={unit.pk}", "Zoé"), (f"role={role.pk}", "Zoé"), ("from=outside", "Max"),
        ("presence=gone", "Max"), ("presence=coming", "Léa"), ("presence=here", "Zoé"), ("q=outside", "Max"),
    ):  # fmt: skip
        page = read(rita, f"/people/?{query}")
        assert [name for name in ("Zoé Inside", "Max Outside", "Léa Later") if name in page] == [
            name for name in ("Zoé Inside", "Max Outside", "Léa Later") if name.startswith(found)
        ], query


def test_what_is_known_of_somebody_is_kept_from_their_page(rita: User, ben: User) -> None:
    zoe, sql, unit = make.person("Zoé"), make.skill("SQL"), make.unit("DSI")
    client, home = client_of(rita), f"/people/{zoe.pk}/"
    week = {"monday": 100, "tuesday": 100, "wednesday": 100, "thursday": 0, "friday": 0, "saturday": 0, "sunday": 0}
    for what, sent in (
        ("skills", {"skill": sql.pk, "level": 4}),
        ("units", {"unit": unit.pk, "percent": 60}),
        ("patterns", {"starts_on": "2026-01-01", **week, "percent_run": 20}),
        ("absences", {"first_day": TODAY, "last_day": TODAY, "share": 50, "kind": "training"}),
        ("rates", {"starts_on": "2026-01-01", "daily_rate": "612,50", "currency": "EUR"}),
    ):
        answer = client.post(f"{home}{what}/new/", sent)
        assert (answer.status_code, answer["Location"]) == (302, home), (what, answer.content[:2000])
        assert client_of(ben).post(f"{home}{what}/new/", sent).status_code == 403
    page = read(rita, home).replace("\u00a0", " ")
    for shown in (
        "SQL",
        "60 %",
        "Monday–Wednesday, 3 days",
        "of which 20 % for daily operations",
        "Training",
        "612.50",
    ):
        assert shown in page, shown
    assert "612" not in read(ben, home)
    assert "Monday–Wednesday" in read(ben, home)
    held = PersonSkill.objects.get()
    assert client.post(f"/person-skills/{held.pk}/edit/", {"level": 5, "version": 1}).status_code == 302
    stale = client.post(f"/person-skills/{held.pk}/edit/", {"level": 2, "version": 1})
    assert (stale.status_code, PersonSkill.objects.get().level) == (409, 5)
    too_much = client.post(f"{home}units/new/", {"unit": make.unit().pk, "percent": 50})
    assert (too_much.status_code, UnitShare.objects.count()) == (422, 1)
    assert "40 % are left" in too_much.content.decode()
    absence = Absence.objects.get()
    assert client.post(f"/absences/{absence.pk}/delete/").status_code == 302
    assert not Absence.objects.exists()
    rate = Rate.objects.get()
    assert client_of(ben).get(f"/rates/{rate.pk}/edit/").status_code == 404
    assert client_of(ben).get("/rates/").status_code == 403
    money = client_of(make.user("fay", role="finance"))
    page = money.get("/rates/").content.decode()
    assert f"{rate}" in page, "whose rate it is belongs to a rate"
    assert 'href="/people/' not in page
    assert 'href="/rates/"' in money.get("/capacity/").content.decode()
    assert [money.get(address).status_code for address in ("/people/", f"/rates/{rate.pk}/edit/")] == [403, 403]
    assert client.post(f"/rates/{rate.pk}/edit/", {"starts_on": "2026-02-01", "daily_rate": "1", "currency": "EUR",
                                                   "version": 1}).status_code == 302  # fmt: skip
    assert WorkPattern.objects.get().percent_run == 20


def test_words_and_calendars(rita: User) -> None:
    client = client_of(rita)
    assert client.post("/profiles/new/", {"code": "ARCH", "name": "Architecte"}).status_code == 302
    assert client.post("/skills/new/", {"code": "SQL", "name": "SQL", "is_critical": "on"}).status_code == 302
    twice = client.post("/profiles/new/", {"code": "arch", "name": "Autre"})
    assert twice.status_code == 422
    assert twice.context["form"].errors == {"code": ["Another record already has this code. Choose another one."]}
    week = {"monday": 100, "tuesday": 100, "wednesday": 100, "thursday": 100, "friday": 100, "saturday": 0, "sunday": 0}
    sent = {"name": "Strasbourg", "country": "FR", "region": "6AE", **week, "hours_per_day": "7", "is_default": "on"}
    answer = client.post("/working-calendars/new/", sent)
    calendar = WorkingCalendar.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/working-calendars/{calendar.pk}/")
    page = read(rita, f"/working-calendars/{calendar.pk}/")
    assert "Good Friday" in page
    assert "Saint Stephen" in page
    assert "Alsace-Moselle" in page
    german = client.post(f"/working-calendars/{calendar.pk}/edit/", {**sent, "country": "DE", "version": 1})
    assert german.status_code == 302
    calendar.refresh_from_db()
    assert (calendar.country, calendar.region) == ("DE", "")
    closed = {"name": "Fermeture", "first_day": "2027-08-02", "last_day": "2027-08-13", "share": 0}
    for code in (302, 422):
        assert client.post(f"/working-calendars/{calendar.pk}/exceptions/new/", closed).status_code == code
    pool = {"role": make.role("DEV").pk, "first_month": "2027-01", "last_month": "2027-06", "fte": "2,5"}
    assert client.post("/generic-capacity/new/", pool).status_code == 302
    assert PooledCapacity.objects.get().first_month == date(2027, 1, 1)
    endless = client.post("/generic-capacity/new/", {**pool, "last_month": "9999-12"})
    assert (endless.status_code, list(endless.context["form"].errors)) == (422, ["last_month"])
    for address in ("/units/", "/profiles/", "/skills/", "/working-calendars/", "/generic-capacity/", "/rates/"):
        assert 'class="views"' in read(rita, address)


def test_the_tree_of_units_counts_each_person_once(rita: User) -> None:
    top = make.unit("TOP", name="Direction")
    left, right = make.unit("L", name="Gauche", parent=top), make.unit("R", name="Droite", parent=top)
    zoe = make.person("Zoé")
    make.unit_share(zoe, left, percent=50), make.unit_share(zoe, right, percent=50)
    make.unit_share(make.person(leaves_on=TODAY - timedelta(days=1)), left)
    page = client_of(rita).get("/units/")
    told = [(one.unit.name, one.depth, one.people, one.below) for one in page.context["branches"]]
    assert told == [("Direction", 0, 0, 1), ("Droite", 1, 1, 1), ("Gauche", 1, 1, 1)]
    answer = client_of(rita).post(f"/units/{top.pk}/delete/")
    assert (answer.status_code, Unit.objects.count()) == (422, 3)


def test_a_calendar_changed_retroactively_is_told_in_its_history(rita: User) -> None:
    """Days are worked out from what holds now; who changed which days, and when, stays."""
    calendar = make.working_calendar("Paris")
    client = client_of(rita)
    past = {"name": "Pont", "first_day": "2026-05-15", "last_day": "2026-05-15", "share": 0}
    assert client.post(f"/working-calendars/{calendar.pk}/exceptions/new/", past).status_code == 302
    kept = calendar.exceptions.get()
    told = read(rita, f"/history/calendar-exception/{kept.pk}/")
    assert "Pont" in told
