"""What a reader wants of each row: some members, the objects it points at, or the whole list as CSV."""

import csv
import io
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmo_portal.core.api import tables
from pmo_portal.core.cells import from_cell
from pmo_portal.core.schema import document
from projects.models import Project
from reporting.health.services import refresh
from tests import make
from tests.core.api_client import ROOT, Api

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
CSV = {"Accept": "text/csv"}


@pytest.fixture
def api(ada):
    return Api(ada)


@pytest.fixture
def zoe(world):
    person = make.person("Zoé", email="zoe@example.org")
    Project.objects.filter(pk=world.tram.pk).update(project_manager=person)
    return person


def lists():
    """The paths of all lists, from the document; the one below a project is asked of the tram line."""
    paths = document()["paths"]
    return [
        path.removeprefix(ROOT)
        for path in paths
        if "text/csv" in paths[path].get("get", {}).get("responses", {}).get("200", {}).get("content", {})
    ]


def address(path, world):
    return path.replace("{project}", str(world.tram.pk))


def members(path):
    found = document()["paths"][f"{ROOT}{path}"]["get"]["parameters"]
    return next(one["schema"]["items"]["enum"] for one in found if one["name"] == "fields")


def table(answer):
    """The rows of a CSV answer, as dictionaries of text."""
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/csv; charset=utf-8; header=present")
    return list(csv.DictReader(io.StringIO(b"".join(answer.streaming_content).decode(), newline="")))


def as_csv(api, path):
    return api.client.get(f"{ROOT}{path}", headers={**api.headers, **CSV})


class TestFields:
    @pytest.mark.parametrize("path", lists())
    def test_each_member_alone_and_the_last_two_the_other_way_round(self, api, world, path):
        make.milestone(world.tram), make.budget_line(world.tram), make.risk(world.tram)
        refresh.refresh([world.tram.pk], on=make.TODAY, at=NOON)
        names, here = members(path), address(path, world)
        whole = api.rows(here)
        assert all(list(row) == names for row in whole), "without fields= every member documented is there"
        for name in names:
            assert api.rows(here, fields=name) == [{name: row[name]} for row in whole], name
        last, before = names[-1], names[-2]
        assert [list(row) for row in api.rows(here, fields=f"{last},{before}")] == [[last, before] for _row in whole]

    def test_only_what_is_asked_for_is_selected(self, api, world):
        with CaptureQueriesContext(connection) as seen:
            api.rows("projects/", fields="code,name")
        [statement] = [one["sql"] for one in seen.captured_queries if 'FROM "projects_project"' in one["sql"]]
        chosen = statement.partition(" FROM ")[0]
        assert chosen.count(",") == 2, chosen  # and the id, which orders

    def test_of_one_row_with_its_version(self, api, world):
        answer = api.get(f"projects/{world.tram.pk}/", fields="name,code")
        assert (answer.json(), answer["ETag"]) == ({"name": "Ligne de tram", "code": "TRAM"}, '"v1"')

    @pytest.mark.parametrize(
        "given", ["nonsense", "id,nonsense", "", ",", "version__id", "project_manager__user__password"]
    )
    def test_a_member_that_is_not_there(self, api, world, given):
        for path in ("projects/", f"projects/{world.tram.pk}/", "milestones/"):
            answer = api.get(path, fields=given)
            assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "?fields")

    def test_pages_follow_a_member_left_out(self, api, world):
        first = api.get("projects/", fields="name", ordering="-code", page_size=2).json()
        second = api.client.get(first["next"], headers=api.headers).json()
        assert [*first["results"], *second["results"]] == [
            {"name": "Ligne de tram"},
            {"name": "Projet secret"},
            {"name": "Port"},
        ]


class TestExpand:
    def test_objects_are_what_their_resource_answers(self, api, world, zoe):
        milestone = make.milestone(world.tram, owner=zoe)
        row = api.get(f"milestones/{milestone.pk}/", expand="project,owner,portfolio").json()
        [project] = api.rows("projects/", code="TRAM")
        assert row["project"] == world.tram.pk
        assert row["expanded"] == {
            "project": project,
            "owner": api.get(f"people/{zoe.pk}/").json(),
            "portfolio": api.get(f"portfolios/{world.north.pk}/").json(),
        }
        assert api.rows("milestones/", expand="owner", fields="name") == [
            {"name": milestone.name, "expanded": {"owner": api.get(f"people/{zoe.pk}/").json()}}
        ]

    def test_none_where_there_is_none(self, api, world):
        make.risk(world.tram)
        assert api.rows("risks/", expand="owner")[0]["expanded"] == {"owner": None}

    def test_what_a_reader_may_not_open_stays_closed(self, world, cleo, zoe):
        """A viewer reads names on projects, but not the address book; the containers of a project are theirs to see."""
        [row] = Api(cleo).rows("projects/", expand="project_manager,portfolio")
        assert row["manager"] == "Zoé"
        assert (row["expanded"]["project_manager"], row["expanded"]["portfolio"]["code"]) == (None, "NORTH")
        make.project("PART", parent=world.tram)
        world.tram.__class__.objects.filter(pk=world.tram.pk).update(confidentiality="confidential")
        [row] = Api(cleo).rows("projects/", code="PART", expand="parent")
        assert row["expanded"] == {"parent": None}

    def test_statements_stay_the_same_from_one_row_to_fifty(self, api, world, zoe):
        def asked():
            with CaptureQueriesContext(connection) as seen:
                api.rows("milestones/", expand="project,owner,portfolio")
            return len(seen.captured_queries)

        make.milestone(world.tram, owner=zoe)
        asked()
        few = asked()
        for _number in range(50):
            make.milestone(make.project(node=world.rail), owner=make.person())
        assert asked() == few == 6  # token, memberships, milestones; then one for each kind of object

    @pytest.mark.parametrize("given", ["nonsense", "", "owner,secret"])
    def test_an_object_that_is_not_there(self, api, world, given):
        answer = api.get("milestones/", expand=given)
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "?expand")

    def test_a_past_day_embeds_what_it_kept(self, api, world):
        refresh.refresh([world.tram.pk], on=make.TODAY, at=NOON)
        [row] = api.rows("projects/", as_of="2026-11-21", expand="portfolio,node")
        assert (row["expanded"]["portfolio"]["code"], row["expanded"]["node"]["code"]) == ("NORTH", "RAIL")
        assert api.get("projects/", as_of="2026-11-21", expand="project_manager").status_code == 400


class TestCsv:
    @pytest.mark.parametrize("path", lists())
    def test_says_what_the_pages_say(self, api, world, path):
        make.milestone(world.tram), make.budget_line(world.tram, amount=-12), make.risk(world.tram)
        refresh.refresh([world.tram.pk], on=make.TODAY, at=NOON)
        here = address(path, world)
        rows, found = api.rows(here), table(as_csv(api, here))
        assert [list(row) for row in found] == [list(row) for row in rows]
        for told, row in zip(found, rows, strict=True):
            for name, value in row.items():
                same = (
                    {None: "", True: "true", False: "false"}.get(value)
                    if isinstance(value, bool | None)
                    else str(value)
                )
                if not isinstance(value, list | dict):
                    assert from_cell(told[name]) == same, name

    def test_every_row_in_the_order_asked_for_whatever_the_size_of_a_chunk(self, api, world, monkeypatch):
        monkeypatch.setattr(tables, "CHUNK", 3)
        for number in range(10):
            make.project(f"X{number}", node=world.rail, name=f"n{number % 4}")
        found = table(
            api.client.get(
                f"{ROOT}projects/?portfolio=NORTH&ordering=-name&fields=name,code", headers={**api.headers, **CSV}
            )
        )
        assert [list(row) for row in found] == [["name", "code"]] * 11
        assert [row["name"] for row in found] == sorted((row["name"] for row in found), reverse=True)
        assert len({row["code"] for row in found}) == 11

    def test_text_that_could_run_is_disarmed_and_the_rest_is_kept(self, api, world):
        title = '=HYPERLINK("http://evil")'
        make.risk(world.tram, title=title, description='one "two"\r\nthree, four')
        [row] = table(as_csv(api, "risks/"))
        assert (row["title"], row["description"]) == (f"'{title}", 'one "two"\r\nthree, four')

    def test_shows_what_is_visible(self, world, cleo):
        found = table(as_csv(Api(cleo), "projects/?fields=code"))
        assert found == [{"code": "TRAM"}]

    @pytest.mark.parametrize(
        "query", ["page_size=2", "cursor=WzFd", "count=true", "expand=portfolio", "ordering=nonsense", "x=1"]
    )
    def test_what_makes_no_sense_in_it(self, api, world, query):
        answer = as_csv(api, f"projects/?{query}")
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert answer.json()["errors"][0]["path"] == f"?{query.partition('=')[0]}"

    def test_too_long_a_list_says_so_before_it_begins(self, api, world, monkeypatch):
        monkeypatch.setattr(tables, "MOST", 2)
        answer = as_csv(api, "projects/")
        assert answer.status_code == 400
        assert "narrow" in answer.json()["errors"][0]["message"] or "filtr" in answer.json()["errors"][0]["message"]

    def test_only_lists(self, api, world):
        for path in (f"projects/{world.tram.pk}/", "", "nowhere/"):
            answer = as_csv(api, path)
            assert (answer.status_code, answer["Content-Type"]) == (
                404 if path == "nowhere/" else 406,
                "application/problem+json",
            )
        answer = api.client.get(f"{ROOT}projects/", headers={**api.headers, "Accept": "application/xml"})
        assert answer.status_code == 406
