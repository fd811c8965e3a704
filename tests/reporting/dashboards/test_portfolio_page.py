"""The portfolio page: who sees it, what it says, and that every figure opens exactly the rows behind it."""

import re
from datetime import date, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.dashboards.filters import Standing
from reporting.health.models import ProjectHealth, Rollup
from reporting.health.scope import find_scope
from reporting.health.services import rollups
from reporting.health.sums import sums_of
from tests import make
from tests.cast import World
from tests.reporting.dashboards.pages import client_of, compute, shown, text

HTMX = {"HTTP_HX_REQUEST": "true"}


@pytest.fixture
def mixed(world: World) -> World:
    """SOUTH with a project of every kind."""
    day = make.TODAY
    make.project("LATE", node=world.south, forecast_end=date(2027, 12, 31), declared="green", declared_trend="down")
    make.project(
        "SOON",
        node=world.south,
        baseline_end=day + timedelta(20),
        forecast_end=day + timedelta(20),
        declared="red",
        state="planning",
    )
    make.project("HELD", node=world.south, state="suspended", resume_date=date(2027, 2, 1))
    make.project("OVER", node=world.south, state="closed", actual_end=date(2026, 10, 1))
    make.project("STALE", node=world.south, data_date=date(2026, 1, 1))
    make.project("BLIND", node=world.south, baseline_end=None, forecast_end=None)
    rich = make.project("RICH", node=world.south, declared="amber")
    make.budget_line(rich, kind="revised", amount=Decimal(1_000_000))
    make.budget_line(rich, kind="forecast", amount=Decimal(1_200_000), month=date(2026, 12, 1))
    make.project("POUND", node=world.south, currency="GBP")
    compute()
    return world


@pytest.mark.parametrize(("who", "code", "status"), [
    ("ada", "SOUTH", 200), ("eve", "SOUTH", 200), ("cleo", "NORTH", 200), ("cleo", "SOUTH", 404), ("ben", "NORTH", 200),
    ("omar", "NORTH", 404), ("ada", "NOWHERE", 404),
])  # fmt: skip
def test_who_sees_a_portfolio(who, code, status, world, request):
    compute()
    client = client_of(request.getfixturevalue(who))
    for path in (f"/portfolios/{code}/", f"/portfolios/{code}/figures/", f"/portfolios/{code}/chart/"):
        assert client.get(path).status_code == status, path


def test_a_programme_has_the_same_page_under_its_own_address(world, ada):
    compute()
    client = client_of(ada)
    assert "Tram line" in text(client.get("/programmes/RAIL/"))
    assert client.get("/portfolios/RAIL/").status_code == 404
    assert client.get("/portfolios/north/").status_code == 200  # codes are upper case, addresses need not be


def test_a_hidden_project_is_in_no_figure_and_no_row(mixed, ada, eve):
    full, open_ = text(client_of(ada).get("/portfolios/SOUTH/")), text(client_of(eve).get("/portfolios/SOUTH/"))
    assert mixed.secret.pk in shown(full)
    assert mixed.secret.pk not in shown(open_)
    assert "Secret project" not in open_
    assert len(shown(full)) == len(shown(open_)) + 1


def test_stored_and_counted_sums_are_the_same(mixed, ada):
    node = mixed.south
    counted = sums_of(ProjectHealth.objects.filter(path__startswith=node.path, counted=True), node.currency)
    stored = Rollup.objects.get(node=node, audience="full")
    assert {name: getattr(counted, name) for name in rollups.FIELDS} == {
        name: getattr(stored, name) for name in rollups.FIELDS
    }


def test_the_distribution_adds_up_and_each_part_opens_its_rows(mixed, ada):
    client = client_of(ada)
    page = text(client.get("/portfolios/SOUTH/"))
    parts = dict(re.findall(r'href="\?health=(\w+)#projects".*?<span class="num">(\d+)</span>', page, re.S))
    assert sum(map(int, parts.values())) == len(shown(page))
    for state, count in parts.items():
        assert len(shown(text(client.get(f"/portfolios/SOUTH/?health={state}")))) == int(count), state
    both = ",".join(Standing.values)
    assert len(shown(text(client.get(f"/portfolios/SOUTH/?health={both}")))) == len(shown(page))


@pytest.mark.parametrize(("query", "codes"), [
    ("slip=late", {"LATE"}), ("due=60", {"SOON"}), ("gap=optimistic", {"LATE", "RICH"}), ("gap=cautious", {"SOON"}),
    ("money=over", {"RICH"}), ("state=suspended", {"HELD"}), ("q=rIcH", {"RICH"}), ("age=red", {"STALE"}),
    ("declared=red", {"SOON"}), ("health=finished", {"OVER"}),
])  # fmt: skip
def test_filters(query, codes, mixed, ada):
    found = shown(text(client_of(ada).get(f"/portfolios/SOUTH/?{query}")))
    assert set(Project.objects.filter(pk__in=found).values_list("code", flat=True)) == codes


def test_accents_are_ignored_in_the_search(world, ada):
    made = make.project("ACCENT", node=world.north, name="Élévation à l’échelle")
    compute()
    assert shown(text(client_of(ada).get("/portfolios/NORTH/?q=ELEVATION+echelle"))) == [made.pk]


def test_money_of_another_currency_is_said_and_not_added(mixed, ada):
    page = text(client_of(ada).get("/portfolios/SOUTH/"))
    assert "1 project is not in EUR" in page
    assert Rollup.objects.get(node=mixed.south, audience="full").other_currency == 1


def test_missing_data_is_never_green(mixed, ada):
    found = shown(text(client_of(ada).get("/portfolios/SOUTH/?health=green")))
    blind = Project.objects.filter(code__in=["BLIND", "STALE"]).values_list("pk", flat=True)
    assert not set(found) & set(blind)


def test_every_row_is_reachable_once_by_load_more(world, ada):
    for position in range(230):
        make.project(f"B{position:03d}", node=world.south)
    compute()
    client, seen, path = client_of(ada), [], "/portfolios/SOUTH/"
    while path:
        page = text(client.get(path))
        seen += shown(page)
        more = re.search(r'<tr class="more">.*?href="([^"]+)"', page, re.S)
        path = more[1].replace("&amp;", "&") if more else ""
        if more:
            assert f"{len(seen)} of 232 shown" in page
    assert len(seen) == len(set(seen)) == 232


def test_texts_of_projects_are_escaped(world, ada):
    make.project(
        "EVIL", node=world.south, name="<script>alert(1)</script>", phase="<b>x</b>", forecast_end=date(2028, 1, 1)
    )
    compute()
    page = text(client_of(ada).get("/portfolios/SOUTH/?columns=phase"))
    assert "<script>alert(1)" not in page
    assert "<b>x</b>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_queries_do_not_grow_with_the_rows(world, ada, django_assert_max_num_queries):
    """Warm: session, user, memberships, containers, stored sums, rows, subtotals of the shown groups, saved views."""
    client = client_of(ada)
    for position in range(50):
        make.project(f"Q{position}", node=world.south, declared="green", forecast_end=date(2028, 1, 1))
        if position in (0, 49):
            compute()
            client.get("/portfolios/SOUTH/")
            with django_assert_max_num_queries(8):
                client.get("/portfolios/SOUTH/")


def test_the_first_reading_after_a_change_costs_a_fixed_number_of_queries(world, ada, django_assert_max_num_queries):
    """Cold: the eight of a warm page, and the six of the digest."""
    client = client_of(ada)
    for position in range(50):
        make.project(f"Q{position}", node=world.south, declared="green", forecast_end=date(2028, 1, 1))
        if position in (0, 49):
            compute()
            with django_assert_max_num_queries(15):
                client.get("/portfolios/SOUTH/")


def test_an_open_page_learns_of_a_change_and_costs_nothing_without_one(world, ada):
    compute()
    client = client_of(ada)
    first = client.get("/portfolios/SOUTH/figures/", **HTMX)
    etag = first.headers["ETag"]
    again = client.get("/portfolios/SOUTH/figures/", HTTP_IF_NONE_MATCH=etag, **HTMX)
    assert (again.status_code, again.content) == (304, b"")
    Project.objects.filter(pk=world.harbour.pk).update(forecast_end=date(2028, 6, 30))
    compute()
    changed = client.get("/portfolios/SOUTH/figures/", HTTP_IF_NONE_MATCH=etag, **HTMX)
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag
    assert "1 project is late" in changed.content.decode()


def test_the_list_polls_its_own_address_with_its_filters(world, ada):
    compute()
    client = client_of(ada)
    page = text(client.get("/portfolios/SOUTH/?sort=-budget"))
    poll, etag = re.search(
        r'id="projects-list"[^>]* data-poll="([^"]+)" data-etag=\'([^\']+)\'', unescape(page)
    ).groups()
    assert poll == "/portfolios/SOUTH/?sort=-budget"
    assert client.get(poll, HTTP_IF_NONE_MATCH=etag, **HTMX).status_code == 304
    assert client.get("/portfolios/SOUTH/?sort=budget", HTTP_IF_NONE_MATCH=etag, **HTMX).status_code == 200


def test_a_past_day_shows_what_was_known_then(world, ada):
    then = timezone.now() - timedelta(days=60)
    compute(on=then.date(), at=then)
    Project.objects.filter(pk=world.harbour.pk).update(
        name="Port agrandi", name_en="Larger harbour", forecast_end=date(2028, 6, 30)
    )
    compute()
    client = client_of(ada)
    day = (then + timedelta(days=5)).date().isoformat()
    past, now = text(client.get(f"/portfolios/SOUTH/?as_of={day}")), text(client.get("/portfolios/SOUTH/"))
    assert "Larger harbour" in now
    assert "Larger harbour" not in past
    assert "read-only" in past
    assert "data-poll" not in past
    assert "name=sel" not in past


def test_a_past_day_still_hides_what_is_confidential_now(world, eve):
    then = timezone.now() - timedelta(days=60)
    compute(on=then.date(), at=then)
    Project.objects.filter(pk=world.harbour.pk).update(confidentiality="confidential")
    compute()
    day = (then + timedelta(days=5)).date().isoformat()
    page = text(client_of(eve).get(f"/portfolios/SOUTH/?as_of={day}"))
    assert shown(page) == []
    assert "Harbour" not in page


def test_someone_who_sees_a_part_is_told_so(world, ben):
    make.project("OTHER", node=world.north)
    compute()
    page = text(client_of(ben).get("/portfolios/NORTH/"))
    assert shown(page) == [world.tram.pk]
    assert "1 of 2 projects visible to you" in page


def test_an_empty_portfolio_says_so(world, ada):
    make.portfolio("VOID")
    page = text(client_of(ada).get("/portfolios/VOID/"))
    assert "No project here yet" in page


def test_who_only_runs_the_portal_is_not_told_that_there_is_nothing(world):
    """There are projects, and none is theirs to see; nor are they asked to import what they may not."""
    compute()
    client = client_of(make.user(role="administrator"))
    page = text(client.get("/portfolios/NORTH/"))
    assert "No project here that you may see" in page
    page = text(client.get("/projects/"))
    assert "No project is open to you here" in page
    assert "Import a file" not in page


def test_the_list_of_portfolios_shows_what_each_reader_may_see(world, ada, cleo, omar, django_assert_max_num_queries):
    compute()
    assert all(code in text(client_of(ada).get("/portfolios/")) for code in ("NORTH", "SOUTH"))
    page = text(client_of(cleo).get("/portfolios/"))
    assert "NORTH" in page
    assert "SOUTH" not in page
    assert "No portfolio yet" in text(client_of(omar).get("/portfolios/"))
    client = client_of(ada)
    for _number in range(20):
        make.portfolio()
    with django_assert_max_num_queries(5):  # session, user, memberships, containers, stored sums
        client.get("/portfolios/")


def test_the_scope_of_a_reader_without_rights_is_nothing(world, omar):
    assert find_scope(user=omar, code="NORTH", today=make.TODAY) is None


def test_an_empty_installation_leads_to_the_import(db):
    first = make.user(is_superuser=True)
    assert "/imports/new/" in text(client_of(first).get("/portfolios/"))
    assert "/imports/new/" not in text(client_of(make.user()).get("/portfolios/"))
