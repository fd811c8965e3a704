"""Writing through the API: versions, refusals in one shape, a fixed number of statements, and what is recorded."""

import json
import threading
from datetime import date

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core.editing import Busy
from pmo_portal.core.models import AuditEvent, Work
from projects.hierarchy import api as hierarchy_api
from projects.models import MilestoneForecast, Project
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(ada):
    return Api(ada)


def problem(answer, code, slug, *paths):
    """The answer is a problem of this kind whose errors name these paths."""
    assert (answer.status_code, answer["Content-Type"]) == (code, "application/problem+json"), answer.content
    body = answer.json()
    assert (body["type"], body["status"]) == (f"urn:pmo-portal:problem:{slug}", code)
    assert [one["path"] for one in body["errors"]] == list(paths)
    assert body["title"]
    assert body["detail"]
    return body


class TestVersions:
    @pytest.mark.parametrize("given", [None, "", "*"])
    def test_without_a_version(self, api, world, given):
        before = list(Project.objects.values())
        for method in ("PATCH", "PUT", "DELETE"):
            answer = api.send(method, f"projects/{world.tram.pk}/", {"name": "x"}, version=given)
            told = problem(answer, 428, "no-version")
            assert ("`*`" in told["detail"]) == (given == "*")
        assert list(Project.objects.values()) == before

    @pytest.mark.parametrize("given", ['"v2"', 'W/"v1"', '"1"', "v1", '"v1", "v2"', '"v999999999"', '"nonsense"'])
    def test_with_another_version(self, api, world, given):
        answer = api.patch(f"projects/{world.tram.pk}/", {"name": "x"}, version=given)
        body = problem(answer, 412, "stale")
        assert (body["current"]["name"], body["current"]["version"], answer["ETag"]) == ("Ligne de tram", 1, '"v1"')

    def test_item_gives_the_version_to_send_back(self, api, world):
        item = f"projects/{world.tram.pk}/"
        first = api.patch(item, {"phase": "Études"}, version=api.get(item)["ETag"])
        second = api.patch(item, {"phase": "Travaux"}, version=first["ETag"])
        assert (first["ETag"], second["ETag"], second.json()["phase"]) == ('"v2"', '"v3"', "Travaux")

    def test_changing_nothing_keeps_the_version(self, api, world):
        answer = api.patch(f"projects/{world.tram.pk}/", {"name": "Ligne de tram"}, version=1)
        assert (answer.status_code, answer["ETag"]) == (200, '"v1"')
        assert not AuditEvent.objects.filter(source="api").exists()


@pytest.mark.django_db(transaction=True)
def test_no_update_is_lost_between_writers(ada, world):
    """Four writers add one to the same risk, retrying on 412: every acknowledged addition is there."""
    risk = make.risk(world.tram, title="0")
    callers = [Api(ada) for _number in range(4)]
    item, each = f"risks/{risk.pk}/", 6

    def add(caller):
        try:
            for _round in range(each):
                while True:
                    seen = caller.get(item)
                    changed = {"title": str(int(seen.json()["title"]) + 1)}
                    if caller.patch(item, changed, version=seen["ETag"]).status_code == 200:
                        break
        finally:
            connections.close_all()

    threads = [threading.Thread(target=add, args=(caller,)) for caller in callers]
    [thread.start() for thread in threads]
    [thread.join(timeout=60) for thread in threads]
    found = callers[0].get(item).json()
    assert (found["title"], found["version"]) == (str(len(callers) * each), 1 + len(callers) * each)


class TestRefusals:
    def test_body_that_is_not_json(self, api, world):
        item = f"/api/v1/projects/{world.tram.pk}/"
        headers = {**api.headers, "If-Match": '"v1"'}
        for text in ("{", "[1", '{"name": NaN}', "\xff", ""):
            answer = api.client.generic(
                "PATCH", item, text.encode("latin-1"), content_type="application/json", headers=headers
            )
            assert answer.status_code in (200, 400)  # an empty body changes nothing
            if text:
                assert "pas du JSON" in problem(answer, 400, "invalid")["detail"]
        answer = api.client.generic(
            "PATCH", item, "name=x", content_type="application/x-www-form-urlencoded", headers=headers
        )
        problem(answer, 415, "media-type")

    @pytest.mark.parametrize("body", [[], [{"name": "x"}], "name", 3, None, True])
    def test_body_that_is_not_an_object(self, api, world, body):
        data = json.dumps(body)
        headers = {**api.headers, "If-Match": '"v1"'}
        item = f"/api/v1/projects/{world.tram.pk}/"
        answer = api.client.generic("PATCH", item, data, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 400), answer.content
        assert Project.objects.get(pk=world.tram.pk).version == 1

    @pytest.mark.parametrize(
        ("change", "path"),
        [
            ({"name": ""}, "name"),
            ({"name": None}, "name"),
            ({"name": "x" * 301}, "name"),
            ({"name": "\u0000"}, "name"),
            ({"state": "dancing"}, "state"),
            ({"node": True}, "node"),
            ({"node": 2**70}, "node"),
            ({"node": "x"}, "node"),
            ({"node": {"id": 1}}, "node"),
            ({"project_manager": 987654321}, "project_manager"),
            ({"percent_complete": 101}, "percent_complete"),
            ({"percent_complete": "1e400"}, "percent_complete"),
            ({"baseline_end": "2026-02-30"}, "baseline_end"),
            ({"must_win": "perhaps"}, "must_win"),
            ({"priority": 6}, "priority"),
            ({"declared": "green"}, "declared"),
            ({"version": 9}, "version"),
            ({"nonsense": 1}, "nonsense"),
        ],
    )
    def test_field_is_named(self, api, world, change, path):
        problem(api.patch(f"projects/{world.tram.pk}/", change, version=1), 400, "invalid", path)
        assert Project.objects.get(pk=world.tram.pk).version == 1

    def test_rules_of_the_domain(self, api, world):
        item = f"projects/{world.tram.pk}/"
        problem(api.patch(item, {"state": "suspended"}, version=1), 422, "refused", "resume_date")
        problem(api.patch(item, {"state": "closed"}, version=1), 422, "refused", "state")
        problem(api.patch(item, {"baseline_end": "2025-01-01"}, version=1), 422, "refused", "baseline_end")
        problem(api.post("projects/", {"code": "TRAM", "name": "x", "node": world.rail.pk}), 422, "refused", "code")
        line = {"project": world.tram.pk, "kind": "actual", "amount": "1", "month": "2026-10-02"}
        problem(api.post("budget-lines/", line), 422, "refused", "month")
        assert Project.objects.get(pk=world.tram.pk).version == 1

    def test_methods_and_formats(self, api, world):
        problem(api.send("DELETE", "projects/"), 405, "method")
        problem(api.send("OPTIONS", "projects/"), 405, "method")
        problem(api.post("health/", {}), 405, "method")
        answer = api.client.get("/api/v1/projects/", headers={**api.headers, "Accept": "text/html"})
        problem(answer, 406, "not-acceptable")
        problem(api.get("nowhere/"), 404, "not-found")
        problem(Api(None).get("nowhere/"), 404, "not-found")
        assert api.send("HEAD", "projects/").status_code == 200

    def test_rows_held_by_someone_else(self, api, world, monkeypatch):
        def busy(**_given):
            raise Busy("Réessayez.")

        monkeypatch.setattr(hierarchy_api, "update_node", busy)
        answer = api.patch(f"portfolios/{world.north.pk}/", {"name": "x"}, version=1)
        problem(answer, 409, "busy")
        assert answer["Retry-After"] == "1"

    def test_what_nobody_foresaw_tells_nothing(self, api, world, monkeypatch):
        def broken(**_given):
            raise RuntimeError("a secret detail")

        monkeypatch.setattr(hierarchy_api, "update_node", broken)
        api.client.raise_request_exception = False
        answer = api.patch(f"portfolios/{world.north.pk}/", {"name": "x"}, version=1)
        problem(answer, 500, "internal")
        assert b"secret" not in answer.content

    def test_language_of_the_caller(self, api, world):
        def told(language):
            answer = api.client.get("/api/v1/nowhere/", headers={**api.headers, "Accept-Language": language})
            return answer.json()["title"]

        assert (told("fr"), told("en-GB")) == ("Introuvable", "Not found")


class TestWhatIsRecorded:
    def test_change_is_audited_and_health_is_asked_for(self, api, ada, world):
        api.patch(f"projects/{world.tram.pk}/", {"forecast_end": "2027-09-30"}, version=1)
        event = AuditEvent.objects.get(source="api")
        assert (event.actor, event.source, event.changes) == (
            ada,
            "api",
            {"forecast_end": ["2027-06-30", "2027-09-30"]},
        )
        assert Work.objects.filter(kind="health", subject_id=world.tram.pk).exists()

    def test_forecasts_are_remembered(self, api, world):
        milestone = make.milestone(world.tram)
        answer = api.patch(f"milestones/{milestone.pk}/", {"forecast_date": "2027-03-01"}, version=1)
        assert answer.json()["slip_days"] == 45
        assert MilestoneForecast.objects.get(milestone=milestone).forecast_date == date(2027, 3, 1)

    def test_parts_live_where_the_whole_lives(self, api, world):
        body = {"code": "DEPOT", "name": "Dépôt", "node": world.south.pk, "parent": world.tram.pk}
        created = api.post("projects/", body).json()
        assert (created["portfolio"], created["programme"], created["parent"]) == ("NORTH", "RAIL", world.tram.pk)

    def test_moving_a_project(self, api, world):
        moved = api.patch(f"projects/{world.tram.pk}/", {"node": world.south.pk}, version=1).json()
        assert (moved["portfolio"], moved["programme"], moved["node"]) == ("SOUTH", None, world.south.pk)

    def test_nobody_takes_a_project_along_to_where_they_manage(self, ben, world):
        """As on the page, moves are the PMO's: else a project manager carries a project out of its PMO's sight."""
        make.member(ben, "portfolio_manager", on=world.south)
        whole = make.project("WHOLE", node=world.south)
        for place in ({"node": world.south.pk}, {"parent": whole.pk}):
            answer = Api(ben).patch(f"projects/{world.tram.pk}/", place, version=1)
            assert answer.status_code == 403, place
            rows = {"portfolio": "NORTH", "rows": [{"code": "TRAM", "external_ref": "T-1", **place}]}
            assert Api(ben).post("projects/bulk/", rows).status_code == 422
        world.tram.refresh_from_db()
        assert (world.tram.portfolio, world.tram.parent) == (world.north, None)
        repeated = Api(ben).patch(f"projects/{world.tram.pk}/", {"node": world.rail.pk, "phase": "Build"}, version=1)
        assert repeated.status_code == 200

    def test_decimals_keep_every_cent(self, api, world):
        body = {"project": world.tram.pk, "kind": "revised", "amount": "9999999999999999.99", "month": None}
        assert api.post("budget-lines/", body).json()["amount"] == "9999999999999999.99"


def statements(send):
    with CaptureQueriesContext(connection) as seen:
        answer = send()
    assert answer.status_code in (200, 201, 204), answer.content
    return [one["sql"] for one in seen.captured_queries if "SAVEPOINT" not in one["sql"]]


def test_statements_of_a_change(api, world):
    """Token, rights, the row to change, the row locked, the update (which records itself), the wish for health, the row answered;
    a child also locks its project, and a forecast is remembered."""
    milestone, risk = make.milestone(world.tram), make.risk(world.tram)
    Project.objects.update(data_date=timezone.localdate())  # the first change of a day moves it: one statement more
    world.tram.refresh_from_db()
    api.get("")
    seen = {
        "project": statements(
            lambda: api.patch(f"projects/{world.tram.pk}/", {"name": "x"}, version=world.tram.version)
        ),
        "risk": statements(lambda: api.patch(f"risks/{risk.pk}/", {"title": "x"}, version=1)),
        "milestone": statements(lambda: api.patch(f"milestones/{milestone.pk}/", {"name": "x"}, version=1)),
    }
    assert {name: len(found) for name, found in seen.items()} == {"project": 7, "risk": 8, "milestone": 8}, seen
