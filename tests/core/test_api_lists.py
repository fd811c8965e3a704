"""Lists: pages that stay true under inserts, parameters that are refused rather than ignored, past days, query counts."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from projects.models import Project
from reporting.health.services import refresh
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def api(ada):
    return Api(ada)


def walk(api, path, **query):
    """Every row of every page, following `next`; `between()` runs before each following page."""
    between = query.pop("between", lambda: None)
    answer, rows = api.get(path, **query).json(), []
    while True:
        rows += answer["results"]
        if not answer["next"]:
            return rows
        between()
        answer = api.client.get(answer["next"], headers=api.headers).json()


@pytest.mark.parametrize(
    "ordering", ["id", "-id", "code", "-name", "slip_days", "-slip_days", "forecast_end", "-budget", "computed_at"]
)
def test_pages_hold_every_row_once(api, ordering):
    node = make.portfolio("P")
    made = [make.project(node=node, name=f"n{number % 3}") for number in range(11)]
    make.budget_line(made[3]), make.budget_line(made[5], amount=5)
    late = Project.objects.filter(pk__in=[one.pk for one in made[:4]])
    late.update(forecast_end=date(2027, 9, 1), baseline_end=None)
    refresh.refresh([one.pk for one in made[:8]], on=make.TODAY, at=NOON)
    rows = walk(api, "projects/", portfolio="P", ordering=ordering, page_size=3)
    assert sorted(row["id"] for row in rows) == [one.pk for one in made]
    name = ordering.lstrip("-")
    values = [row[name] for row in rows if row[name] is not None]
    assert values == sorted(values, reverse=ordering.startswith("-"), key=lambda v: float(v) if name == "budget" else v)
    assert all(row[name] is None for row in rows[len(values) :])


def test_rows_inserted_between_pages_neither_repeat_nor_hide_others(api):
    node = make.portfolio("P")
    made = [make.project(f"B{number}", node=node) for number in range(9)]
    inserted = iter(range(100))
    rows = walk(
        api,
        "projects/",
        portfolio="P",
        ordering="code",
        page_size=2,
        between=lambda: make.project(f"A{next(inserted)}", node=node),
    )
    assert [row["id"] for row in rows] == [one.pk for one in made]


def test_count_comes_only_when_asked(api, world):
    assert "count" not in api.get("projects/").json()
    answer = api.get("projects/", count="true", page_size=1).json()
    assert (answer["count"], len(answer["results"])) == (3, 1)
    assert "count" not in answer["next"]


@pytest.mark.parametrize(
    ("path", "query", "culprit"),
    [
        ("projects/", "nonsense=1", "?nonsense"),
        ("projects/", "state=executing&state=closed", "?state"),
        ("projects/", "state=dancing", "?state"),
        ("projects/", "computed=", "?computed"),
        ("projects/", "priority=6", "?priority"),
        ("projects/", "as_of=yesterday", "?as_of"),
        ("projects/", "as_of=2999-01-01", "?as_of"),
        ("projects/", "as_of=0001-01-01", "?as_of"),
        ("projects/", "as_of=20191231", "?as_of"),
        ("projects/", "as_of=2019-12-31&updated_since=2019-01-01", "?updated_since"),
        ("projects/", "updated_since=soon", "?updated_since"),
        ("projects/", "updated_since=0001-01-01T00:00:00%2B14:00", "?updated_since"),
        ("projects/", "q=%00", "?q"),
        ("projects/", "code=" + "x" * 201, "?code"),
        ("projects/", "page_size=0", "?page_size"),
        ("projects/", "page_size=201", "?page_size"),
        ("projects/", "page_size=ten", "?page_size"),
        ("projects/", "page_size=²", "?page_size"),
        ("projects/", "ordering=secret", "?ordering"),
        ("projects/", "ordering=portfolio__path", "?ordering"),
        ("projects/", "count=yes", "?count"),
        ("projects/", "cursor=nonsense", "?cursor"),
        ("projects/", "cursor=bnVsbA", "?cursor"),  # null
        ("projects/", "cursor=WyIxIDsgRFJPUCJd", "?cursor"),  # ["1 ; DROP"]
        ("projects/", "ordering=code&cursor=WyJcdTAwMDAiLDFd", "?cursor"),  # ["\\u0000",1]
        ("projects/", "ordering=code&cursor=WyJcdWQ4MDAiLDFd", "?cursor"),  # ["\\ud800",1]
        ("projects/", "format=xml", "?format"),
        ("milestones/", "project=tram", "?project"),
        ("milestones/", "project=99999999999999999999", "?project"),
        ("milestones/", "is_key=maybe", "?is_key"),
        ("risks/", "due_date_from=2026-13-01", "?due_date_from"),
        ("health/", "changed_since=x", "?changed_since"),
        ("rollups/", "audience=full", "?audience"),
        ("", "x=1", "?x"),
    ],
)
def test_what_is_not_understood_is_refused(api, world, path, query, culprit):
    answer = api.client.get(f"/api/v1/{path}?{query}", headers=api.headers)
    assert answer.status_code == 400, answer.content
    problem = answer.json()
    assert culprit in {one["path"] for one in problem["errors"]}
    assert all(one["message"] for one in problem["errors"])


def test_parameters_are_refused_on_items_too(api, world):
    assert api.get(f"projects/{world.tram.pk}/", portfolio="NORTH").status_code == 400
    assert api.patch(f"projects/{world.tram.pk}/?x=1", {"name": "x"}, version=1).status_code == 400


def test_huge_ids_are_only_missing(api, world):
    for pk in ("0", "999999999999999999"):
        assert api.get(f"projects/{pk}/").status_code == 404
    assert api.get("projects/9999999999999999999999/").status_code == 404


class TestFilters:
    @pytest.fixture
    def codes(self, api, world):
        make.project("PART", parent=world.tram, name="Études")
        Project.objects.filter(pk=world.tram.pk).update(declared="green", external_ref="X-1", priority=4)
        Project.objects.filter(pk=world.harbour.pk).update(forecast_end=date(2029, 1, 1), state="planning")
        refresh.refresh([world.tram.pk, world.harbour.pk], on=make.TODAY, at=NOON)
        return lambda **query: {row["code"] for row in api.rows("projects/", **query)}

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"portfolio": "NORTH"}, {"TRAM", "PART"}),
            ({"portfolio": "north"}, {"TRAM", "PART"}),
            ({"programme": "RAIL"}, {"TRAM", "PART"}),
            ({"portfolio": "NORTH", "counted": "true"}, {"TRAM"}),
            ({"counted": "false"}, {"PART"}),
            ({"state": "planning,closed"}, {"HARBOUR"}),
            ({"declared": "green"}, {"TRAM"}),
            ({"declared": "none"}, {"HARBOUR", "SECRET", "PART"}),
            ({"computed": "red"}, {"HARBOUR"}),
            ({"computed": "grey,red"}, {"HARBOUR", "TRAM", "SECRET", "PART"}),
            ({"priority": "4,5"}, {"TRAM"}),
            ({"priority": "1,none", "portfolio": "NORTH"}, {"PART"}),
            ({"q": "etudes"}, {"PART"}),
            ({"q": "LIGNE tram"}, {"TRAM"}),
            ({"q": "%"}, set()),
            ({"external_ref": "X-1"}, {"TRAM"}),
            ({"code": "TRAM"}, {"TRAM"}),
            ({"updated_since": "2199-01-01"}, set()),
            ({"updated_since": "2020-01-01T00:00:00Z", "code": "TRAM"}, {"TRAM"}),
        ],
    )
    def test_projects(self, codes, query, expected):
        assert codes(**query) == expected

    def test_children(self, api, world):
        (
            make.milestone(world.tram, is_key=True, baseline_date=date(2027, 1, 1)),
            make.milestone(world.harbour, actual_date=date(2026, 1, 1)),
        )
        make.risk(world.tram, status="closed"), make.risk(world.harbour, kind="opportunity")
        make.budget_line(world.tram, month=None, kind="initial"), make.budget_line(world.harbour)

        def of(path, **query):
            return [row["project_code"] for row in api.rows(path, **query)]

        assert of("milestones/", portfolio="NORTH") == ["TRAM"]
        assert of("milestones/", project=world.harbour.pk) == ["HARBOUR"]
        assert of("milestones/", is_key="true") == ["TRAM"]
        assert of("milestones/", open="false") == ["HARBOUR"]
        assert of("milestones/", baseline_date_to="2027-01-01") == ["TRAM"]
        assert of("risks/", open="true") == ["HARBOUR"]
        assert of("risks/", kind="threat") == ["TRAM"]
        assert of("budget-lines/", whole_life="true") == ["TRAM"]
        assert of("budget-lines/", kind="revised,actual") == ["HARBOUR"]


class TestPastDays:
    """`as_of` is the end of that day in the site's time zone (Europe/Paris)."""

    @pytest.fixture
    def told(self, world):
        """tram: 30 June 2026 at 23:30 in Paris (21:30 UTC) it was called Alpha, on 1 July at 00:30 it became Beta."""
        for name, at in (
            ("Alpha", datetime(2026, 6, 30, 21, 30, tzinfo=UTC)),
            ("Beta", datetime(2026, 6, 30, 22, 30, tzinfo=UTC)),
        ):
            Project.objects.filter(pk=world.tram.pk).update(name=name)
            refresh.refresh([world.tram.pk], on=make.TODAY, at=at)

    @pytest.mark.parametrize(
        ("day", "names"), [("2026-06-29", []), ("2026-06-30", ["Alpha"]), ("2026-07-01", ["Beta"])]
    )
    def test_midnight_is_the_sites(self, api, told, day, names):
        assert [row["name"] for row in api.rows("projects/", as_of=day)] == names
        assert [row["name"] for row in api.rows("health/", as_of=day)] == names

    def test_row_is_the_photograph_and_has_no_version(self, api, told, world):
        [row] = api.rows("projects/", as_of="2026-06-30", portfolio="NORTH", programme="RAIL")
        [now] = api.rows("projects/", code="TRAM")
        assert (row["id"], row["portfolio"], row["programme"]) == (world.tram.pk, "NORTH", "RAIL")
        assert (row["version"], row["updated_at"], row["computed_at"]) == (None, None, "2026-06-30T21:30:00Z")
        assert row.keys() == now.keys()
        differing = {name for name in row if row[name] != now[name]}
        assert differing == {"name", "version", "updated_at", "computed_at"}

    def test_today_is_the_current_state(self, api, world):
        assert {row["code"] for row in api.rows("projects/", as_of=timezone.localdate().isoformat())} == {
            "TRAM",
            "HARBOUR",
            "SECRET",
        }

    def test_what_left_is_found_then_and_not_now(self, api, told, world):
        Project.objects.filter(pk=world.tram.pk).update(left_on=date(2026, 8, 1))
        refresh.refresh([world.tram.pk], on=make.TODAY, at=datetime(2026, 8, 1, tzinfo=UTC))
        assert [row["code"] for row in api.rows("projects/", portfolio="NORTH")] == []
        assert [row["name"] for row in api.rows("projects/", portfolio="NORTH", as_of="2026-07-15")] == ["Beta"]
        assert api.rows("projects/", portfolio="NORTH", as_of="2026-08-15") == []
        assert api.get(f"projects/{world.tram.pk}/").status_code == 200

    def test_rights_are_those_of_today(self, told, world, eve):
        assert len(Api(eve).rows("projects/", as_of="2026-07-15")) == 1
        Project.objects.filter(pk=world.tram.pk).update(confidentiality="confidential")
        assert Api(eve).rows("projects/", as_of="2026-07-15") == []
        assert Api(eve).rows("health/", as_of="2026-07-15") == []

    def test_moved_portfolio_keeps_its_past(self, api, told, world):
        world.north.parent = world.south
        world.north.save(update_fields=["parent"])
        for code in ("NORTH", "SOUTH"):
            assert [row["name"] for row in api.rows("projects/", portfolio=code, as_of="2026-07-15")] == ["Beta"]

    def test_history_lists_each_state(self, api, told, world):
        rows = walk(api, f"health/{world.tram.pk}/history/", page_size=1, ordering="valid_from")
        assert [(row["name"], row["valid_to"]) for row in rows] == [("Alpha", "2026-06-30T22:30:00Z"), ("Beta", None)]


class TestRollups:
    @pytest.fixture(autouse=True)
    def computed(self, world):
        make.budget_line(world.tram, amount=100), make.budget_line(world.secret, amount=7)
        foreign = make.project("ABROAD", node=world.rail, currency="USD")
        make.budget_line(foreign, amount=1000)
        ids = [world.tram.pk, world.harbour.pk, world.secret.pk, foreign.pk]
        refresh.refresh(ids, on=make.TODAY, at=NOON)

    def of(self, user):
        return {row["code"]: row for row in Api(user).rows("rollups/")}

    def test_each_sees_the_sums_of_what_they_see(self, ada, eve, cleo, ben, omar):
        assert {code: (row["audience"], row["projects"]) for code, row in self.of(ada).items()} == {
            "NORTH": ("full", 2),
            "RAIL": ("full", 2),
            "SOUTH": ("full", 2),
        }
        assert (self.of(eve)["SOUTH"]["audience"], self.of(eve)["SOUTH"]["projects"]) == ("open", 1)
        assert self.of(cleo).keys() == {"NORTH", "RAIL"}
        assert {code: (row["audience"], row["projects"]) for code, row in self.of(ben).items()} == {
            "NORTH": ("visible", 1),
            "RAIL": ("visible", 1),
        }
        assert self.of(omar) == {}

    def test_computed_sums_equal_stored_ones(self, eve, world):
        """The same reader, once with stored sums and once (named on a confidential part, which counts for nothing) computed."""
        stored = self.of(eve)
        part = make.project("PART", parent=world.tram, confidentiality="confidential")
        make.member(eve, "viewer", on=part)
        computed = self.of(eve)
        for code in ("NORTH", "RAIL"):
            assert computed[code] == {**stored[code], "audience": "visible", "changed_at": None}
        assert computed["SOUTH"] == stored["SOUTH"]
        assert stored["NORTH"]["budget"] == "100.00"
        assert stored["NORTH"]["other_currency"] == 1

    def test_one_and_a_past_day(self, ada, world):
        assert Api(ada).get(f"rollups/{world.north.pk}/").json()["projects"] == 2
        past = Api(ada).rows("rollups/", as_of="2026-11-21", portfolio="NORTH")
        assert [(row["code"], row["projects"]) for row in past] == [("NORTH", 2), ("RAIL", 2)]
        assert all(row["projects"] == 0 for row in Api(ada).rows("rollups/", as_of="2026-11-19"))


def statements(api, path):
    """SQL statements of a GET; the token's last use was already written by an earlier one."""
    with CaptureQueriesContext(
        connection,
    ) as seen:
        assert api.get(path).status_code == 200
    return [one["sql"] for one in seen.captured_queries]


# token with its user, memberships, rows; a filter by portfolio looks its path up; roll-ups add the sums.
COUNTS = {
    "projects/": 3,
    "projects/?portfolio=NORTH": 4,
    "projects/?portfolio=NORTH&as_of=2026-11-22": 4,
    "portfolios/": 3,
    "programmes/": 3,
    "milestones/": 3,
    "budget-lines/": 3,
    "risks/": 3,
    "issues/": 3,
    "actions/": 3,
    "decisions/": 4,  # and the options of them all
    "health/": 3,
    "rollups/": 4,
}


@pytest.mark.parametrize("path", list(COUNTS))
def test_query_counts_are_flat(api, world, path):
    def fill(count):
        made = [make.project(node=world.rail) for _number in range(count)]
        for one in made:
            make.milestone(one), make.budget_line(one), make.risk(one), make.programme(parent=world.north)
            make.issue(one), make.action(one), make.decision(one, options=[{"label": "A"}])
        refresh.refresh([one.pk for one in made], on=make.TODAY, at=NOON + timedelta(hours=count))

    fill(1)
    api.get(path)
    few = statements(api, path)
    assert len(few) == COUNTS[path], few
    fill(50)
    assert len(statements(api, path)) == len(few)


def test_the_document_tells_callers_nothing_about_our_classes(api):
    told = api.get("schema/").content.decode()
    assert "A subclass" not in told
    assert "_row`" not in told
