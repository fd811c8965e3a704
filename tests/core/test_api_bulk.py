"""Many rows at once by the reference of another system: each outcome, each refusal with its place, and what it costs."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from pmo_portal.core.models import AuditEvent, Work
from projects.models import Action, BudgetLine, Decision, DecisionOption, Issue, Milestone, Person, Project, Risk
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db
MODELS = (Project, Milestone, BudgetLine, Risk, Person, Issue, Action, Decision, DecisionOption)


@pytest.fixture
def api(ada):
    return Api(ada)


def outcomes(answer):
    assert answer.status_code == 200, answer.content
    return [row["outcome"] for row in answer.json()["results"]]


def state():
    return [list(model.objects.order_by("pk").values()) for model in MODELS]


def requests(world):
    """{resource: (body with two rows, a change of the second)}."""
    tram = {"project": world.tram.pk}
    return {
        "people": ([{"name": "Léa"}, {"name": "Max"}], {"organisation": "DSI"}),
        "projects": ([{"code": "BUS", "name": "Bus"}, {"code": "METRO", "name": "Métro"}], {"name": "Autre"}),
        "milestones": ([{**tram, "name": "J1"}, {**tram, "name": "J2"}], {"forecast_date": "2027-03-01"}),
        "risks": (
            [
                {**tram, "title": "R", "probability": 2, "impact": 3},
                {**tram, "title": "S", "probability": 1, "impact": 1},
            ],
            {"impact": 5},
        ),
        "issues": ([{**tram, "title": "Panne"}, {**tram, "title": "Retard"}], {"urgency": 5}),
        "actions": ([{**tram, "title": "Relancer"}, {**tram, "title": "Payer"}], {"status": "done"}),
        "decisions": (
            [{**tram, "question": "Qui ?"}, {**tram, "question": "Quoi ?", "options": [{"label": "A"}]}],
            {"committee": "COPIL"},
        ),
        "budget-lines": (
            [{**tram, "kind": "actual", "amount": "1.00"}, {**tram, "kind": "forecast", "amount": "2.00"}],
            {"amount": "3.50"},
        ),
    }


@pytest.mark.parametrize(
    "resource", ["people", "projects", "milestones", "risks", "issues", "actions", "decisions", "budget-lines"]
)
class TestOutcomes:
    def test_created_then_unchanged_then_updated(self, api, world, resource):
        rows, change = requests(world)[resource]
        body = {"source": "SAP", "rows": [{**row, "external_ref": str(n)} for n, row in enumerate(rows)]}
        body |= {"portfolio": "NORTH"} if resource == "projects" else {}
        assert outcomes(api.post(f"{resource}/bulk/?dry_run=true", body)) == ["created", "created"]
        made = api.post(f"{resource}/bulk/", body)
        assert outcomes(made) == ["created", "created"]
        ids = [row["id"] for row in made.json()["results"]]
        assert [row["external_ref"] for row in made.json()["results"]] == ["SAP:0", "SAP:1"]
        assert [row["id"] for row in api.rows(f"{resource}/", external_ref="SAP:1")] == ids[1:]

        before = state()
        again = api.post(f"{resource}/bulk/", body)
        assert outcomes(again) == ["unchanged", "unchanged"]
        assert [row["id"] for row in again.json()["results"]] == ids
        assert state() == before

        only = {**body, "rows": [{"external_ref": "1", "project": world.tram.pk, **change}]}
        if resource in ("people", "projects"):
            del only["rows"][0]["project"]
        done = api.post(f"{resource}/bulk/", only)
        assert outcomes(done) == ["updated"]
        row = api.get(f"{resource}/{ids[1]}/").json()
        assert {name: row[name] for name in change} == change
        assert (done.json()["results"][0]["version"], row["version"]) == (2, 2)
        assert AuditEvent.objects.filter(target_id=ids[1], action="update", source="api").exists()

    def test_a_dry_run_tells_everything_and_writes_nothing(self, api, world, resource):
        rows, _change = requests(world)[resource]
        first = next(name for name in ("name", "title", "question", "amount") if name in rows[0])
        body = {"rows": [{**rows[0], "external_ref": "a"}, {**rows[1], "external_ref": "b", first: ""}]}
        body |= {"portfolio": "NORTH"} if resource == "projects" else {}
        before = state()
        answer = api.post(f"{resource}/bulk/?dry_run=true", body)
        assert outcomes(answer) == ["created", "refused"]
        refused = answer.json()["results"][1]
        assert (refused["id"], [one["path"] for one in refused["errors"]]) == (None, [f"rows[1].{first}"])
        whole = api.post(f"{resource}/bulk/", body)
        assert (whole.status_code, [one["path"] for one in whole.json()["errors"]]) == (422, [f"rows[1].{first}"])
        assert state() == before
        assert not Work.objects.exists()
        partial = api.post(f"{resource}/bulk/?partial=true", body)
        assert outcomes(partial) == ["created", "refused"]
        assert state() != before

    def test_outsiders_write_nothing(self, world, resource, omar, cleo):
        rows, _change = requests(world)[resource]
        body = {"rows": [{**rows[0], "external_ref": "a"}], "portfolio": "NORTH"}
        before = state()
        for user in (omar, cleo):
            assert Api(user).post(f"{resource}/bulk/", body).status_code == 403
        assert Api(None).post(f"{resource}/bulk/", body).status_code == 401
        assert state() == before


class TestRecognition:
    def test_a_project_by_its_reference_in_the_portfolio(self, api, world):
        Project.objects.filter(pk=world.tram.pk).update(external_ref="P-1")
        rows = [
            {"project_ref": "P-1", "external_ref": "M1", "name": "J"},
            {"project_ref": "TRAM", "external_ref": "M2", "name": "K"},
        ]
        answer = api.post("milestones/bulk/", {"portfolio": "north", "rows": rows})
        assert outcomes(answer) == ["created", "created"]
        assert set(Milestone.objects.values_list("project", flat=True)) == {world.tram.pk}
        for portfolio in ({}, {"portfolio": "SOUTH"}):
            refused = api.post("milestones/bulk/", {**portfolio, "rows": rows[:1]})
            assert [one["path"] for one in refused.json()["errors"]] == ["rows[0].project_ref"]

    def test_what_was_entered_by_hand_is_taken_over(self, api, world):
        line = make.budget_line(world.tram, kind="actual")
        row = {"project": world.tram.pk, "month": "2026-11-01", "kind": "actual", "amount": "7.00"}
        assert outcomes(api.post("budget-lines/bulk/", {"rows": [row]})) == ["updated"]
        taken = api.post("budget-lines/bulk/", {"rows": [{**row, "external_ref": "F-1"}]})
        assert taken.json()["results"][0] | {"version": 0} == {
            "row": 0, "external_ref": "F-1", "outcome": "updated", "id": line.pk, "version": 0, "errors": [],
        }  # fmt: skip
        other = api.post("budget-lines/bulk/", {"rows": [{**row, "external_ref": "F-2"}]})
        assert other.status_code == 422
        assert BudgetLine.objects.count() == 1
        by_code = api.post("projects/bulk/", {"portfolio": "NORTH", "rows": [{"code": "TRAM", "external_ref": "P-1"}]})
        assert by_code.json()["results"][0]["id"] == world.tram.pk
        zoe = make.person("Zoé", email="zoe@example.org")
        same = api.post("people/bulk/", {"rows": [{"email": "zoe@example.org", "name": "Zoé", "external_ref": "7"}]})
        assert same.json()["results"][0]["id"] == zoe.pk

    def test_two_people_without_an_address_are_two(self, api, world):
        make.person("Zoé")
        rows = [{"name": "Léa", "external_ref": "1"}, {"name": "Max", "external_ref": "2"}]
        assert outcomes(api.post("people/bulk/", {"rows": rows})) == ["created", "created"]

    def test_the_same_twice_and_without_a_reference(self, api, world):
        row = {"project": world.tram.pk, "name": "J"}
        body = {"rows": [{**row, "external_ref": "a"}, {**row, "external_ref": "a"}, row]}
        answer = api.post("milestones/bulk/?dry_run=true", body)
        assert outcomes(answer) == ["created", "refused", "refused"]
        assert [one["errors"][0]["path"] for one in answer.json()["results"][1:]] == [
            "rows[1].external_ref", "rows[2].external_ref",
        ]  # fmt: skip

    def test_a_project_stays_in_its_portfolio(self, api, world):
        row = {"code": "X", "name": "X", "external_ref": "x"}
        answer = api.post("projects/bulk/", {"portfolio": "NORTH", "rows": [{**row, "node": world.south.pk}]})
        assert [one["path"] for one in answer.json()["errors"]] == ["rows[0].node"]
        made = api.post("projects/bulk/", {"portfolio": "NORTH", "rows": [{**row, "node": world.rail.pk}]})
        assert Project.objects.get(pk=made.json()["results"][0]["id"]).node_id == world.rail.pk
        moved = api.post(
            "projects/bulk/", {"portfolio": "NORTH", "rows": [{"external_ref": "x", "node": world.north.pk}]}
        )
        assert outcomes(moved) == ["updated"]
        assert (
            api.post("projects/bulk/", {"portfolio": "NOPE", "rows": [row]}).json()["errors"][0]["path"] == "portfolio"
        )
        assert api.post("projects/bulk/", {"rows": [row]}).json()["errors"][0]["path"] == "portfolio"


class TestRights:
    def test_row_by_row(self, ben, world):
        rows = [
            {"project": one.pk, "external_ref": str(n), "title": "R", "probability": 1, "impact": 1}
            for n, one in enumerate((world.tram, world.harbour, world.secret))
        ]
        before = state()
        answer = Api(ben).post("risks/bulk/", {"rows": rows})
        assert [one["path"] for one in answer.json()["errors"]] == ["rows[1].project", "rows[2].project"]
        assert state() == before
        assert outcomes(Api(ben).post("risks/bulk/?partial=true", {"rows": rows})) == ["created", "refused", "refused"]

    def test_contributors_move_forecasts_and_nothing_else(self, dan, world):
        make.milestone(world.tram, external_ref="a", name="J")
        row = {"project": world.tram.pk, "external_ref": "a", "forecast_date": "2027-04-01"}
        assert outcomes(Api(dan).post("milestones/bulk/", {"rows": [row]})) == ["updated"]
        refused = Api(dan).post("milestones/bulk/", {"rows": [{**row, "name": "Autre"}]})
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (422, "rows[0]")

    def test_the_rules_of_the_pages_hold(self, ben, world):
        make.milestone(world.tram, external_ref="a")
        row = {"project": world.tram.pk, "external_ref": "a"}
        for change, path in (
            ({"baseline_date": "2028-01-01"}, "baseline_date"),
            ({"forecast_date": "2020-01-01"}, "forecast_date"),
            ({"nonsense": 1}, "nonsense"),
            ({"id": 3}, "id"),
            ({"owner": 987654}, "owner"),
        ):
            answer = Api(ben).post("milestones/bulk/", {"rows": [{**row, **change}]})
            assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, f"rows[0].{path}")


def test_a_version_that_is_no_longer_stored_is_refused(api, world):
    risk = make.risk(world.tram, external_ref="a", title="0")
    row = {"project": world.tram.pk, "external_ref": "a"}
    assert outcomes(api.post("risks/bulk/", {"rows": [{**row, "title": "1", "version": 1}]})) == ["updated"]
    stale = api.post("risks/bulk/", {"rows": [{**row, "title": "2", "version": 1}]})
    assert (stale.status_code, stale.json()["errors"][0]["path"]) == (422, "rows[0].version")
    assert Risk.objects.get(pk=risk.pk).title == "1"


def test_under_a_key_it_is_made_once(api, world):
    body = {"rows": [{"project": world.tram.pk, "external_ref": "a", "name": "J"}]}
    first, again = (api.post("milestones/bulk/", body, **{"Idempotency-Key": "k"}) for _time in range(2))
    assert (first.content, again["Idempotency-Replayed"]) == (again.content, "true")
    assert outcomes(again) == ["created"]


@pytest.mark.parametrize(
    "body",
    [
        {}, [], {"rows": []}, {"rows": {}}, {"rows": [1]}, {"rows": [None]}, {"rows": [{}], "nonsense": 1},
        {"rows": [{}] * 1001}, {"rows": [{}], "source": "a b"}, {"rows": [{}], "source": ["x"]}, {"rows": "x"},
    ],
)  # fmt: skip
def test_what_is_no_list_of_rows(api, world, body):
    assert api.post("risks/bulk/", body).status_code in (400, 422)
    assert not Risk.objects.exists()


@pytest.mark.parametrize("query", ["dry_run=yes", "partial=1", "nonsense=true", "dry_run=true&dry_run=true"])
def test_parameters(api, world, query):
    assert api.post(f"risks/bulk/?{query}", {"rows": [{}]}).status_code == 400


def test_what_it_costs(api, world):
    """A fixed number of statements for what does not change, whatever the number of rows; a changed row costs its service."""
    owner = make.person()

    def body(count, **more):
        row = {"project": world.tram.pk, "probability": 1, "impact": 1, "owner": owner.pk}
        return {"rows": [{**row, "external_ref": str(n), "title": f"R{n}", **more} for n in range(count)]}

    def statements(sent):
        with CaptureQueriesContext(connection) as seen:
            answer = api.post("risks/bulk/", sent)
        return len(seen.captured_queries), set(outcomes(answer))

    api.post("risks/bulk/", body(200))
    one, many = statements(body(1)), statements(body(200))
    # token, memberships, savepoint, projects, projects held, risks, the projects and people named, constraints (2), release
    assert one == many == (11, {"unchanged"})
    changed, _outcomes = statements(body(50, impact=2))
    assert (changed - 11) / 50 <= 10, changed


@pytest.mark.parametrize(
    "nasty", ["\x00", "a\ud800", 2**70, -(2**70), 2**31, [1], {"a": 1}, True, None, 1.5, "x" * 5000]
)
@pytest.mark.parametrize("name", ["external_ref", "project", "project_ref", "owner", "version", "portfolio"])
def test_whatever_stands_in_a_row(api, world, name, nasty):
    row = {"project": world.tram.pk, "external_ref": "a", "title": "R", "probability": 1, "impact": 1, name: nasty}
    if name == "project_ref":
        del row["project"]
    body = {"portfolio": row.pop("portfolio", "NORTH"), "rows": [row]}
    answer = api.post("risks/bulk/?dry_run=true", body)
    assert answer.status_code in (200, 400), answer.content


@pytest.mark.parametrize("nasty", ["\x00", "a\ud800", 2**70, [1], {"a": 1}, True, None, "x" * 5000])
@pytest.mark.parametrize(
    ("resource", "name"), [("people", "email"), ("projects", "code"), ("projects", "node"), ("projects", "parent")]
)
def test_whatever_a_row_is_recognised_by(api, world, resource, name, nasty):
    row = {"code": "X", "name": "X", "external_ref": "a", name: nasty}
    if resource == "people":
        del row["code"]
    body = {"rows": [row]} | ({"portfolio": "NORTH"} if resource == "projects" else {})
    answer = api.post(f"{resource}/bulk/?dry_run=true", body)
    assert answer.status_code in (200, 400), answer.content
