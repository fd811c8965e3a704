"""The page of K-R01 to K-R10, the tile of the executive page, and alert A08."""

import csv
import io
import re
from datetime import date, timedelta
from decimal import Decimal

import holidays
import pytest
from django.test import Client
from django.utils import timezone, translation
from openpyxl import load_workbook

from pmo_portal.core.models import AuditEvent, User
from pmo_portal.core.periods import add_months
from portfolio.capacity.models import PersonLoad
from portfolio.capacity.selectors.behind import behind
from portfolio.capacity.selectors.periods import period_of
from portfolio.capacity.selectors.picture import heat
from portfolio.capacity.services import refresh
from portfolio.relief.selectors.conflict import Ground
from projects.access.models import Membership
from projects.resources.models import Allocation, Person
from projects.resources.selectors.team import team
from reporting.alerts.models import Notification
from reporting.alerts.selectors import told_to
from reporting.alerts.services import gather
from reporting.alerts.words import lines
from reporting.dashboards import people_figures
from reporting.dashboards.selectors.capacity import facts_of_people, shortest
from reporting.health.models import ProjectHealth
from reporting.health.services import refresh as health
from reporting.kpis.people import KPIS, verdicts
from tests import make
from tests.cast import World

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(user: User, address: str) -> str:
    return client_of(user).get(address).content.decode()


def today() -> date:
    return timezone.localdate()


@pytest.fixture
def crowd(world: World) -> Person:
    """One architect, firmly given 60 days of this month, half of it by an external of the same role; 20 asked and not granted."""
    role = make.role("ARCH", name="Architecte", name_en="Architect")
    ann, max_ = make.person("Ann", role=role), make.person("Max", role=role, is_external=True)
    granted = {"status": "confirmed", "answered_on": today(), "role": role}
    month = today().replace(day=1)
    make.allocation(world.tram, person=ann, months={month: (30, 30)}, **granted)
    make.allocation(world.harbour, person=max_, months={month: (30, 30)}, **granted)
    make.allocation(world.harbour, role=role, months={month: 20})
    refresh.at_once(on=today(), at=timezone.now())
    return ann


def test_the_api_says_what_the_page_says(crowd: Person, ada: User) -> None:
    address = "/api/v1/capacity/indicators/"
    told = client_of(ada).get(address, headers={"Accept-Language": "en"}).json()
    by_key = {one["key"]: one for one in told["results"]}
    assert list(by_key) == [f"K-R{number:02}" for number in range(1, 11)]
    assert (by_key["K-R06"]["value"], by_key["K-R06"]["state"], by_key["K-R06"]["unit"]) == (75.0, "amber", "percent")
    assert by_key["K-R07"]["value"] is None
    assert "time sheets" in by_key["K-R07"]["reason"]
    assert client_of(make.user(role="contributor")).get(address).status_code == 403


def test_per_cent_is_of_the_days_of_who_is_named(crowd: Person, world: World) -> None:
    """Sixty per cent of a three-day week are not twelve days."""
    three = make.person("Zoé", role=crowd.role)
    make.pattern(three, monday=0, tuesday=0)
    month = today().replace(day=1)
    granted = {"status": "confirmed", "answered_on": today(), "role": crowd.role, "measure": "percent"}
    make.allocation(world.tram, person=three, months={month: (60, 60)}, **granted)
    refresh.at_once(on=today(), at=timezone.now())
    asked = facts_of_people(today())
    pieces = PersonLoad.objects.filter(person=three, starts_on__gte=month, starts_on__lt=add_months(month, 1))
    own = sum(piece.capacity for piece in pieces)
    assert asked.required == pytest.approx(80 + 0.6 * own)
    assert min(min(each) for each in asked.shares) == pytest.approx(0.6 / 3)


def test_the_figures_come_from_what_is_stored(crowd: Person, django_assert_num_queries) -> None:
    with django_assert_num_queries(6):  # totals, staffing, shares, roles with their sums, critical skills
        facts = facts_of_people(today())
    told = verdicts(facts)
    assert told["K-R02"][0] == pytest.approx(80)
    assert told["K-R06"] == (75.0, "amber")
    assert told["K-R08"] == (1.0, "green")
    assert told["K-R10"][0] == pytest.approx(50)
    assert told["K-R07"] == told["K-R09"] == (None, "grey")
    capacity = 2 * working_days(today())
    assert facts.capacity == pytest.approx(capacity)
    assert told["K-R01"] == (pytest.approx(capacity), "")
    assert told["K-R03"] == (pytest.approx(100 * 60 / capacity), "red"), "below 50 % of four quarters"
    assert told["K-R04"] == (pytest.approx(100 * 80 / capacity), "green")
    assert told["K-R05"] == (0.0, "green")  # 80 days of a quarter of two people


def working_days(day: date) -> int:
    """Mondays to Fridays of four quarters that are no holidays in France, counted apart from the portal."""
    first = date(day.year, (day.month - 1) // 3 * 3 + 1, 1)
    span = (first + timedelta(days=n) for n in range((date(day.year + 1, first.month, 1) - first).days))
    return sum(one.weekday() < 5 and one not in holidays.France() for one in span)


def test_two_firm_roles_are_judged_by_their_exact_load(world: World) -> None:
    """One person on 80 % of every day of four quarters is fully used; what is tentative on top is more than there is."""
    role = make.role()
    ann, first = make.person("Ann", role=role), today().replace(day=1)
    granted = {"status": "confirmed", "answered_on": today(), "role": role, "person": ann, "measure": "percent"}
    quarter = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
    months = [add_months(quarter, n) for n in range(12)]
    make.allocation(world.tram, months=dict.fromkeys(months, (80, 80)), **granted)
    make.allocation(world.tram, months=dict.fromkeys(months, (30, 30)), firmness="tentative", **granted)
    refresh.at_once(on=today(), at=timezone.now())
    told = verdicts(facts_of_people(today()), ["K-R03", "K-R04", "K-R05"])
    assert told == {
        "K-R03": (pytest.approx(80), "green"), "K-R04": (pytest.approx(110), "red"), "K-R05": (1.0, "amber"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("K-R06", 94.5, "94.5%"), ("K-R06", 94.4, "94%"), ("K-R03", 100.04, "100.04%"), ("K-R04", 99.6, "100%"),
        ("K-R08", 2.04, "2.04"), ("K-R08", 1.94, "1.9"), ("K-R09", 0.3, "0.3 d"), ("K-R01", 0.3, "0 d"),
    ],
)  # fmt: skip
def test_no_figure_is_printed_as_one_that_is_judged_otherwise(key: str, value: float, shown: str) -> None:
    with translation.override("en"):
        assert people_figures.written(KPIS[key], value) == shown


def test_externals_without_a_role_are_part_of_the_whole_too(crowd: Person, world: World) -> None:
    outside = make.person("Sub", is_external=True)
    make.allocation(world.tram, person=outside, months={today().replace(day=1): (60, 60)}, status="confirmed",
                    answered_on=today())  # fmt: skip
    refresh.at_once(on=today(), at=timezone.now())
    assert verdicts(facts_of_people(today()), ["K-R10"])["K-R10"][0] == pytest.approx(75)  # 90 of 120, not of 60


def test_what_somebody_without_a_role_does_is_in_every_figure_once(crowd: Person, world: World, ada: User) -> None:
    """Ten hard days asked of an architect and given to somebody who is none: demand of architects, and no capacity of theirs."""
    role, month = crowd.role, today().replace(day=1)
    before = facts_of_people(today())
    sam = make.person("Sam")
    make.allocation(
        world.tram, person=sam, role=role, months={month: (10, 10)}, status="confirmed", answered_on=today()
    )
    refresh.at_once(on=today(), at=timezone.now())
    facts = facts_of_people(today())
    assert (facts.hard, facts.capacity) == (pytest.approx(before.hard + 10), pytest.approx(before.capacity))
    assert facts.hard == pytest.approx(facts.sourced)
    assert sum(one.hard for one in facts.quarters[role.pk]) == pytest.approx(facts.hard)
    period = period_of("month", month)
    cell = behind("role", role.pk, period, reader=ada)
    [row] = heat("role", [period]).rows
    shown = row.cells[0]
    assert (cell.hard, cell.tentative, cell.capacity) == pytest.approx((shown.hard, shown.tentative, shown.capacity))
    assert sam in {line.row.person for line in cell.lines}
    assert behind("role", 0, period, reader=ada).hard == 0
    items = [(line.row.pk, line.row, {month: line.row.months.get().granted or Decimal(0)}) for line in cell.lines]
    assert sum(Ground("role", role.pk, period).days(items).values()) == pytest.approx(cell.hard)


def test_a_beginner_does_not_do_what_an_expert_is_asked_for(world: World) -> None:
    """K-R09 is of the level it is shortest of; whoever is better does the work of a lower level."""
    skill, first = make.skill(is_critical=True), today().replace(day=1)
    beginner = make.person("Beginner")
    expert = make.person("Expert", arrives_on=first, leaves_on=today() + timedelta(days=40))
    make.person_skill(beginner, skill, level=1)
    make.person_skill(expert, skill, level=5)
    make.allocation(world.tram, skill=skill, level=4, months={add_months(first, number): 20 for number in range(3)})
    make.allocation(world.tram, skill=skill, months={first: 5})
    refresh.at_once(on=today(), at=timezone.now())
    facts = facts_of_people(today())
    there = sum(PersonLoad.objects.filter(person=expert).values_list("capacity", flat=True))
    assert facts.skills == {skill.pk: (pytest.approx(60), pytest.approx(there))}
    assert verdicts(facts, ["K-R09"])["K-R09"] == (pytest.approx(60 - there), "red")
    assert shortest([(1, 5, 200), (5, 10, 30)], {1: 50.0, 4: 30.0, 5: 0.0}) == (40, 30)
    assert shortest([(1, 5, 20), (5, 10, 30)], {1: 50.0, 4: 0.0}) == (65, 50)


def test_what_was_refused_is_missing_on_every_page(world: World) -> None:
    """K-R06 has one meaning: in the indicators, in the health of the project, and for the months of its team."""
    month, role = today().replace(day=1), make.role()
    answered = {"answered_on": today(), "role": role}
    make.allocation(world.tram, person=make.person(role=role), months={month: (30, 30)}, status="confirmed", **answered)
    make.allocation(world.tram, months={month: (10, 0)}, status="refused", **answered)
    assert verdicts(facts_of_people(today()), ["K-R06"])["K-R06"] == (75.0, "amber")
    health.refresh([world.tram.pk], on=today(), at=timezone.now())
    [staffing] = [one for one in ProjectHealth.objects.get(project=world.tram).reasons if one["code"] == "staffing"]
    assert staffing["params"] == {"percent": 75.0, "missing": 10.0}
    found = team(world.tram, [month])
    assert (found.asked, found.granted, found.missing, found.percent) == (40, 30, 10, 75)
    Allocation.objects.filter(status="refused").delete()  # withdrawn: nobody is missing any more
    assert verdicts(facts_of_people(today()), ["K-R06"])["K-R06"] == (100.0, "green")
    amounts = {month: (10, 6), add_months(month, 1): (0, 20)}  # more in one month makes up for no other
    make.allocation(world.tram, person=make.person(role=role), months=amounts, status="confirmed", **answered)
    found = team(world.tram, [month, add_months(month, 1)])
    assert (found.asked, found.granted, found.missing, found.percent) == (40, 56, 4, 90)
    assert verdicts(facts_of_people(today()), ["K-R06"])["K-R06"] == (90.0, "amber")


def test_who_has_left_staffs_nothing(world: World) -> None:
    """Nor who is not there yet; of a month they leave in, the days they are there."""
    month, role = today().replace(day=1), make.role()
    half = add_months(month, 1) + timedelta(days=14)
    gone, leaver = make.person(role=role, leaves_on=month - timedelta(days=1)), make.person(role=role, leaves_on=half)
    comer, share = make.person(role=role, arrives_on=add_months(month, 1)), make.person(role=role, leaves_on=half)
    granted = {"status": "confirmed", "answered_on": today(), "role": role}
    for person in (gone, comer):
        make.allocation(world.tram, person=person, months={month: (10, 10)}, **granted)
    make.allocation(world.tram, person=leaver, months={add_months(month, 1): (20, 20)}, **granted)
    make.allocation(world.tram, person=share, months={add_months(month, 1): (50, 50)}, measure="percent", **granted)
    refresh.at_once(on=today(), at=timezone.now())
    own = PersonLoad.objects.filter(person=share)
    there = sum(one.capacity for one in own.filter(starts_on__gte=add_months(month, 1)))
    whole = max(sum(one.capacity for one in own.filter(starts_on__gte=first, starts_on__lt=add_months(first, 1)))
                for first in (add_months(month, number) for number in range(-3, 2)))  # fmt: skip
    facts = facts_of_people(today())
    assert facts.required == pytest.approx(40 + whole / 2)
    assert facts.staffed == pytest.approx(there + there / 2)
    assert facts.gone == pytest.approx(facts.required - facts.staffed)
    health.refresh([world.tram.pk], on=today(), at=timezone.now())
    [told] = [one for one in ProjectHealth.objects.get(project=world.tram).reasons if one["code"] == "staffing"]
    assert (told["colour"], told["params"]["gone"]) == ("red", round(facts.gone, 1))
    [figure] = [one for one in people_figures.figures(today()) if one.key == "K-R06"]
    assert "pas là" in figure.foot


def test_what_a_closed_project_asked_is_missing_no_more(crowd: Person, world: World) -> None:
    type(world.harbour).objects.filter(pk=world.harbour.pk).update(state="closed")
    refresh.at_once(on=today(), at=timezone.now())
    told = verdicts(facts_of_people(today()))
    assert told["K-R02"][0] == pytest.approx(30)
    assert told["K-R06"] == (100.0, "green")


def test_the_page_shows_all_ten_to_who_sees_capacity(crowd: Person, ada: User, eve: User, cleo: User) -> None:
    for user in (ada, eve):
        page = text(user, "/capacity/indicators/")
        assert page.count('id="figure-K-R') == 10
        assert "No data" in page
        assert "75%" in page
        assert "Unknown: nobody is asked for time sheets" in page
    with translation.override("fr"):
        [unknown] = [one for one in people_figures.figures(today()) if one.key == "K-R07"]
    assert (unknown.state, unknown.foot[:20]) == ("grey", "Inconnu : on ne dema".replace(" :", "\xa0:"))
    assert client_of(cleo).get("/capacity/indicators/").status_code == 403


def test_the_ten_as_files(crowd: Person, ada: User, cleo: User) -> None:
    address = "/capacity/indicators/file/{}/"
    client = client_of(ada)
    lines = list(csv.reader(io.StringIO(client.post(address.format("csv")).content.decode("utf-8-sig")), delimiter=";"))
    assert [one[0] for one in lines[1:]] == list(KPIS)
    assert lines[6][2:6] == ["75.0", "%", "At risk", "60 of 80 days"]
    assert (lines[7][2], lines[7][4]) == ("", "Not rated")
    [sheet] = load_workbook(io.BytesIO(client.post(address.format("xlsx")).content)).worksheets
    assert sheet.cell(7, 3).value == 75
    assert AuditEvent.objects.filter(action="export", actor=ada).count() == 2
    assert client.post(address.format("pdf")).status_code == 404
    assert client_of(cleo).post(address.format("csv")).status_code == 403
    assert 'action="/capacity/indicators/file/xlsx/"' in text(ada, "/capacity/indicators/")


def test_the_executive_page_asks_for_the_tightest_roles(crowd: Person, eve: User, cleo: User) -> None:
    assert "/capacity/tightest/" in text(eve, "/executive/")
    assert "/capacity/tightest/" not in text(cleo, "/executive/")
    fragment = client_of(eve).get("/capacity/tightest/", HTTP_HX_REQUEST="true").content.decode()
    assert "Architect" in fragment
    assert "<html" not in fragment
    listed = r'href="(/capacity/\?by=role[^"]*)">Architect · [^<]*</a><small>([\d.]+) days too many'
    over = re.search(listed, fragment)
    assert over is not None
    assert f"/capacity/gives-way/{over[1].removeprefix('/capacity/')}" in fragment
    cell = text(eve, over[1].replace("&amp;", "&")).replace("\u2212", "-")
    assert f"-{over[2]} days: more is asked than there is" in cell, re.findall(r".{40}more is asked.{9}", cell)
    assert "/capacity/proposals/?view=open" in text(eve, "/executive/")
    asked = client_of(eve).get("/capacity/proposals/?view=open", HTTP_HX_REQUEST="true").content.decode()
    assert ("0 proposals wait" in asked, "<html" in asked) == (True, False)


def test_a_role_short_in_the_next_two_months_is_told_once(crowd: Person, ada: User, eve: User) -> None:
    resources = make.user("rita", role="resource_manager")
    for _time in range(2):
        gather.gather(on=today(), at=timezone.now())
    rows = Notification.objects.filter(rule="A08")
    assert set(rows.values_list("user__username", flat=True)) == {"ada", "rita"}
    assert rows.count() == 2
    with translation.override("en"):
        [one] = lines(told_to(resources).filter(rule="A08"))
        assert "more is granted than there is" in one.words
        assert one.about == "Architect"
    with translation.override("fr"):
        [one] = lines(told_to(resources).filter(rule="A08"))
        assert one.about == "Architecte"
        assert "de trop" in one.words
    assert client_of(ada).get(one.url).status_code == 200


def test_roles_are_told_of_with_one_statement_and_to_nobody_who_lost_the_right(
    crowd: Person, django_assert_num_queries
) -> None:
    resources, month = make.user("rita", role="resource_manager"), today().replace(day=1)
    for ahead, name in enumerate(("One", "Two", "Three", "Four")):  # two months ahead, no further
        role = make.role(name=name)
        make.allocation(person=make.person(role=role), role=role, months={add_months(month, ahead): (40, 40)}, status="confirmed",
                        answered_on=today())  # fmt: skip
    refresh.at_once(on=today(), at=timezone.now())
    gather.gather(on=today(), at=timezone.now())
    rows = list(told_to(resources).filter(rule="A08"))
    with django_assert_num_queries(1):
        assert {one.about for one in lines(rows)} & {"One", "Two", "Three", "Four"} == {"One", "Two", "Three"}
    Membership.objects.filter(user=resources).delete()
    assert not told_to(User.objects.get(pk=resources.pk)).exists()


def test_a_role_that_fits_is_told_to_nobody(world: World, ada: User) -> None:
    role = make.role()
    ann = make.person(role=role)
    make.allocation(
        world.tram,
        person=ann,
        role=role,
        months={today().replace(day=1): (5, 5)},
        status="confirmed",
        answered_on=today(),
    )
    make.allocation(world.tram, role=role, months={today().replace(day=1): 90})  # asked, not granted
    refresh.at_once(on=today(), at=timezone.now())
    gather.gather(on=today(), at=timezone.now())
    assert not Notification.objects.filter(rule="A08").exists()
