"""Every address of the API, taken from its document: no parameter, version or member undeclared (exams B 31, G 74, A 6)."""

import json

import pytest

from pmo_portal.core.schema import document
from tests import make
from tests.core.api_client import ROOT, Api
from tests.core.api_rows import one_of_each

pytestmark = pytest.mark.django_db
UNKNOWN = ("undocumented", "id__gt", "project__confidentiality", "_connector", "format", "limit", "offset", "search")


def operations(*methods):
    """(path, method, operation) of the document, for these methods."""
    return [
        (path, method, operation)
        for path, all_of_it in document()["paths"].items()
        for method, operation in all_of_it.items()
        if method in methods
    ]


def parameters(operation, place):
    return {one["name"] for one in operation.get("parameters", ()) if one["in"] == place}


def editable(operation):
    """The members of a body."""
    [media] = operation["requestBody"]["content"].values()
    return document()["components"]["schemas"][media["schema"]["$ref"].rpartition("/")[2]]["properties"]


@pytest.fixture
def address(ada, world):
    """path → the address of a row that is there."""
    rows = one_of_each(ada, world)

    def of(path):
        collection = path.removeprefix(ROOT).partition("/")[0]
        return path.replace("{id}", str(rows.get(collection))).replace("{project}", str(world.tram.pk))

    return of


def test_unknown_parameters_are_refused_everywhere(ada, address):
    api, asked = Api(ada), 0
    for path, method, operation in operations("get", "post", "put", "patch", "delete"):
        for name in UNKNOWN:
            if name in parameters(operation, "query"):
                continue
            tag = '"v1"' if "If-Match" in parameters(operation, "header") else None
            answer = api.send(method.upper(), f"{address(path).removeprefix(ROOT)}?{name}=1", {}, version=tag)
            assert answer.status_code == 400, (method, path, name, answer.status_code)
            assert f"?{name}" in [one["path"] for one in answer.json()["errors"]], (method, path, name, answer.content)
            asked += 1
    print(f"\n{asked} requests with an undocumented parameter, all refused")  # noqa: T201
    assert asked > 400


def test_documented_parameters_are_known_everywhere(ada, address):
    """None of those the document promises is refused as unknown."""
    api = Api(ada)
    for path, _method, operation in operations("get"):
        for name in parameters(operation, "query"):
            answer = api.get(address(path).removeprefix(ROOT), **{name: "\x00"})
            told = json.dumps(answer.json())
            assert "This parameter does not exist here." not in told, (path, name)


# What the verbs of an item need, beside the version.
VERBS = {
    "status": {"declared": "green", "trend": "up", "key_message": "Bien."},
    "take": {"outcome": "go"},
    "refuse": {"reason": "Hors budget"},
    "schedule": {"scheduled_for": "2099-01-15"},
    "correct": {"comment": "Quand ?"},
    "revise": {"revision_reason": "Requalifié en comité"},
    "levelings/propose": {"projects": [1]},
    "proposals/refuse": {"answer": "Non"},
    "allocations/refuse": {"answer": "Personne avant juin"},
    "allocations/split": {"months": [{"month": "2099-01-01", "granted": "1.00"}]},
}


def test_a_change_names_the_version_it_saw(ada, address):
    """Without If-Match 428, with `*` 428, with any other version 412; the row stays as it is."""
    api, asked = Api(ada), 0
    for path, method, operation in operations("post", "put", "patch", "delete"):
        if "If-Match" not in parameters(operation, "header"):
            continue
        here = address(path).removeprefix(ROOT)
        verb = here.rstrip("/").rpartition("/")[2]
        item = here.removesuffix("/").removesuffix(verb) if verb.isalpha() else here
        before = api.get(item).json()
        body = VERBS.get(f"{here.partition('/')[0]}/{verb}", VERBS.get(verb, {}))
        if method == "put":
            body = {name: before[name] for name in editable(operation) if name in before}
        for given, expected in (
            (None, 428),
            ("", 428),
            ("*", 428),
            ('"v0"', 412),
            ('W/"v1"', 412),
            ('"v1", "v2"', 412),
        ):
            answer = api.send(method.upper(), here, body, version=given)
            assert answer.status_code == expected, (method, path, given, answer.status_code, answer.content)
            asked += 1
        assert api.get(item).json() == before, path
    print(f"\n{asked} changes without the version, all refused")  # noqa: T201
    assert asked >= 150


def test_what_hangs_off_a_hidden_row_is_missing(cleo, world):
    """Addresses below a row: hidden and missing are answered alike, whatever the method."""
    caller, hidden = Api(cleo), {"{project}": world.secret.pk, "{id}": world.secret.pk}
    asked = 0
    for path, method, _operation in operations("get", "post", "put", "patch", "delete"):
        key = next((name for name in hidden if name in path), "")
        if not key or not path.startswith((f"{ROOT}projects/", f"{ROOT}health/")):
            continue
        there = caller.send(method.upper(), path.replace(key, str(hidden[key])).removeprefix(ROOT), {}, version=1)
        nowhere = caller.send(method.upper(), path.replace(key, "987654321").removeprefix(ROOT), {}, version=1)
        assert (there.status_code, there.content) == (404, nowhere.content), (method, path)
        asked += 1
    assert asked >= 7


def test_no_project_appears_in_another_ones_history(ada, cleo, world):
    make.milestone(world.secret)
    assert Api(cleo).get(f"health/{world.secret.pk}/history/").status_code == 404
    assert all(row["project"] == world.tram.pk for row in Api(ada).rows(f"health/{world.tram.pk}/history/"))
