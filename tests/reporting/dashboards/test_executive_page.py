"""The executive page: figures that a spreadsheet would give, what changed, and rights."""

from datetime import date, timedelta
from decimal import Decimal

from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.dashboards.executive import Executive
from reporting.dashboards.key_figures import levels
from reporting.dashboards.selectors.executive import briefing
from reporting.health.scope import find_scope
from reporting.kpis.portfolio import Declared, health_index, share, verdict
from tests import make
from tests.reporting.dashboards.pages import client_of, compute, text


def test_the_health_index_is_weighed_by_budget_and_says_who_weighs_in():
    levels = [
        Declared("green", 2, Decimal(100), 2), Declared("amber", 1, Decimal(300), 1), Declared("red", 1, Decimal(100), 1),
        Declared("", 3, Decimal(900), 3),
    ]  # fmt: skip
    found = health_index(levels)
    assert (found.value, found.rated, found.projects) == (44.0, 4, 7)  # (100×100 + 300×40 + 100×0) / 500


def test_nothing_declared_is_no_index():
    assert health_index([Declared("", 3, Decimal(900), 3)]).value is None
    assert health_index([]).value is None
    assert share(1, 0) is None
    assert verdict(None, 75, 55) == "grey"
    assert [verdict(value, 3, 10, higher_is_better=False) for value in (2.9, 3, 10, 10.1)] == [
        "green",
        "green",
        "amber",
        "red",
    ]


def test_the_page_opens_on_the_first_portfolio_and_on_the_one_asked_for(world, eve, omar, cleo):
    compute()
    client = client_of(eve)
    assert "<h1>North</h1>" in text(client.get("/executive/"))
    assert "<h1>South</h1>" in text(client.get("/executive/?portfolio=SOUTH"))
    assert "<h1>North</h1>" in text(client_of(cleo).get("/executive/?portfolio=SOUTH"))
    assert "No portfolio yet" in text(client_of(omar).get("/executive/"))


def test_confidential_projects_are_in_no_figure_of_those_who_may_not_see_them(world, ada, eve):
    Project.objects.update(must_win=True)
    compute()
    assert "Secret project" in text(client_of(ada).get("/executive/?portfolio=SOUTH"))
    assert "Secret project" not in text(client_of(eve).get("/executive/?portfolio=SOUTH"))


def test_what_changed_since_the_end_of_last_month(world, eve):
    then = timezone.now() - timedelta(days=70)
    compute(on=then.date(), at=then)
    Project.objects.filter(pk=world.tram.pk).update(forecast_end=date(2028, 6, 30), declared="red")
    compute()
    page = text(client_of(eve).get("/executive/?portfolio=NORTH"))
    assert "End moved from 30 Jun 2027 to 30 Jun 2028" in page
    assert "Tram line" in page


def test_queries_do_not_grow(world, eve, django_assert_max_num_queries):
    """Warm: session, user, memberships, containers, stored sums, the must-wins' reviews, the last review released."""
    client = client_of(eve)
    for number in range(50):
        make.project(f"E{number}", node=world.south, declared="green", must_win=True)
        if number in (0, 49):
            compute()
            client.get("/executive/?portfolio=SOUTH")
            with django_assert_max_num_queries(7):
                client.get("/executive/?portfolio=SOUTH")


def test_a_past_day_works(world, eve):
    then = timezone.now() - timedelta(days=70)
    compute(on=then.date(), at=then)
    compute()
    day = (timezone.localdate() - timedelta(days=3)).isoformat()
    assert "read-only" in text(client_of(eve).get(f"/executive/?portfolio=NORTH&as_of={day}"))


def test_where_only_one_year_is_published_its_forecast_is_shown_as_such(world, eve):
    for kind, amount in (("revised", 1_000_000), ("forecast", 1_200_000)):
        make.budget_line(world.tram, kind=kind, amount=Decimal(amount), month=date(2026, 1, 1), category="fiscal_year")
    compute()
    client = client_of(eve)
    for path in ("/executive/?portfolio=NORTH", "/portfolios/NORTH/"):
        page = text(client.get(path))
        assert "Forecast of the year" in page, path
        assert "+20.0%" in page or "+€200k" in page, path


def test_the_next_milestone_of_a_must_win_is_told_in_the_readers_language(world, eve):
    Project.objects.filter(pk=world.tram.pk).update(must_win=True)
    make.milestone(world.tram, name="Recette prononcée", name_en="Acceptance signed", forecast_date=date(2027, 3, 1))
    compute()
    client = client_of(eve)
    assert "Acceptance signed" in text(client.get("/executive/?portfolio=NORTH"))
    type(eve).objects.filter(pk=eve.pk).update(language="fr")
    assert "Recette prononcée" in text(client.get("/executive/?portfolio=NORTH"))


def test_the_budget_of_a_level_is_unknown_when_no_project_of_it_has_one(world, eve):
    Project.objects.filter(pk=world.tram.pk).update(declared="red")
    compute()
    scope = find_scope(user=eve, code="NORTH", today=timezone.localdate())
    money = {level.state: level.money for level in levels(scope, briefing(scope))}
    assert money["red"] == "–"
    make.budget_line(world.tram, amount=Decimal(0))
    compute()
    scope = find_scope(user=eve, code="NORTH", today=timezone.localdate())
    assert {level.state: level.money for level in levels(scope, briefing(scope))}["red"].startswith("0")


def test_the_parts_show_their_variance_only_where_one_is_known(world, ada):
    compute()
    page = text(client_of(ada).get("/executive/?portfolio=NORTH"))
    assert 'class="pgrow nov"' in page
    assert "cost variance of each part" not in page
    make.budget_line(world.tram, amount=Decimal(100))
    make.budget_line(world.tram, kind="forecast", amount=Decimal(130))
    compute()
    page = text(client_of(ada).get("/executive/?portfolio=NORTH"))
    assert 'class="pgrow"' in page
    assert "cost variance of each part" in page


def test_few_parts_show_what_is_inside_them_where_there_is_room(world, ada):
    """Beside a long list of changes; sums of what is inside are those of its own page."""
    line = make.programme("LINE", parent=world.rail, name="Ligne", name_en="Line")
    projects = [make.project(f"L{number}", node=line, forecast_end=date(2027, 6, 30)) for number in range(6)]
    then = timezone.now() - timedelta(days=40)
    compute(on=then.date(), at=then)
    few = Executive(find_scope(user=ada, code="NORTH", today=timezone.localdate()))
    assert [row.node.code for row in few.below] == ["RAIL"]
    Project.objects.filter(pk__in=[one.pk for one in projects]).update(forecast_end=date(2029, 1, 1))
    compute(on=timezone.localdate())
    many = Executive(find_scope(user=ada, code="NORTH", today=timezone.localdate()))
    assert [(row.node.code, row.inside, row.sums.projects) for row in many.below] == [
        ("RAIL", False, 7),
        ("LINE", True, 6),
    ]
