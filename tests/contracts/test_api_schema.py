"""The OpenAPI document is valid, complete, and what the API really answers and accepts."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate

from pmo_portal.core.api.problems import MEDIA_TYPE
from pmo_portal.core.management.commands.openapi import readable
from pmo_portal.core.periods import add_months
from pmo_portal.core.schema import document
from tests import make
from tests.core.api_client import Api
from tests.core.api_rows import one_of_each, supply_bodies

COMPUTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def described():
    return json.loads(json.dumps(document(), default=str))


def pointer(described, path, method, status):
    """Where the document says what this operation answers."""
    escaped = path.replace("~", "~0").replace("/", "~1")
    kinds = list(described["paths"][path][method]["responses"][str(status)].get("content", {}))
    media = kinds[0].replace("/", "~1") if kinds else ""
    return f"#/paths/{escaped}/{method}/responses/{status}/content/{media}/schema" if media else ""


def conforms(described, path, method, answer):
    """The answer's status is documented and its body has exactly the shape documented for it."""
    responses = described["paths"][path][method]["responses"]
    assert str(answer.status_code) in responses, (method, path, answer.status_code, answer.content)
    reference = pointer(described, path, method, answer.status_code)
    if not reference:
        assert answer.content == b""
        return
    expected = MEDIA_TYPE if answer.status_code >= 400 else "application/json"
    assert answer["Content-Type"] == expected
    Draft202012Validator({**described, "$ref": reference}).validate(answer.json())


def test_document_is_valid(described):
    validate(described)
    assert described["openapi"].startswith("3.1")
    assert set(described["components"]["securitySchemes"]) == {"token", "cookieAuth"}


def test_document_is_the_one_agreed():
    """Whoever changes the API reviews the difference, as its callers will: `make openapi`, then commit it with the change."""
    agreed = Path(__file__).with_name("openapi.json").read_text("utf-8")
    told = (
        "The API is not the one agreed in tests/contracts/openapi.json. If that is meant: make openapi, review, commit."
    )
    assert readable() == agreed, told


def test_every_operation_says_its_errors_and_its_rights(described):
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            answers, where = operation["responses"], f"{method} {path}"
            assert {"400", "401", "406", "429"} <= answers.keys(), where
            assert "Retry-After" in answers["429"]["headers"], where
            assert operation.get("summary"), where
            assert operation["security"], where
            if "{" in path:
                assert "404" in answers, where
            if method not in ("get",):
                assert {"403", "409", "415", "422"} <= answers.keys(), where
            headers = [one["name"] for one in operation.get("parameters", []) if one["in"] == "header"]
            assert ("Idempotency-Key" in headers) is (method == "post"), where
            if "{" in path and method != "get":
                assert {"412", "428"} <= answers.keys(), where
                assert "If-Match" in headers, where
            for code, answer in answers.items():
                if code >= "400":
                    assert answer["content"][MEDIA_TYPE]["schema"] == {"$ref": "#/components/schemas/Problem"}, where


def test_examples_are_valid(described):
    """Each body shown in the documentation would be accepted."""
    shown = 0
    for path, operations in described["paths"].items():
        for method, operation in operations.items():
            for media in operation.get("requestBody", {}).get("content", {}).values():
                assert media.get("examples"), f"{method} {path}"
                for example in media["examples"].values():
                    Draft202012Validator({**described, **media["schema"]}).validate(example["value"])
                    shown += 1
    assert shown > 30


def test_document_is_served(ada):
    answer = Api(ada).get("schema/")
    assert answer.status_code == 200
    assert answer.json()["info"]["title"] == "PMO portal API"
    again = Api(ada).client.get("/api/v1/schema/", headers={**Api(ada).headers, "If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert Api(None).get("schema/").status_code == 401


@pytest.fixture
def rows(world, ada):
    """One row of each resource: {collection: id}."""
    return one_of_each(ada, world)


def operations(method, path="/"):
    """The collections whose address (or whose items') knows the method."""
    found = [one.removeprefix("/api/v1/").partition("/")[0] for one in document()["paths"] if one.count("/") == 4]
    suffix = {"health": "{project}/"}
    return [
        name for name in found
        if method in document()["paths"].get(f"/api/v1/{name}/{suffix.get(name, '{id}/') if path == 'item' else ''}", {})
    ]  # fmt: skip


COLLECTIONS = [name for name in operations("get") if name not in ("me", "comparisons", "capacity", "schema")]
WRITABLE = [
    name
    for name in operations("post")
    if name not in ("imports", "people-imports", "allocation-imports", "report-workbooks", "status-reports")
]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_lists_and_items_conform(described, ada, rows, collection):
    api, path = Api(ada), f"/api/v1/{collection}/"
    found = api.get(f"{collection}/", count="true")
    assert found.json()["count"] >= 1
    conforms(described, path, "get", found)
    conforms(described, path, "get", api.get(f"{collection}/", page_size=1))
    key = "{project}" if collection == "health" else "{id}"
    conforms(described, f"{path}{key}/", "get", api.get(f"{collection}/{rows[collection]}/"))
    conforms(described, path, "get", api.get(f"{collection}/", nonsense=1))
    conforms(described, path, "get", Api(None).get(f"{collection}/"))
    conforms(described, f"{path}{key}/", "get", api.get(f"{collection}/999999/"))


@pytest.mark.parametrize(
    "path", ["projects/?as_of=2026-11-21", "health/?as_of=2026-11-21", "rollups/?as_of=2026-11-21"]
)
def test_past_days_conform(described, ada, rows, path):
    answer = Api(ada).get(path)
    assert answer.json()["results"]
    conforms(described, f"/api/v1/{path.partition('?')[0]}", "get", answer)


def test_history_and_index_conform(described, ada, rows, world):
    conforms(described, "/api/v1/me/", "get", Api(ada).get("me/"))
    conforms(described, "/api/v1/comparisons/", "get", Api(ada).get("comparisons/"))
    conforms(described, "/api/v1/health/{project}/history/", "get", Api(ada).get(f"health/{world.tram.pk}/history/"))
    index = Api(ada).get("")
    conforms(described, "/api/v1/", "get", index)
    below = {one.split("/")[3] for one in document()["paths"] if one.count("/") == 4}
    assert set(index.json()["resources"]) == below


SHARES = ("level", "percent", "share", "percent_run")


def reinforcement() -> dict[str, Any]:
    """What reinforces a role that nobody has."""
    month = add_months(timezone.localdate().replace(day=1), 2)
    row = make.allocation(months={month: 12})
    return {"by": "role", "row": row.role_id, "grain": "month", "at": str(month), "option": "reinforce-0"}


def bodies(world):
    tomorrow = str(timezone.localdate() + timedelta(days=1))
    lent = make.member(make.user("mia"), "viewer", on=world.north)
    return {
        "portfolios": {"code": "EAST", "name": "Est"},
        "programmes": {"code": "ROAD", "name": "Routes", "parent": world.north.pk},
        "projects": {"code": "BUS", "name": "Bus", "node": world.rail.pk},
        "milestones": {"project": world.tram.pk, "name": "Essais", "forecast_date": "2027-05-01"},
        "budget-lines": {"project": world.tram.pk, "kind": "actual", "amount": "12.50", "month": "2026-10-01"},
        "risks": {"project": world.tram.pk, "title": "Grève", "probability": 2, "impact": 4},
        "dependencies": {
            "receiver": world.tram.pk, "supplier": world.harbour.pk, "title": "Quai livré", "needed_by": "2027-03-31",
        },
        "issues": {"project": world.tram.pk, "title": "Recette bloquée", "urgency": 4, "impact": 4},
        "actions": {"project": world.tram.pk, "title": "Relancer", "due_date": "2027-01-15"},
        "decisions": {
            "project": world.tram.pk, "question": "Quelle reprise ?", "amount_asked": "45000.00",
            "options": [{"label": "Tout", "cost": "45000.00", "recommended": True}, {"label": "Rien"}],
        },
        "assessments": {"project": world.tram.pk, "rating": "amber_red", "summary": "Rien n'est signé."},
        "allocations": {
            "project": world.tram.pk, "role": make.role().pk, "note": "Reprise",
            "months": [{"month": "2027-01-01", "asked": "3.00"}],
        },
        "proposals": reinforcement(),
        "levelings": {"node": world.north.pk, "moves": 100},
        "people": {"name": "Léa Martin", "email": "lea@example.org"},
        **supply_bodies(
            person=make.person().pk, skill=make.skill().pk, unit=make.unit().pk, role=make.role().pk,
            calendar=make.working_calendar().pk,
        ),
        "thresholds": {"node": world.north.pk, "key": "risk_level", "amber": "6.00", "red": "12.00"},
        "reporting-calendars": {"node": world.south.pk, "cadence": "monthly", "since": "2026-11-01"},
        "users": {"username": "lea", "first_name": "Léa", "email": "lea@example.org"},
        "memberships": {"user": make.user("max").pk, "role": "viewer", "node": world.north.pk},
        "delegations": {
            "membership": lent.pk, "delegate": make.user("zed").pk, "first": tomorrow, "last": tomorrow, "reason": "Congés",
        },
        "import-profiles": {"name": "Mensuel", "settings": {"columns": {"truc": "project.name"}, "decimal": ","}},
        "saved-views": {"page": "portfolio:NORTH", "name": "En retard", "query": "slip=late"},
    }  # fmt: skip


@pytest.mark.parametrize("collection", WRITABLE)
def test_writes_conform(described, ada, rows, world, collection):
    """Create, repeat the answer's editable members with PUT, change, refuse, delete: every answer is documented."""
    api, path, body = Api(ada), f"/api/v1/{collection}/", bodies(world)[collection]
    sent = described["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    Draft202012Validator({**described, **sent}).validate(body)
    created = api.post(f"{collection}/", body)
    assert created.status_code == 201, created.content
    conforms(described, path, "post", created)
    tag = created["ETag"]
    assert tag == '"v1"' or "version" not in created.json()
    conforms(described, path, "post", api.post(f"{collection}/", {**body, "nonsense": 1}))
    conforms(described, path, "post", api.post(f"{collection}/", {}))

    item, here = f"{collection}/{created.json()['id']}/", f"{path}{{id}}/"
    assert created["Location"] == f"http://testserver/api/v1/{item}"
    if collection in operations("patch", "item"):
        tag = changes_conform(described, api, path, item, created)
    if collection in operations("delete", "item"):
        conforms(described, here, "delete", api.delete(item))
        conforms(described, here, "delete", api.delete(item, version='"v0"'))
        gone = api.delete(item, version=tag)
        assert gone.status_code == 204
        conforms(described, here, "delete", gone)
        conforms(described, here, "get", api.get(item))


def changes_conform(described, api, path, item, created):
    """PUT and PATCH of a new row; returns its ETag after them."""
    here, tag = f"{path}{{id}}/", created["ETag"]
    verb = "put" if "put" in described["paths"][here] else "patch"
    sent = described["paths"][here][verb]["requestBody"]["content"]["application/json"]["schema"]
    editable = described["components"]["schemas"][sent["$ref"].rpartition("/")[2]]["properties"]
    whole = {name: value for name, value in created.json().items() if name in editable}
    Draft202012Validator({**described, **sent}).validate(whole)
    replaced = api.send(verb.upper(), item, whole, version=tag)
    assert replaced.status_code == 200, replaced.content
    assert replaced.json() == created.json(), "sending back what was received changes nothing"
    conforms(described, here, verb, replaced)

    known = (
        "name",
        "title",
        "question",
        "summary",
        "document_ref",
        "last_name",
        "red",
        "since",
        "valid_until",
        "daily_rate",
        "note",
        *SHARES,
    )
    label = next(name for name in known if name in editable)
    tried = {
        **dict.fromkeys(SHARES, (4, 5)),
        "valid_until": ("2031-01-31T12:00:00Z", "2032-01-31T12:00:00Z"),
        "since": ("2031-01-31", "2032-01-31"),
    }
    first, second = tried.get(label, ("14.00", "15.00"))
    changed = api.patch(item, {label: first}, version=tag)
    assert (changed.status_code, changed.json()[label]) == (200, first), changed.content
    assert changed["ETag"] == '"v2"' or "version" not in changed.json()
    conforms(described, here, "patch", changed)
    stale = api.patch(item, {label: second}, version=tag)
    assert (stale.status_code, stale["ETag"], stale.json()["current"]) == (412, changed["ETag"], changed.json())
    conforms(described, here, "patch", stale)
    conforms(described, here, "patch", api.patch(item, {label: second}))
    conforms(described, here, "patch", api.patch(item, {"id": 3}, version=changed["ETag"]))
    assert api.get(item).json() == changed.json()
    return changed["ETag"]


def test_declaring_a_status_conforms(described, ada, world):
    api, here = Api(ada), "/api/v1/projects/{id}/status/"
    item = f"projects/{world.tram.pk}/status/"
    body = {"declared": "amber", "trend": "down", "key_message": "Le fournisseur est en retard."}
    done = api.post(item, body, version=1)
    assert (done.status_code, done.json()["declared"], done.json()["trend"]) == (200, "amber", "down")
    for answer in (
        done,
        api.post(item, body, version=1),
        api.post(item, body),
        api.post(item, {**body, "declared": "amber_red"}, version=2),  # not a level of this scale
        api.post(item, {**body, "key_message": ""}, version=2),
    ):
        conforms(described, here, "post", answer)


def test_what_becomes_of_a_decision_conforms(described, ada, world):
    """Each verb, and what it refuses."""
    api, item = Api(ada), f"decisions/{make.decision(world.tram).pk}/"
    steps = [
        ("schedule", {"scheduled_for": str(timezone.localdate()), "committee": "COPIL"}, "scheduled"),
        ("reopen", {}, "asked"),
        ("lapse", {"reason": "Sans objet"}, "lapsed"),
        ("reopen", {}, "asked"),
        ("take", {"outcome": "postponed", "decided_by_name": "COMEX"}, "asked"),
        ("refuse", {"reason": "Hors budget"}, "refused"),
    ]
    for version, (verb, body, becomes) in enumerate(steps, start=1):
        here = f"/api/v1/decisions/{{id}}/{verb}/"
        done = api.post(f"{item}{verb}/", body, version=version)
        assert (done.status_code, done.json()["status"]) == (200, becomes), done.content
        for answer in (
            done,
            api.post(f"{item}{verb}/", body, version=version),
            api.post(f"{item}{verb}/", body),
            api.post(f"{item}{verb}/", {**body, "status": "taken"}, version=version + 1),
        ):
            conforms(described, here, "post", answer)
    late = api.post(f"{item}take/", {"outcome": "go"}, version=7)
    assert (late.status_code, late.json()["errors"][0]["path"]) == (422, "status")
    conforms(described, "/api/v1/decisions/{id}/take/", "post", late)


def test_the_life_of_a_report_conforms(described, ada, rows, world):
    """Begun, written, submitted, sent back, taken back, validated, frozen: each step, and what it refuses."""
    api, reports = Api(ada), "/api/v1/status-reports/"
    project = make.project("NEWS", node=world.rail, state="executing")
    begun = api.post("status-reports/", {"project": project.pk})
    assert begun.status_code == 201, begun.content
    for answer in (begun, api.post("status-reports/", {"project": project.pk}), api.post("status-reports/", {})):
        conforms(described, reports, "post", answer)
    item = begun["Location"].partition("/api/v1/")[2]
    said = {"declared": "green", "key_message": "Tout va bien", "confirmed": {"VR-02:key_message": "Si"}, "risks": {}}
    written = api.patch(item, said, version=begun["ETag"])
    assert written.status_code == 200, written.content
    for answer in (
        written, api.patch(item, {"key_message": "Autre"}, version=begun["ETag"]), api.patch(item, said),
        api.patch(item, {"state": "frozen"}, version=written["ETag"]), api.get(item),
    ):  # fmt: skip
        conforms(
            described, f"{reports}{{id}}/", "get" if answer.request["REQUEST_METHOD"] == "GET" else "patch", answer
        )
    red = api.patch(item, {"declared": "red"}, version=written["ETag"])
    kept_back = api.post(f"{item}submit/", {}, version=red["ETag"])
    assert kept_back.json()["errors"][0].keys() == {"path", "message", "rule", "kind"}
    conforms(described, f"{reports}{{id}}/submit/", "post", kept_back)
    seen = api.patch(item, {"declared": "green"}, version=red["ETag"])["ETag"]
    for verb, body, becomes in (
        ("submit", {}, "submitted"), ("correct", {"comment": "Quand ?"}, "to_correct"), ("submit", {}, "submitted"),
        ("withdraw", {}, "draft"), ("submit", {}, "submitted"), ("validate", {}, "validated"),
    ):  # fmt: skip
        done = api.post(f"{item}{verb}/", body, version=seen)
        assert (done.status_code, done.json()["state"]) == (200, becomes), done.content
        seen = done["ETag"]
        for answer in (
            done, api.post(f"{item}{verb}/", body, version=1), api.post(f"{item}{verb}/", body),
            api.post(f"{item}{verb}/", {**body, "state": "frozen"}, version=seen),
        ):  # fmt: skip
            conforms(described, f"{reports}{{id}}/{verb}/", "post", answer)
    period = f"reporting-periods/{rows['reporting-periods']}/"
    for verb, becomes in (("open", "open"), ("close", "review"), ("freeze", "frozen")):
        moved = api.post(f"{period}{verb}/", {}, version=api.get(period)["ETag"])
        assert (moved.status_code, moved.json()["state"]) == (200, becomes), moved.content
        for answer in (moved, api.post(f"{period}{verb}/", {}), api.post(f"{period}{verb}/", {}, version='"v0"')):
            conforms(described, f"/api/v1/reporting-periods/{{id}}/{verb}/", "post", answer)
    late = api.post(f"{item}submit/", {}, version=api.get(item)["ETag"])
    assert late.status_code == 422
    words, seen = {"declared": "amber", "revision_reason": "Requalifié en comité"}, api.get(item)["ETag"]
    revised = api.post(f"{item}revise/", words, version=seen)
    assert (revised.status_code, revised.json()["revision"], revised.json()["declared"]) == (201, 2, "amber")
    again = api.post(f"{item}revise/", words, version=seen)
    assert again.status_code == 422  # somebody did meanwhile
    for answer in (revised, again, api.post(f"{item}revise/", {"declared": "red"}, version=seen)):
        conforms(described, f"{reports}{{id}}/revise/", "post", answer)
    conforms(described, f"{reports}{{id}}/submit/", "post", late)


def test_request_bodies_are_closed(described):
    """Nothing undeclared is accepted, and the document says so."""
    for name, schema in described["components"]["schemas"].items():
        if name.endswith("Request"):
            assert schema["additionalProperties"] is False, name
