"""Whatever is sent, the answer is a success that keeps every invariant or a problem that changes nothing; never a 500."""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmo_portal.core.schema import document
from projects.models import BudgetLine, Decision, DecisionOption, Milestone, Node, Project, Risk
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db

TABLES = (Node, Project, Milestone, BudgetLine, Risk, Decision, DecisionOption)
NASTY = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 6),
    st.integers(),
    st.floats(),
    st.sampled_from(
        [
            "",
            " ",
            "x",
            "\u0000",
            "\ud800",
            "é" * 400,
            "1e999999",
            "NaN",
            "Infinity",
            "-0",
            "0.005",
            "99999999999999999.99",
        ]
    ),
    st.sampled_from(["2026-10-01", "2026-13-01", "0001-01-01", "9999-12-31", "2026-10-01T00:00:00", "٣", "²"]),
    st.sampled_from(
        ["green", "up", "executing", "suspended", "closed", "actual", "forecast", "capex", "threat", "GBP", "€"]
    ),
    st.text(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=1),
)
EXAMPLES = settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def body_names(collection):
    content = document()["paths"][f"/api/v1/{collection}/"]["post"]["requestBody"]["content"]["application/json"]
    return list(document()["components"]["schemas"][content["schema"]["$ref"].rpartition("/")[2]]["properties"])


def state():
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


@pytest.fixture
def rows(world):
    return {
        "portfolios": (world.north.pk, {"code": "EAST", "name": "Est"}),
        "programmes": (world.rail.pk, {"code": "ROAD", "name": "Routes", "parent": world.north.pk}),
        "projects": (world.tram.pk, {"code": "BUS", "name": "Bus", "node": world.rail.pk}),
        "milestones": (make.milestone(world.tram).pk, {"project": world.tram.pk, "name": "Essais"}),
        "budget-lines": (make.budget_line(world.tram).pk, {"project": world.tram.pk, "kind": "actual", "amount": "1"}),
        "decisions": (
            make.decision(world.tram, options=[{"label": "x"}]).pk,
            {"project": world.tram.pk, "question": "x"},
        ),
        "risks": (make.risk(world.tram).pk, {"project": world.tram.pk, "title": "x", "probability": 1, "impact": 1}),
    }


@pytest.mark.parametrize(
    "collection", ["portfolios", "programmes", "projects", "milestones", "budget-lines", "decisions", "risks"]
)
def test_bodies(ada, rows, collection):
    api, (pk, base), names = Api(ada), rows[collection], body_names(collection)

    @EXAMPLES
    @given(
        st.dictionaries(
            st.sampled_from(names) | st.text(max_size=2) | st.just("\ud800"), NASTY, min_size=1, max_size=4
        ),
        st.booleans(),
    )
    def sent(change, creating):
        before = state()
        method, path = ("POST", f"{collection}/") if creating else ("PATCH", f"{collection}/{pk}/")
        headers = {**api.headers, "If-Match": api.get(f"{collection}/{pk}/").get("ETag", '"v1"')}
        data = json.dumps({**base, **change} if creating else change)
        answer = api.client.generic(method, f"/api/v1/{path}", data, content_type="application/json", headers=headers)
        assert answer.status_code in (200, 201, 400, 422), (answer.status_code, answer.content)
        if answer.status_code >= 400:
            assert answer["Content-Type"] == "application/problem+json"
            assert answer.json()["detail"]
            assert state() == before
        else:
            row = answer.json()
            assert api.get(f"{collection}/{row['id']}/").json() == row

    sent()


@pytest.mark.parametrize("collection", ["people", "projects", "milestones", "budget-lines", "decisions", "risks"])
def test_many_rows(ada, rows, collection):
    """Whatever the rows say: an outcome for each or a problem, and a dry run writes nothing."""
    api, (_pk, base), names = Api(ada), rows.get(collection, (0, {"name": "Léa"})), body_names(collection)
    member = st.sampled_from([*names, "external_ref", "version", "project_ref"]) | st.text(max_size=2)
    row = st.dictionaries(member, NASTY, max_size=4).map(lambda change: {**base, "external_ref": "a", **change})

    @EXAMPLES
    @given(
        st.lists(row | NASTY, max_size=3), st.dictionaries(st.sampled_from(["source", "portfolio"]), NASTY, max_size=1)
    )
    def sent(some, more):
        before = state()
        body = {"portfolio": "NORTH", "rows": some, **more}
        if collection == "people":
            body.pop("portfolio")
        answer = api.post(f"{collection}/bulk/?dry_run=true", body)
        assert answer.status_code in (200, 400, 422), (answer.status_code, answer.content)
        if answer.status_code == 200:
            assert len(answer.json()["results"]) == len(some)
        assert state() == before

    sent()


@pytest.mark.parametrize(
    "collection", ["projects", "milestones", "budget-lines", "decisions", "risks", "health", "rollups", "portfolios"]
)
def test_parameters(ada, rows, collection):
    api = Api(ada)
    known = [one["name"] for one in document()["paths"][f"/api/v1/{collection}/"]["get"]["parameters"]]

    @EXAMPLES
    @given(st.dictionaries(st.sampled_from(known), NASTY, min_size=1, max_size=3))
    def asked(query):
        text = {name: str(value).encode("utf-8", "surrogatepass") for name, value in query.items()}
        answer = api.client.get(f"/api/v1/{collection}/", text, headers=api.headers)
        assert answer.status_code in (200, 400), (answer.status_code, answer.content)

    asked()
