"""Groups and sums from stored roll-ups say what counting the visible rows says, and a page reaches every row."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.hierarchy.models import Node
from projects.models import Project
from reporting.dashboards.selectors.groups import FIELDS, own_sums
from reporting.dashboards.tables import SUBTOTALS
from reporting.health.models import ProjectHealth
from reporting.health.scope import everywhere, find_scope
from reporting.health.sums import sums_by, sums_of
from tests import make
from tests.reporting.dashboards.pages import client_of, compute, shown, text

pytestmark = pytest.mark.django_db

# Session; user with memberships; containers; stored sums; last released review (whoever reads any); rows; saved views.
PAGE = 7


@pytest.fixture
def forest(world):
    """Portfolios in portfolios, a programme in a programme, projects at every level, several currencies."""
    deep = make.programme("DEEP", parent=world.rail)
    sub = make.portfolio("SUB", parent=world.north)
    dollars = make.portfolio("USD", currency="USD")
    for position in range(60):
        home = (world.north, world.rail, deep, sub, world.south, dollars)[position % 6]
        secret = {"confidentiality": "confidential"} if position % 7 == 0 else {}
        make.project(f"F{position:02d}", node=home, currency=home.currency, **secret)
    compute()
    return world


def everyone(world):
    return {
        "pmo": make.user(role="pmo"),
        "executive": make.user(role="executive"),
        "viewer of a part": make.user(role="viewer", on=world.north),
        "pmo of a part": make.user(role="pmo", on=world.rail),
        "project manager": make.user(role="project_manager", on=world.tram),
        "nobody": make.user(),
    }


def test_sums_everywhere_are_those_of_the_visible_rows(forest):
    for name, user in everyone(forest).items():
        scope = everywhere(user=user, today=make.TODAY)
        counted = sums_of(scope.rows(), "")
        assert {one: getattr(scope.sums, one) for one in FIELDS} == {one: getattr(counted, one) for one in FIELDS}, name


def test_stored_sums_everywhere_serve_who_sees_whole_containers(forest):
    stored = {name: everywhere(user=user, today=make.TODAY).own is not None for name, user in everyone(forest).items()}
    assert stored == {
        "pmo": True, "executive": True, "viewer of a part": True, "pmo of a part": True, "project manager": False,
        "nobody": False,
    }  # fmt: skip


@pytest.mark.parametrize("most_inside", [50, 0])  # 0: every container that holds others is counted
@pytest.mark.parametrize("key", ["node_id", "portfolio_id"])
@pytest.mark.parametrize("code", ["", "NORTH", "RAIL", "SOUTH", "USD"])
def test_groups_hold_what_counting_finds(forest, key, code, most_inside, monkeypatch):
    monkeypatch.setattr("reporting.dashboards.selectors.groups.MOST_INSIDE", most_inside)
    for name, user in everyone(forest).items():
        today = make.TODAY
        scope = find_scope(user=user, code=code, today=today) if code else everywhere(user=user, today=today)
        if scope is None:
            continue
        kinds = {Node.Kind.PORTFOLIO} if key == "portfolio_id" else set(Node.Kind)
        groups = [pk for pk in scope.reading_order if scope.nodes[pk].kind in kinds]
        found = own_sums(scope, key, groups)
        if found is None:
            continue
        assert all(found.values()) or not most_inside
        counted = sums_by(scope.rows(), key, scope.currency, SUBTOTALS)
        for pk in [one for one in groups if found[one] is not None]:
            for one in SUBTOTALS:
                assert getattr(found[pk], one) == (getattr(counted[pk], one) if pk in counted else 0), (name, pk, one)


def test_the_state_of_the_whole_changes_with_any_project(forest, ada):
    before = everywhere(user=ada, today=make.TODAY).stamp
    assert everywhere(user=ada, today=make.TODAY).stamp == before
    Project.objects.filter(pk=forest.harbour.pk).update(name="Port neuf")
    compute([forest.harbour], at=timezone.now())
    assert everywhere(user=ada, today=make.TODAY).stamp != before


@pytest.mark.parametrize("most_inside", [50, 0])
@pytest.mark.parametrize("path", ["/projects/", "/projects/?group=programme", "/portfolios/NORTH/"])
def test_every_row_is_on_exactly_one_page(forest, ada, eve, monkeypatch, path, most_inside):
    monkeypatch.setattr("reporting.dashboards.selectors.groups.MOST_INSIDE", most_inside)
    monkeypatch.setattr("reporting.dashboards.tables.ProjectTable.page_size", 7)
    for user in (ada, eve):
        client, seen, address = client_of(user), [], path
        while address:
            html = text(client.get(address))
            seen += shown(html)
            more = re.search(r'<tr class="more">.*?href="([^"]+)"', html)
            address = more[1].replace("&amp;", "&") if more else ""
        visible = ProjectHealth.objects.visible_to(user).filter(counted=True)
        if "NORTH" in path:
            visible = visible.filter(path__startswith=forest.north.path)
        assert len(seen) == len(set(seen))
        assert set(seen) == set(visible.values_list("pk", flat=True))


@pytest.mark.parametrize("path", ["/projects/", "/portfolios/NORTH/"])
def test_a_page_is_seven_statements_whatever_the_rows(forest, ada, path):
    client = client_of(ada)
    client.get(path)
    with CaptureQueriesContext(connection) as few:
        client.get(path)
    for position in range(50):
        make.project(f"G{position:02d}", node=forest.rail)
    compute()
    client.get(path)
    with CaptureQueriesContext(connection) as many:
        client.get(path)
    assert len(few) == len(many) == PAGE, [one["sql"][:90] for one in many]


def test_the_api_list_is_four_statements_with_a_session(forest, ada):
    client = client_of(ada)
    with CaptureQueriesContext(connection) as seen:  # session; user with memberships; the portfolio's path; rows
        assert client.get("/api/v1/projects/?portfolio=NORTH").status_code == 200
    assert len(seen) == 4
