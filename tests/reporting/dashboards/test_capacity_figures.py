"""The page of K-R01 to K-R10, the tile of the executive page, and alert A08."""

from datetime import date

import pytest
from django.test import Client
from django.utils import timezone, translation

from pmo_portal.core.models import User
from portfolio.capacity.services import refresh
from projects.resources.models import Person
from reporting.alerts.models import Notification
from reporting.alerts.selectors import told_to
from reporting.alerts.services import gather
from reporting.alerts.words import line
from reporting.dashboards.selectors.capacity import facts_of_people
from reporting.kpis.people import verdicts
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


def test_the_figures_come_from_what_is_stored(crowd: Person, django_assert_num_queries) -> None:
    with django_assert_num_queries(6):  # totals, staffing, shares, roles with their sums, critical skills
        facts = facts_of_people(today())
    told = verdicts(facts)
    assert told["K-R02"][0] == pytest.approx(80)
    assert told["K-R06"] == (75.0, "amber")
    assert told["K-R08"] == (1.0, "green")
    assert told["K-R10"][0] == pytest.approx(50)
    assert told["K-R07"] == told["K-R09"] == (None, "grey")
    assert told["K-R05"][1] in ("green", "amber")


def test_the_page_shows_all_ten_to_who_sees_capacity(crowd: Person, ada: User, eve: User, cleo: User) -> None:
    for user in (ada, eve):
        page = text(user, "/capacity/indicators/")
        assert page.count('id="figure-K-R') == 10
        assert "No data" in page
        assert "75%" in page
    assert client_of(cleo).get("/capacity/indicators/").status_code == 403


def test_the_executive_page_asks_for_the_tightest_roles(crowd: Person, eve: User, cleo: User) -> None:
    assert "/capacity/tightest/" in text(eve, "/executive/")
    assert "/capacity/tightest/" not in text(cleo, "/executive/")
    fragment = client_of(eve).get("/capacity/tightest/", HTTP_HX_REQUEST="true").content.decode()
    assert "Architect" in fragment
    assert "<html" not in fragment


def test_a_role_short_in_the_next_two_months_is_told_once(crowd: Person, ada: User, eve: User) -> None:
    resources = make.user("rita", role="resource_manager")
    for _time in range(2):
        gather.gather(on=today(), at=timezone.now())
    rows = Notification.objects.filter(rule="A08")
    assert set(rows.values_list("user__username", flat=True)) == {"ada", "rita"}
    assert rows.count() == 2
    one = told_to(resources).get(rule="A08")
    with translation.override("en"):
        assert "more is granted than there is" in line(one).words
        assert line(one).about == "Architect"
    with translation.override("fr"):
        assert line(one).about == "Architecte"
        assert "de trop" in line(one).words
    assert client_of(ada).get(line(one).url).status_code == 200


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
