"""What a file of people says beyond the person: skills, working patterns, rates, units; out and in again without a change."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import User
from projects.exchange.table import Row, Sheet, Source
from projects.resources.models import Person, PersonSkill, Rate, UnitShare, WorkPattern
from projects.roster import services
from projects.roster.people import people
from tests import make
from tests.cast import World
from tests.make import TODAY
from tests.projects.resources.test_roster import brought, counts
from tests.projects.test_pages import client_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]
HEAD: list[Any] = ["Matricule", "Nom", "Unité", "Part", "Compétences", "Lundi", "Mardi", "Mercredi", "Jeudi", "Vendredi",
                      "Rythme depuis", "TJM", "Devise", "Tarif depuis"]  # fmt: skip
ZOE: list[Any] = ["17", "Zoé", "DSI; RH", "60; 40", "Java 4; Recette (2), SQL", 100, "50 %", "", "0,5", "x", "2026-09-01",
                     "1 250,50 €", "EUR", "2026-01-01"]  # fmt: skip


@pytest.fixture
def rita(world: World) -> User:
    for code in ("Java", "Recette", "SQL"):
        make.skill(code, name=code)
    make.unit("DSI", name="DSI"), make.unit("RH", name="RH")
    return make.user("rita", role="resource_manager")


@pytest.fixture
def keeper(world: World) -> User:
    """Keeps resources and sees no rates."""
    return make.user("robot", role="service_account")


def test_skills_weeks_units_and_rates_come_from_a_file_and_go_back(rita: User) -> None:
    batch = brought(rita, [HEAD, ZOE], name="p.xlsx")
    assert counts(batch) == {"created": 1}
    services.apply(batch=batch, by=rita)
    zoe = Person.objects.get()
    assert {one.skill.code: one.level for one in zoe.skills.all()} == {"Java": 4, "Recette": 2, "SQL": 3}
    assert {one.unit.code: one.percent for one in zoe.units.all()} == {"DSI": 60, "RH": 40}
    [pattern] = zoe.patterns.all()
    assert (pattern.starts_on, pattern.shares) == (date(2026, 9, 1), (100, 50, 0, 50, 100, 0, 0))
    [rate] = zoe.rates.all()
    assert (rate.daily_rate, rate.currency, rate.starts_on) == (Decimal("1250.50"), "EUR", date(2026, 1, 1))
    assert counts(brought(rita, [HEAD, ZOE])) == {"unchanged": 1}
    other = [*ZOE[:2], "RH", "", "Java 5", *[100] * 5, "2027-01-01", "1300", "", "2027-01-01"]
    again = brought(rita, [HEAD, other])
    services.apply(batch=again, by=rita)
    assert {one.skill.code: one.level for one in zoe.skills.all()} == {"Java": 5, "Recette": 2, "SQL": 3}, (
        "none is lost"
    )
    assert zoe.units.count() == 2, "one unit without a share says nothing of who is shared by two"
    assert [one.shares[1] for one in zoe.patterns.all()] == [50, 100]
    assert [one.daily_rate for one in zoe.rates.order_by("starts_on")] == [Decimal("1250.50"), Decimal(1300)]
    services.take_back(batch=again, by=rita)
    assert (zoe.skills.get(skill__code="Java").level, zoe.patterns.count(), zoe.rates.count()) == (4, 1, 1)


def test_a_first_file_is_taken_back_whole(rita: User) -> None:
    batch = brought(rita, [HEAD, ZOE])
    services.apply(batch=batch, by=rita)
    services.take_back(batch=batch, by=rita)
    assert not any(model.objects.exists() for model in (Person, PersonSkill, UnitShare, WorkPattern, Rate))


def test_what_begins_on_no_day_begins_today_and_only_where_it_differs(rita: User) -> None:
    zoe, max_ = make.person("Zoé", external_ref="17", daily_rate=500), make.person("Max", external_ref="18")
    make.rate(max_, daily_rate=400, currency="CHF", starts_on=date(2026, 1, 1))
    head: list[Any] = ["Matricule", "Jours travaillés", "Part réservée à l'exploitation courante", "TJM"]
    rows: list[Any] = [head, ["17", "lun mar mer 50 % jeu", "20", "550"], ["18", "Mon–Fri", "", "450"]]
    services.apply(batch=brought(rita, rows), by=rita)
    zoe.refresh_from_db()
    [pattern] = zoe.patterns.all()
    today = timezone.localdate()
    assert (pattern.starts_on, pattern.shares, pattern.percent_run) == (today, (100, 100, 50, 100, 0, 0, 0), 20)
    assert (zoe.daily_rate, zoe.rates.count()) == (Decimal(550), 0), "a standing rate stays a standing one"
    assert not max_.patterns.exists(), "the week of the calendar needs no pattern"
    assert max_.rates.filter(starts_on=today, daily_rate=450, currency="CHF").exists()
    assert counts(brought(rita, rows)) == {"unchanged": 2}


def test_each_bad_cell_has_its_field_and_its_remedy(rita: User) -> None:
    make.person("Zoé", external_ref="17")
    head: list[Any] = [
        "Matricule",
        "Unité",
        "Part",
        "Compétences",
        "Lundi",
        "Jours travaillés",
        "Rythme depuis",
        "TJM",
        "Devise",
    ]
    rows: list[Any] = [
        head,
        ["17", "DSI; RH", "", "Cobol 3", "7", "", "", "cher", ""],
        ["17", "", "", "Java 9", "", "4", "", "-5", ""],
        ["18", "DSI; RH", "80; 40", "Java; Java 3", "", "lun", "31/02/2026", "100", "EURO"],
    ]
    lines = brought(rita, [[*head, "Nom"], [*rows[1], "Zoé"]]).report["lines"]["refused"]
    assert {name for name, _message in lines[0]["errors"]} == {"unit", "skills", "pattern", "rate"}
    told = dict(lines[0]["errors"])
    assert "Create it first" in told["skills"]
    assert "looks like hours" in told["pattern"]
    assert "650.50" in told["rate"]
    assert "in the same order" in told["unit"]
    second = dict(brought(rita, [[*head, "Nom"], [*rows[2], "Zoé"]]).report["lines"]["refused"][0]["errors"])
    assert "from 1 (beginner) to 5" in second["skills"]
    assert "name them" in second["pattern"]
    assert "from 0 to" in second["rate"]
    third = dict(brought(rita, [[*head, "Nom"], [*rows[3], "Max"]]).report["lines"]["refused"][0]["errors"])
    assert {*third} == {"unit", "skills", "pattern", "rate_currency"}


def test_a_second_line_of_somebody_changes_nothing_of_the_first(rita: User) -> None:
    make.person("Zoé", external_ref="17", organisation="A")
    rows: list[Any] = [["Matricule", "Nom", "Organisation"], ["17", "Zoé", "B"], ["17", "Zoé", "C"]]
    services.apply(batch=brought(rita, rows), by=rita, skip_bad_rows=True)
    assert Person.objects.get().organisation == "B"


def test_rates_are_for_who_sees_them(rita: User, keeper: User) -> None:
    batch = brought(keeper, [HEAD, ZOE])
    assert batch.report["guarded"] == ["TJM", "Devise", "Tarif depuis"]
    page = client_of(keeper).get(f"/people/import/{batch.pk}/").content.decode()
    assert "Not read, because your role does not show rates" in page
    services.apply(batch=batch, by=keeper)
    assert not Rate.objects.exists()
    of_rita = brought(rita, [HEAD, ZOE])
    assert counts(of_rita) == {"updated": 1}
    assert "1,250.50 EUR" in client_of(rita).get(f"/people/import/{of_rita.pk}/").content.decode()
    services.apply(batch=of_rita, by=rita)
    assert "1,250.50" not in client_of(keeper).get(f"/people/import/{of_rita.pk}/").content.decode()
    with pytest.raises(NotAllowed, match="who sees them takes it back"):
        services.take_back(batch=of_rita, by=keeper)
    for user, told in ((rita, True), (keeper, False)):
        file = client_of(user).post("/people/export/", {"format": "csv"}).content.decode("utf-8-sig")
        assert ("1250.50" in file, "Rate from" in file) == (told, told)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_what_goes_out_comes_in_without_a_change(rita: User, language: str) -> None:
    dsi, rh = make.unit("D1", name="Études, méthodes", name_en="Studies"), make.unit("R1", name="Achats")
    zoe = make.person("Zoé", external_ref="17", role=make.role("DEV", name="Développeur", name_en="Developer"),
                      daily_rate=Decimal("612.35"), leaves_on=TODAY + timedelta(days=400))  # fmt: skip
    make.unit_share(zoe, dsi, percent=55), make.unit_share(zoe, rh, percent=5)
    make.unit_share(make.person("Max", email="max@example.org", is_external=True), dsi, percent=80)
    make.person_skill(zoe, make.skill("C 3", name="Norme 3", name_en="Standard 3"), level=2)
    make.person_skill(zoe, make.skill("Q", name="Qualité, sûreté"), level=5)
    make.pattern(zoe, monday=5, tuesday=50, percent_run=1), make.pattern(zoe, starts_on=date(2026, 6, 1), friday=0)
    make.rate(zoe, daily_rate=700, currency="CHF", starts_on=date(2026, 3, 1))
    ahead = make.person("Lia", daily_rate=Decimal(600))
    make.rate(ahead, daily_rate=650, starts_on=TODAY + timedelta(days=40))
    client = client_of(rita)
    rita.language = language
    rita.save(update_fields=["language"])
    for kind in ("csv", "xlsx"):
        with override(language):
            file = client.post("/people/export/", {"format": kind})
            back = services.stage_file(by=rita, content=file.content, file_name=f"x.{kind}", what="people")
        assert counts(back) == {"unchanged": Person.objects.count()}, back.report["lines"]
        assert (back.report["unread"], back.report["guarded"]) == ([], [])


def test_ten_thousand_people_with_all_of_it_cost_a_few_statements(rita: User) -> None:
    rows = (Row(1, tuple(HEAD)), *(Row(n, (f"R{n}", f"Personne {n}", *ZOE[2:])) for n in range(2, 2_002)))
    with CaptureQueriesContext(connection) as few:
        found = people(Source("csv", (Sheet("S", rows),)), on=TODAY, rates=True)
    assert (found.count("created"), len(few)) == (2_000, 7)  # people, shares; units, skills; patterns, rates; calendars
    with CaptureQueriesContext(connection) as written:
        services.write(found.lines[:1_000])
    assert len(written) <= 24
    assert PersonSkill.objects.count() == 3_000
