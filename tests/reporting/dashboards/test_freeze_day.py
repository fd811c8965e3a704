"""The day of a freeze: lists, sums, figures, charts, the API and the page of a project show what was frozen, and agree."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from pmo_portal.core import audit
from projects.hierarchy.models import Node, Project
from reporting.charts.selectors.trend import trend
from reporting.comparing import ends
from reporting.comparing.ends import on
from reporting.comparing.project import state_at
from reporting.dashboards.executive import Executive
from reporting.dashboards.freezes import freeze_of
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.tables import ProjectTable
from reporting.dashboards.tiles import tiles
from reporting.health.as_of_models import HealthAsOf, HealthFrozen
from reporting.health.models import RollupFields
from reporting.health.scope import Scope, find_scope
from reporting.health.services.photographs import COLUMNS
from reporting.health.services.rollups import contribution
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport
from reporting.status.services import correcting, freezing, periods
from tests import make
from tests.core.api_client import Api
from tests.reporting.dashboards.pages import client_of, compute, shown, text

TODAY = timezone.localdate()
DAY = TODAY - timedelta(days=9)
SAME = (  # what a snapshot and a photograph both tell
    "code", "name", "state", "declared", "declared_rag", "computed", "gap", "trend", "forecast_end", "baseline_end",
    "percent_complete", "budget", "eac", "actual", "currency", "max_risk", "path", "confidential",
)  # fmt: skip
Named = dict[str, Any]


def at(hour: int, day: date = DAY) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(hour)))


def asked(user: Any, code: str = "NORTH", day: date = DAY) -> Scope:
    scope = find_scope(user=user, code=code, today=TODAY, as_of=day)
    assert scope is not None
    return scope


def frozen(
    node: Node, *, reported: dict[Project, str], since: date = date(2026, 10, 1), hour: int = 12
) -> ReportingPeriod:
    """The first period of a calendar, frozen on the day with these reports; whoever is not in them reported nothing."""
    period = periods.plan(make.calendar(node, since=since), on=DAY)[0]
    periods.open_period(period, by=None, on=DAY, at=at(hour - 3))
    ReportingPeriod.objects.filter(pk=period.pk).update(opens_on=DAY, due_on=DAY, review_until=DAY)  # whatever today is
    for project, level in reported.items():
        told = {
            "state": "submitted",
            "submitted_at": at(hour - 1),
            "declared": level,
            "trend": "up",
            "key_message": "As told",
        }
        StatusReport.objects.filter(project=project, period=period).update(**told)
    return freezing.freeze(period, by=None, on=DAY, at=at(hour))


@pytest.fixture
def named(world: Any) -> Named:
    """A portfolio that froze at noon, and what happened to it the same afternoon, then everything later."""
    metro = make.programme("METRO", parent=world.north)
    late = {"baseline_start": date(2026, 1, 1), "baseline_end": date(2026, 12, 1), "forecast_end": date(2027, 3, 1)}
    rows = {
        name: make.project(
            name, node=world.rail, declared="green", key_message="Of last month", state="executing", **late
        )
        for name in ("SAID", "SILENT", "MOVED", "LEAVES", "OPEN", "HOLD", "DOLLAR")
    }
    Project.objects.filter(pk=rows["HOLD"].pk).update(state="suspended", resume_date=date(2027, 6, 1))
    Project.objects.filter(pk=rows["DOLLAR"].pk).update(currency="USD")
    rows["TRAM"] = world.tram
    for number, one in enumerate(rows.values(), 1):
        make.budget_line(one, amount=Decimal(number * 1_000_000))
        make.budget_line(one, kind="forecast", amount=Decimal(number * 1_100_000))
    make.risk(rows["SAID"], title="Supplier", probability=5, impact=5)
    make.milestone(rows["SAID"], name="Go live", baseline_date=date(2026, 12, 1), forecast_date=date(2027, 2, 1))
    Project.objects.filter(pk=rows["SAID"].pk).update(project_manager=make.person("Zoé"), must_win=True, priority=5)
    compute(on=DAY, at=at(9))
    said = {one: "green" for name, one in rows.items() if name not in ("SILENT", "TRAM")}
    rows["period"] = frozen(world.north, reported=said | {rows["OPEN"]: "red"})
    afternoon = {"forecast_end": date(2029, 1, 1), "declared": "red", "name": "Renamed", "priority": 2}
    Project.objects.filter(pk__in=[one.pk for one in said]).update(**afternoon)
    Project.objects.filter(pk=rows["MOVED"].pk).update(node=metro)
    Project.objects.filter(pk=rows["LEAVES"].pk).update(left_on=DAY)
    rows["NEW"] = make.project("NEW", node=world.rail, declared="amber", state="executing", **late)
    compute(on=DAY, at=at(18))
    Project.objects.update(name="Of today", declared="amber", forecast_end=date(2031, 1, 1), priority=1)
    make.budget_line(rows["SAID"], amount=Decimal(99_000_000), month=date(2026, 12, 1))
    compute()
    return rows


def rows_of(scope: Scope) -> dict[str, Any]:
    return {row.code: row for row in scope.rows()}


def test_a_list_shows_what_was_frozen_and_history_around_it(world: Any, eve: Any, named: Named) -> None:
    rows = rows_of(asked(eve))
    assert rows.keys() == {"SAID", "SILENT", "MOVED", "LEAVES", "OPEN", "HOLD", "DOLLAR", "TRAM", "NEW"}
    for kept in Snapshot.objects.filter(period=named["period"]):
        row = rows[kept.code]
        assert {name: getattr(row, name) for name in SAME} == {name: getattr(kept, name) for name in SAME}, kept.code
        assert (row.is_frozen, row.reasons) == (True, kept.content["health"]["reasons"])
    silent, told, new = rows["SILENT"], rows["SAID"], rows["NEW"]
    assert (silent.declared, silent.declared_rag, silent.declared_on, silent.key_message) == ("", "grey", None, "")
    assert (told.declared, told.trend, told.key_message, told.name) == ("green", "up", "As told", "Project SAID")
    assert (told.manager_name, told.must_win, told.open_risks, told.next_milestone) == ("Zoé", True, 1, "Go live")
    assert (told.priority, silent.priority) == (5, None)
    kept = Snapshot.objects.get(period=named["period"], code="SAID").content["project"]
    assert kept["priority"] == 5
    assert (rows["MOVED"].node_id, new.is_frozen, new.declared) == (
        world.rail.pk,
        False,
        "amber",
    )  # where it was frozen
    assert "HOLD" not in {row.code for row in asked(eve).rows().filter(is_frozen=True)}  # nobody asks it for a report


def test_before_and_after_the_day_it_is_history(world: Any, eve: Any, named: Named) -> None:
    after = rows_of(asked(eve, day=DAY + timedelta(days=1)))
    assert (after["SAID"].declared, after["SAID"].name, after["SILENT"].declared) == ("red", "Renamed", "green")
    assert after["SAID"].priority == 2
    assert (after["MOVED"].node.code, "LEAVES" in after) == ("METRO", False)
    assert not rows_of(asked(eve, day=DAY - timedelta(days=1)))
    assert not any(row.is_frozen for row in after.values())


def added(rows: dict[str, Any], currency: str) -> dict[str, Any]:
    """The sums of a container from single rows, by the definition that keeps the stored ones."""
    total: dict[str, Any] = {field.name: 0 for field in RollupFields._meta.get_fields()}
    for row in rows.values():
        part = contribution({name: getattr(row, name) for name in COLUMNS})
        foreign = row.currency != currency
        for name, value in part.items():
            money = name in (
                "budget",
                "eac",
                "actual",
                "compared",
                "budget_known",
                "eac_known",
                "compared_budget",
                "compared_eac",
            )
            total[name] += 0 if foreign and money else value
        total["other_currency"] += foreign
    return total


@pytest.mark.parametrize("code", ["NORTH", "RAIL", "METRO"])
def test_sums_cards_roll_ups_and_the_curve_are_those_of_the_rows(world: Any, ada: Any, named: Named, code: str) -> None:
    scope = asked(ada, code)
    expected = added(rows_of(scope), scope.currency)
    assert {name: getattr(scope.sums, name) for name in expected} == expected
    told = next(one for one in Api(ada).get("rollups/", as_of=DAY).json()["results"] if one["code"] == code)
    if code != "METRO":  # what is known of nothing is null there
        assert {name: Decimal(str(told[name])) for name in expected} == expected
    assert told["projects"] == expected["projects"]
    if expected["projects"]:
        last = trend(scope).points[-1]
        assert (last.day, last.sums) == (DAY, scope.sums)


def drilled(scope: Scope, query: str) -> list[Any]:
    """The rows a figure opens, as its list shows them."""
    request = RequestFactory().get(f"/portfolios/NORTH/?as_of={DAY}&{query}")
    request.user = scope.user
    table = ProjectTable(request, scope=scope, digest=digest(scope))
    table.load(scope.rows())
    assert table.query == QueryDict(f"as_of={DAY}&{query}") or table.narrowed
    return list(table.rows)


def test_every_figure_is_the_rows_it_opens(world: Any, ada: Any, named: Named) -> None:
    scope, found = asked(ada), {}
    with translation.override("en"):
        for tile in tiles(scope, scope.sums, digest(scope)):
            for share in tile.shares:
                assert share.count == len(drilled(scope, share.query)), share.query
            found[tile.key] = (tile.value, drilled(scope, tile.query) if tile.query else [])
    assert found["late"][0] == str(len(found["late"][1]))
    assert found["gap"][0] == str(len(found["gap"][1]))
    assert found["age"][0] == str(len(found["age"][1]))
    assert {row.code for row in found["gap"][1]} == {"SAID", "MOVED", "LEAVES", "DOLLAR", "NEW"}  # silence is not
    compared = [row for row in found["forecast"][1] if row.currency == "EUR"]
    budget, eac = (sum(getattr(row, name) for row in compared) for name in ("budget", "eac"))
    assert (budget, eac) == (scope.sums.compared_budget, scope.sums.compared_eac)
    for level in next(one for one in Executive(scope).figures if one.key == "declared").levels:
        rows = [row for row in rows_of(scope).values() if row.declared_rag == level.state and row.state != "suspended"]
        assert level.count == len(rows), level
    assert {one.code for one in digest(scope).attention} <= set(rows_of(scope))


def test_the_groups_of_a_list_are_those_frozen(world: Any, eve: Any, named: Named) -> None:
    page = text(client_of(eve).get(f"/portfolios/NORTH/?as_of={DAY}"))
    assert set(shown(page)) == {row.project_id for row in rows_of(asked(eve)).values()}
    assert "Frozen on this day: <b>Oct" in page, page[page.find("Frozen on") :][:200]
    assert "METRO" not in re.sub(
        r"<option.*?</option>", "", page.partition('id="projects"')[2]
    )  # the heading of no group
    assert text(client_of(eve).get("/portfolios/NORTH/")).count("Frozen on this day") == 0
    assert "Frozen on this day" not in text(client_of(eve).get(f"/portfolios/NORTH/?as_of={DAY + timedelta(days=1)}"))


def test_what_froze_is_said_of_what_the_nearest_calendar_asked(world: Any, ada: Any) -> None:
    """A programme with a calendar of its own is no part of what froze above it; a catch-up nobody was asked for is not said."""
    compute(on=DAY, at=at(9))
    inside = make.project("INSIDE", node=make.programme("OWN", parent=world.north), state="executing")
    compute([inside], on=DAY, at=at(9))
    own = frozen(inside.node, reported={inside: "red"}, since=DAY.replace(day=1), hour=11)
    above = frozen(world.north, reported={world.tram: "green"})
    ReportingPeriod.objects.filter(pk=above.pk).update(starts_on=date(2026, 2, 1))  # told apart by its name
    with translation.override("en"):
        said = {code: freeze_of(asked(ada, code)) for code in ("OWN", "RAIL", "NORTH", "SOUTH")}
        name, february = own.label, "Feb\N{NO-BREAK SPACE}2026"
    assert {code: one and one.periods for code, one in said.items()} == {
        "OWN": name, "RAIL": february, "NORTH": f"{february}, {name}", "SOUTH": None,
    }  # fmt: skip
    kept = {code: [one.pk for one in ends.Ends(asked(ada, code)).periods] for code in ("OWN", "RAIL", "NORTH", "SOUTH")}
    assert kept == {"OWN": [own.pk], "RAIL": [above.pk], "NORTH": [above.pk, own.pk], "SOUTH": []}
    ReportingPeriod.objects.filter(pk=own.pk).update(due_on=DAY - timedelta(days=1), opens_on=DAY - timedelta(days=1))
    offered = ends.Ends(asked(ada, "OWN"))
    assert [one.start.key for one in offered.presets()] == [str(DAY - ends.MONTH), str(DAY - ends.QUARTER)]
    assert offered.read(f"period-{own.pk}").period == own


def test_who_reviews_reports_is_led_to_those_frozen(world: Any, ada: Any, eve: Any, named: Named) -> None:
    link = f"/collection/?period={named['period'].pk}"
    for path in ("/portfolios/", "/projects/", "/executive/?portfolio=NORTH"):
        address = f"{path}{'&' if '?' in path else '?'}as_of={DAY}"
        assert link in text(client_of(ada).get(address)), path
        assert link not in text(client_of(eve).get(address)), path


def test_the_page_of_each_project_tells_the_same(world: Any, eve: Any, named: Named) -> None:
    client = client_of(eve)
    for row in rows_of(asked(eve)).values():
        page = client.get(f"/projects/{row.project_id}/?as_of={DAY}")
        assert page.status_code == 200, row.code
        overview = page.context["overview"]
        same = {name: getattr(overview.photo, name) for name in COLUMNS}
        assert same == {name: getattr(row, name) for name in COLUMNS}, row.code
        last = overview.states[-1]
        assert (last.day, last.photo.declared, last.photo.computed) == (DAY, row.declared, row.computed)
        assert ("Frozen: Oct" in page.content.decode()) == row.is_frozen


def test_the_api_tells_the_same_as_rows_and_as_a_file(world: Any, eve: Any, named: Named) -> None:
    rows = rows_of(asked(eve))
    for path in ("projects/", "health/"):
        told = {one["code"]: one for one in Api(eve).get(path, portfolio="NORTH", as_of=DAY).json()["results"]}
        assert told.keys() == rows.keys()
        for code, one in told.items():
            row = rows[code]
            assert (one["declared"], one["computed"], one["gap"]) == (row.declared, row.computed, row.gap), code
            assert (one["forecast_end"], str(one["budget"])) == (str(row.forecast_end), str(row.budget)), code
    silent = {
        one["code"]
        for one in Api(eve).get("projects/", portfolio="NORTH", as_of=DAY, declared="none").json()["results"]
    }
    assert silent == {"SILENT", "TRAM"}
    api = Api(eve)
    answer = api.client.get(
        f"/api/v1/projects/?portfolio=NORTH&as_of={DAY}", headers={**api.headers, "Accept": "text/csv"}
    )
    body = b"".join(answer) if answer.streaming else answer.content  # type: ignore[attr-defined]
    lines = body.decode().splitlines()
    assert (len(lines) - 1, sum("Renamed" in line for line in lines)) == (len(rows), 1)  # HOLD, which did not freeze


def test_a_period_and_its_day_compare_as_the_same(world: Any, ada: Any, named: Named) -> None:
    told = (
        Api(ada)
        .get("comparisons/", **{"portfolio": "NORTH", "from": f"period-{named['period'].pk}", "to": str(DAY)})
        .json()
    )
    moved = {one["code"] for one in told["results"]}
    assert moved == {"NEW", "HOLD"}  # of those that did not freeze: one came later, one was renamed
    before = Api(ada).get("comparisons/", **{"portfolio": "NORTH", "from": str(DAY), "to": str(TODAY)}).json()
    assert before["totals"]["before"] == len(rows_of(asked(ada)))


def test_rights_are_those_of_today(world: Any, ada: Any, eve: Any, cleo: Any, named: Named) -> None:
    table = ProjectTable(request_of(cleo), scope=asked(cleo), digest=digest(asked(cleo)))
    assert "budget" not in {column.key for column in table.columns}
    assert asked(cleo).sums.budget == 0
    Project.objects.filter(pk=named["SAID"].pk).update(confidentiality="confidential")
    assert ("SAID" in rows_of(asked(ada)), "SAID" in rows_of(asked(eve))) == (True, False)
    assert asked(ada).sums.projects == asked(eve).sums.projects + 1


def request_of(user: Any) -> Any:
    request = RequestFactory().get("/portfolios/NORTH/")
    request.user = user
    return request


def test_silence_is_a_change_even_of_a_project_that_did_not_move_since(world: Any, ada: Any) -> None:
    """Its state of that day is still the one of today; what its freeze kept is another."""
    still = make.project("STILL", node=world.rail, declared="green", state="executing")
    compute(on=DAY, at=at(9, DAY - timedelta(days=70)))
    frozen(world.north, reported={world.tram: "green"})
    with translation.override("en"):
        changes = {one.code: [move.words for move in one.moves] for one in Executive(asked(ada)).changes}
    assert changes[still.code] == ["Declared: Objectives secured → Not reported"]
    assert changes["TRAM"] == ["Declared: Not reported → Objectives secured"]


def test_a_past_day_costs_the_same_statements_frozen_or_not(world: Any, eve: Any, named: Named) -> None:
    client = client_of(eve)
    for path in ("/portfolios/NORTH/?", "/projects/?", "/executive/?portfolio=NORTH&", "/portfolios/?"):
        counted = []
        for day in (DAY, DAY + timedelta(days=1)):
            client.get(f"{path}as_of={day}")
            with CaptureQueriesContext(connection) as queries:
                client.get(f"{path}as_of={day}")
            counted.append(len(queries))
        assert counted[0] == counted[1], path


# The independent review beside it


REVIEWED = {"amber_red": "Amber/red", "red": "Red"}


def beside_a_list(user: Any, code: str = "NORTH") -> dict[str, str]:
    rows = drilled(asked(user, code), "show=all")
    return {row.code: row.review.rating if row.review else "" for row in rows}


def test_what_is_reviewed_after_the_freeze_is_beside_nothing_that_was_frozen(
    world: Any, ada: Any, eve: Any, named: Named
) -> None:
    """On every page of that day, also where the photograph shown is a revision of the evening; the rest is of its end."""
    said, new = named["SAID"], named["NEW"]
    make.assessment(said, released_at=at(10), summary="Of the morning")
    make.assessment(new, released_at=at(10), summary="Of the morning")
    revised(said, named["period"], "amber", at(17))
    for one in (said, new):
        make.assessment(one, rating="red", released_at=at(16), summary="Of the afternoon")
    listed = beside_a_list(eve)
    assert (listed["SAID"], listed["NEW"], listed["OPEN"]) == ("amber_red", "red", "")
    assert [row.review.rating for row in Executive(asked(eve)).must_wins] == ["amber_red"]
    client = client_of(eve)
    for tab in ("", "milestones/", "risks/", "team/", "assessments/", "history/"):
        for one, rating in ((said, "amber_red"), (new, "red")):
            page = client.get(f"/projects/{one.pk}/{tab}?as_of={DAY}")
            header = text(page).partition('<nav class="views"')[0].partition('class="pmeta"')[2]
            assert re.findall(r">(Amber/red|Red)<", header) == [REVIEWED[rating]], (one.code, tab)
            if tab == "assessments/":
                assert page.context["current"].rating == rating
            if not tab:
                assert page.context["overview"].review.rating == rating
    day, period = on(DAY, today=TODAY), ends.frozen(named["period"])
    told = [state_at(one, end, user=eve).review.rating for one, end in ((said, day), (said, period), (new, day))]
    assert told == ["amber_red", "amber_red", "red"]
    assert state_at(said, on(DAY + timedelta(days=1), today=TODAY), user=eve).review.rating == "red"


def test_what_a_freeze_keeps_is_what_was_released_by_its_instant(world: Any, ada: Any, named: Named) -> None:
    """It may run for minutes: what is released meanwhile is after it, on every page and in what is kept."""
    make.assessment(world.tram, released_at=at(10))
    make.assessment(world.tram, rating="red", released_at=at(12) + timedelta(minutes=2))
    Project.objects.filter(pk=world.tram.pk).update(node=world.south)
    frozen(world.south, reported={world.tram: "green"}, since=date(2026, 11, 1))
    kept = Snapshot.objects.get(project=world.tram, period__calendar__node=world.south)
    assert (kept.assessed, kept.content["assessment"]["rating"]) == ("amber_red", "amber_red")
    assert Api(ada).get(f"snapshots/{kept.pk}/").json()["content"]["assessment"]["rating"] == "amber_red"
    assert beside_a_list(ada, "SOUTH")["TRAM"] == "amber_red"


# Several photographs of one day


def revised(project: Project, period: ReportingPeriod, level: str, when: datetime) -> Snapshot:
    report = StatusReport.objects.current().get(project=project, period=period)
    reason = "The supplier told us after the freeze"
    changes = {
        "declared": level,
        "key_message": "Corrected",
        "declared_reason": reason,
        "declared_evidence": "milestone",
    }
    row = correcting.revise(report=report, by=make.user(role="pmo"), changes=changes, reason=reason, at=when)
    return Snapshot.objects.get(report=row)


def declared(user: Any, code: str, day: date = DAY) -> str:
    return str(rows_of(asked(user, day=day))[code].declared)


def test_a_day_shows_the_revision_that_existed_then_a_period_the_last(world: Any, ada: Any, named: Named) -> None:
    period = named["period"]
    revised(named["OPEN"], period, "amber", at(16))
    assert declared(ada, "OPEN") == "amber"
    revised(named["SILENT"], period, "amber", at(10, DAY + timedelta(days=2)))
    assert (declared(ada, "SILENT"), declared(ada, "SILENT", DAY + timedelta(days=2))) == ("", "green")
    last = {row.code: row.declared for row in HealthAsOf.objects.at_freeze(period).filter(is_frozen=True)}
    then = {row.code: row.declared for row in HealthAsOf.objects.at_freeze(period, known=at(13)).filter(is_frozen=True)}
    assert (last["OPEN"], last["SILENT"], then["OPEN"], then["SILENT"]) == ("amber", "amber", "red", "")
    page = text(client_of(ada).get(f"/projects/{named['SILENT'].pk}/?as_of={DAY}"))
    assert "revision 1." in page


def test_of_two_periods_of_one_day_the_newer_counts_whoever_froze_last(world: Any, ada: Any, named: Named) -> None:
    Project.objects.filter(pk=named["SAID"].pk).update(node=world.south)  # it reports elsewhere in the afternoon
    later = frozen(world.south, reported={named["SAID"]: "red"}, since=date(2026, 11, 1), hour=17)
    here = {row.code: row for row in HealthAsOf.objects.on(DAY)}
    assert (here["SAID"].declared, here["SAID"].period_id, here["SAID"].portfolio_id) == (
        "red",
        later.pk,
        world.south.pk,
    )
    assert "SAID" not in rows_of(asked(ada))
    older = revised(named["SAID"], named["period"], "amber", at(20))
    assert HealthFrozen.objects.get(pk=older.pk).frozen_on is None
    assert HealthAsOf.objects.on(DAY).get(project=named["SAID"]).declared == "red"
    assert HealthAsOf.objects.at_freeze(named["period"]).get(project=named["SAID"]).declared == "amber"
    assert HealthAsOf.objects.on(DAY).count() == HealthAsOf.objects.on(DAY).values("project").distinct().count()


# What is kept


def test_the_database_refuses_to_change_a_photograph(named: Named) -> None:
    for statement in ("UPDATE reporting_healthfrozen SET frozen_on = NULL", "DELETE FROM reporting_healthfrozen"):
        with pytest.raises(DatabaseError, match=r"never changed|permission denied"), transaction.atomic():
            connection.cursor().execute(statement)


def test_photographs_of_earlier_freezes_are_made_from_their_snapshots(world: Any, ada: Any, named: Named) -> None:
    """The migration gives what the freeze would have kept, revisions and days included."""
    revised(named["OPEN"], named["period"], "amber", at(16))
    revised(named["SILENT"], named["period"], "amber", at(10, DAY + timedelta(days=2)))
    Project.objects.filter(pk=named["SAID"].pk).update(node=world.south)
    frozen(world.south, reported={named["SAID"]: "red"}, since=date(2026, 11, 1), hour=17)
    revised(named["SAID"], named["period"], "amber", at(20))
    before = list(HealthFrozen.objects.order_by("pk").values())
    with audit.rewriting_history():
        HealthFrozen.objects.all().delete()
    migration = import_module("reporting.migrations.0012_what_a_freeze_showed")
    with connection.schema_editor(atomic=False) as editor:
        migration.make_photographs(None, editor)
    after = list(HealthFrozen.objects.order_by("pk").values())
    for one, two in zip(before, after, strict=True):
        assert two["priority"] is None  # no snapshot of then kept one
        del one["priority"]
        assert {name: (one[name], two[name]) for name in one if one[name] != two[name]} == {}
    assert len(before) == 13
