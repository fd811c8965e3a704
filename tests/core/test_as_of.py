"""`?as_of=`: no such day is refused in plain words, as in the API; a page without a past says so; links keep the day."""

import datetime as dt
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from reporting.dashboards.selectors.portfolios import portfolio_cards
from tests import make
from tests.cast import World
from tests.reporting.dashboards.pages import client_of, compute

TOMORROW = (timezone.localdate() + dt.timedelta(days=1)).isoformat()
PAST = (timezone.localdate() - dt.timedelta(days=3)).isoformat()
PAGES = [
    "/portfolios/NORTH/",
    "/projects/",
    "/executive/",
    "/projects/{tram}/",
    "/projects/{tram}/budget/",
    "/members/",
]
NO_DAYS = ["abc", "2026-02-30", "31/12/2025", TOMORROW, "9999-12-31", "0001-01-01", "2026-06-31T10:00", "١٢٣"]


def at(path: str, world: World) -> str:
    return path.format(tram=world.tram.pk)


@pytest.mark.parametrize("text", NO_DAYS)
@pytest.mark.parametrize("path", PAGES)
def test_no_such_day(path: str, text: str, world: World, ada: User) -> None:
    compute()
    answer = client_of(ada).get(at(path, world), {"as_of": text, "q": "tram"})
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "<h1>No such day</h1>" in page
    assert "Ligne de tram" not in page
    assert "Tram line" not in page
    assert 'type="date" name="as_of"' in page  # the remedy, with the rest of the address kept
    assert 'type="hidden" name="q" value="tram"' in page


@pytest.mark.parametrize("text", ["abc", TOMORROW])
def test_the_api_refuses_the_same_days(text: str, world: World, ada: User) -> None:
    assert client_of(ada).get("/api/v1/projects/", {"as_of": text}).status_code == 400


def test_it_is_said_in_the_language_of_the_reader(world: World) -> None:
    reader = make.user(role="pmo", language="fr")
    words = client_of(reader).get("/portfolios/NORTH/", {"as_of": TOMORROW}).content.decode()
    assert "Choisissez un jour jusqu’à aujourd’hui" in words
    assert "abc" in client_of(reader).get("/portfolios/NORTH/", {"as_of": "<abc>"}).content.decode()
    assert "<abc>" not in client_of(reader).get("/portfolios/NORTH/", {"as_of": "<abc>"}).content.decode()


@pytest.mark.parametrize("text", ["", timezone.localdate().isoformat()])
def test_today_is_today(text: str, world: World, ada: User) -> None:
    compute()
    page = client_of(ada).get("/portfolios/NORTH/", {"as_of": text})
    assert page.status_code == 200
    assert b"You are looking at the situation" not in page.content


def test_strangers_sign_in_first(world: World) -> None:
    answer = Client().get("/portfolios/NORTH/", {"as_of": "abc"})
    assert answer.status_code == 302


@pytest.mark.parametrize("path", ["/members/", "/imports/", "/settings/thresholds/", "/preferences/"])
def test_a_page_without_a_past_says_that_it_shows_today(path: str, world: World, ada: User) -> None:
    page = client_of(ada).get(path, {"as_of": PAST}).content.decode()
    assert "This page only knows today" in page
    assert "You are looking at the situation" not in page


@pytest.mark.parametrize(
    "path",
    [
        "/portfolios/",
        "/portfolios/NORTH/",
        "/programmes/RAIL/",
        "/projects/",
        "/executive/",
        "/projects/{tram}/",
        "/compare/",
        "/projects/{tram}/compare/",
    ],
)
def test_links_within_a_past_day_keep_it(path: str, world: World, ada: User) -> None:
    then = timezone.now() - dt.timedelta(days=9)
    make.risk(world.tram, probability=5, impact=5)
    make.milestone(world.tram, baseline_date=dt.date(2020, 1, 1))
    compute(on=then.date(), at=then)
    page = client_of(ada).get(at(path, world), {"as_of": PAST}).content.decode()
    crumbs, main = (
        page.partition(a)[2].partition(b)[0] for a, b in (('class="crumbs"', "</nav>"), ("<main", "</main>"))
    )
    links = set(re.findall(r'(?:href|action|hx-get|data-src)="?([^"# >]+)', crumbs + main))
    links = {link for link in links if link.startswith(("/p", "/e", "?")) and not link.startswith("/preferences")}
    # A comparison ends on the day instead of being shown as of it.
    lost = {link for link in links if f"as_of={PAST}" not in link and f"to={PAST}" not in link}
    assert len(links) > 5
    assert lost <= {"?", at(path, world)}, lost  # back to today; forms carry the day in a field


def test_the_menu_leads_to_the_same_day_where_a_page_can_look_back(world: World, ada: User) -> None:
    compute(on=make.TODAY, at=timezone.now() - dt.timedelta(days=9))
    page = client_of(ada).get("/projects/", {"as_of": PAST}).content.decode()
    menu = page.partition('<nav class="nav"')[2].partition("</nav>")[0]
    kept = {link.partition("?")[0] for link in re.findall(r'href="([^"]+)"', menu) if f"as_of={PAST}" in link}
    assert kept == {"/portfolios/", "/projects/", "/executive/"}
    assert (
        "as_of"
        not in client_of(ada).get("/projects/").content.decode().partition('<nav class="nav"')[2].partition("</nav>")[0]
    )


def test_the_list_of_portfolios_as_of_a_past_day(world: World, ada: User, eve: User, cleo: User) -> None:
    """Queries: the containers, and one count; the figures are those of the portfolio's own page of that day."""
    then = timezone.now() - dt.timedelta(days=9)
    compute(on=then.date(), at=then)
    Project.objects.filter(pk=world.harbour.pk).update(forecast_end=dt.date(2031, 1, 1))
    make.project("LATER", node=world.south)
    compute()
    late, day = "1 project is late", (then + dt.timedelta(days=1)).date().isoformat()
    today, past = (client_of(eve).get("/portfolios/", query).content.decode() for query in ({}, {"as_of": day}))
    assert late in today
    assert late not in past
    cards = {card.node.code: card for card in portfolio_cards(ada, timezone.localdate(), dt.date.fromisoformat(day))}
    for code in ("NORTH", "SOUTH"):
        sums = client_of(ada).get(f"/portfolios/{code}/", {"as_of": day}).context["sums"]
        for name in ("projects", "green", "amber", "red", "grey", "late"):
            assert getattr(cards[code].sums, name) == getattr(sums, name), (code, name)
    assert cards["SOUTH"].sums.projects == 2
    with CaptureQueriesContext(connection) as caught:
        portfolio_cards(cleo, timezone.localdate(), dt.date.fromisoformat(day))
    assert len(caught) <= 3
