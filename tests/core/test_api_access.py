"""Who may do what through the API: the policy table, cell by cell, and nothing told about what is hidden."""

from datetime import UTC, datetime

import pytest
from django.conf import settings

from pmo_portal.core.models import User
from projects.models import Action, BudgetLine, Decision, DecisionOption, Issue, Milestone, Node, Project, Risk
from reporting.health.services import refresh
from tests import make
from tests.core.api_client import Api

COMPUTED = datetime(2026, 11, 20, 12, tzinfo=UTC)
pytestmark = pytest.mark.django_db

# What each role answers on (list, item, create, change, progress, delete) of rows below "tram", and on the containers above it.
# "progress" moves a milestone's forecast. A code that differs from this table is a hole or a lost right.
MATRIX = {
    "projects": {
        "ada": (200, 200, 201, 200, 204),
        "ben": (200, 200, 403, 200, 403),
        "dan": (200, 200, 403, 403, 403),
        "cleo": (200, 200, 403, 403, 403),
        "eve": (200, 200, 403, 403, 403),
        "omar": (200, 404, 403, 404, 404),
        None: (401, 401, 401, 401, 401),
    },
    "milestones": {
        "ada": (200, 200, 201, 200, 204),
        "ben": (200, 200, 201, 200, 204),
        "dan": (200, 200, 403, 403, 403),
        "cleo": (200, 200, 403, 403, 403),
        "eve": (200, 200, 403, 403, 403),
        "omar": (200, 404, 403, 404, 404),
        None: (401, 401, 401, 401, 401),
    },
    "risks": {
        "ada": (200, 200, 201, 200, 204),
        "ben": (200, 200, 201, 200, 204),
        "dan": (200, 200, 201, 200, 403),
        "cleo": (200, 200, 403, 403, 403),
        "eve": (200, 200, 403, 403, 403),
        "omar": (200, 404, 403, 404, 404),
        None: (401, 401, 401, 401, 401),
    },
    "decisions": {
        "ada": (200, 200, 201, 200, 204),
        "ben": (200, 200, 201, 200, 204),
        "dan": (200, 200, 201, 200, 403),
        "cleo": (200, 200, 403, 403, 403),
        "eve": (200, 200, 403, 403, 403),
        "omar": (200, 404, 403, 404, 404),
        None: (401, 401, 401, 401, 401),
    },
    "portfolios": {
        "ada": (200, 200, 201, 200, 422),  # it still holds a programme
        "ben": (200, 200, 403, 403, 403),
        "dan": (200, 200, 403, 403, 403),
        "cleo": (200, 200, 403, 403, 403),
        "eve": (200, 200, 403, 403, 403),
        "omar": (200, 404, 403, 404, 404),
        None: (401, 401, 401, 401, 401),
    },
}
# An amount that a role does not see is not there for it.
MATRIX["budget-lines"] = MATRIX["milestones"] | dict.fromkeys(("dan", "cleo"), (200, 404, 403, 404, 404))
MATRIX["issues"] = MATRIX["actions"] = MATRIX["risks"]
MATRIX["programmes"] = MATRIX["portfolios"]
ROLES = ("ada", "ben", "dan", "cleo", "eve", "omar", None)


@pytest.fixture
def api(request, world):
    return lambda name: Api(request.getfixturevalue(name) if name else None)


@pytest.fixture
def rows(world):
    """{collection: (id below tram, body to create one there, a change)}."""
    milestone, line, risk = make.milestone(world.tram), make.budget_line(world.tram), make.risk(world.tram)
    tram = world.tram.pk
    return {
        "projects": (tram, {"code": "BUS", "name": "Bus", "node": world.rail.pk}, {"name": "Autre"}),
        "milestones": (milestone.pk, {"project": tram, "name": "Essais"}, {"name": "Autre"}),
        "budget-lines": (line.pk, {"project": tram, "kind": "actual", "amount": "1.00"}, {"document_ref": "A1"}),
        "risks": (risk.pk, {"project": tram, "title": "Grève", "probability": 1, "impact": 1}, {"title": "Autre"}),
        "issues": (make.issue(world.tram).pk, {"project": tram, "title": "Panne"}, {"title": "Autre"}),
        "actions": (make.action(world.tram).pk, {"project": tram, "title": "Relancer"}, {"title": "Autre"}),
        "decisions": (
            make.decision(world.tram, options=[{"label": "A"}]).pk,
            {"project": tram, "question": "Qui ?", "options": [{"label": "B"}]},
            {"question": "Autre"},
        ),
        "portfolios": (world.north.pk, {"code": "EAST", "name": "Est"}, {"name": "Autre"}),
        "programmes": (world.rail.pk, {"code": "ROAD", "name": "Routes", "parent": world.north.pk}, {"name": "Autre"}),
    }


def state():
    """Everything a refused request must leave as it was."""
    kept = (Node, Project, Milestone, BudgetLine, Risk, Issue, Action, Decision, DecisionOption)
    return [list(model.objects.order_by("pk").values()) for model in kept]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("collection", list(MATRIX))
def test_matrix(api, rows, collection, role):
    caller, (pk, body, change) = api(role), rows[collection]
    expected = MATRIX[collection][role]
    before = state()
    answers = (
        caller.get(f"{collection}/"),
        caller.get(f"{collection}/{pk}/"),
        caller.post(f"{collection}/", body),
        caller.patch(f"{collection}/{pk}/", change, version=1),
        caller.delete(f"{collection}/{pk}/", version=2),
    )
    assert tuple(answer.status_code for answer in answers) == expected
    if all(code >= 400 for code in expected[2:]):
        assert state() == before


@pytest.mark.parametrize(("role", "expected"), [("ada", 200), ("ben", 200), ("dan", 200), ("cleo", 403), ("omar", 404)])
def test_contributors_move_forecasts(api, rows, role, expected):
    pk = rows["milestones"][0]
    assert api(role).patch(f"milestones/{pk}/", {"forecast_date": "2027-02-01"}, version=1).status_code == expected


@pytest.mark.parametrize(("role", "expected"), [("ada", 200), ("ben", 200), ("dan", 403), ("eve", 403), ("omar", 404)])
def test_declaring_a_status(api, world, role, expected):
    body = {"declared": "green", "trend": "up", "key_message": "Tout va bien."}
    assert api(role).post(f"projects/{world.tram.pk}/status/", body, version=1).status_code == expected


def test_lists_show_what_is_visible_and_nothing_else(api, world):
    for project in (world.tram, world.harbour, world.secret):
        make.milestone(project), make.budget_line(project), make.risk(project)
        make.issue(project), make.action(project), make.decision(project)
    refresh.refresh([world.tram.pk, world.harbour.pk, world.secret.pk], on=make.TODAY, at=COMPUTED)
    seen = {
        "ada": {"TRAM", "HARBOUR", "SECRET"},
        "eve": {"TRAM", "HARBOUR"},
        "ben": {"TRAM"},
        "cleo": {"TRAM"},
        "omar": set(),
    }
    for role, expected in seen.items():
        caller = api(role)
        assert {row["code"] for row in caller.rows("projects/")} == expected, role
        assert {row["code"] for row in caller.rows("projects/", as_of="2026-11-22")} == expected, role
        assert {row["code"] for row in caller.rows("health/")} == expected, role
        for collection in ("milestones/", "budget-lines/", "risks/", "issues/", "actions/", "decisions/"):
            there = set() if (role, collection) == ("cleo", "budget-lines/") else expected  # no money for a viewer
            assert {row["project_code"] for row in caller.rows(collection)} == there, (role, collection)
    for role in ("eve", "ben", "cleo", "omar"):
        everything = b"".join(
            api(role).get(path).content
            for path in (
                "projects/",
                "milestones/",
                "risks/",
                "health/",
                "rollups/",
                "projects/?q=secret",
                "projects/?code=SECRET",
            )
        )
        assert b"SECRET" not in everything
        assert b"Projet secret" not in everything


@pytest.mark.parametrize(
    "collection",
    [
        "projects",
        "milestones",
        "budget-lines",
        "risks",
        "issues",
        "actions",
        "decisions",
        "portfolios",
        "health",
        "rollups",
    ],
)
def test_hidden_is_answered_word_for_word_like_missing(api, world, collection):
    make_row = {"milestones": make.milestone, "budget-lines": make.budget_line, "risks": make.risk}
    make_row |= {"issues": make.issue, "actions": make.action, "decisions": make.decision}
    hidden = {"portfolios": world.south.pk, "rollups": world.south.pk}.get(collection, world.secret.pk)
    if collection in make_row:
        hidden = make_row[collection](world.secret).pk
    caller = api("cleo")
    for send in (
        caller.get,
        lambda path: caller.patch(path, {"name": "x"}, version=1),
        lambda path: caller.delete(path, version=1),
    ):
        there, nowhere = send(f"{collection}/{hidden}/"), send(f"{collection}/987654321/")
        assert there.status_code in (404, 405)
        assert (there.status_code, there.content) == (nowhere.status_code, nowhere.content)
        ignored = {"X-Request-ID"}
        assert {k: v for k, v in there.headers.items() if k not in ignored} == {
            k: v for k, v in nowhere.headers.items() if k not in ignored
        }


@pytest.mark.parametrize("query", [{"code": "SECRET"}, {"q": "secret"}, {"external_ref": "SECRET"}])
def test_filters_tell_nothing(api, world, query):
    assert api("cleo").get("projects/", **query).json() == {"next": None, "results": []}


@pytest.mark.parametrize("resource", ["projects/", "milestones/", "risks/", "rollups/"])
def test_a_code_that_names_nothing_is_refused_and_a_hidden_one_alike(api, world, resource):
    """A typing error never looks like an empty answer, and a hidden portfolio never looks like one that exists."""
    for hidden, nowhere in (
        ({"portfolio": "SOUTH"}, {"portfolio": "NOPE"}),
        ({"portfolio": ""}, {"portfolio": "RAIL"}),
    ):
        answers = [api("cleo").get(resource, **query) for query in (hidden, nowhere)]
        assert [answer.status_code for answer in answers] == [400, 400]
        assert answers[0].json() == answers[1].json()
        assert answers[0].json()["errors"][0]["path"] == "?portfolio"


def test_people_are_found_by_whoever_edits_projects(api, world):
    person = make.person("Élise Carpentier", email="elise@example.org")
    [found] = api("ben").get("people/", q="carpentier elise").json()["results"]
    assert (found["id"], found["name"]) == (person.pk, "Élise Carpentier")
    assert api("eve").get("people/").status_code == 403
    assert api("eve").get(f"people/{person.pk}/").status_code == 403
    assert api("eve").post("people/", {"name": "x"}).status_code == 403
    assert api("ben").post("people/", {"name": "x"}).status_code == 201


def test_an_address_without_its_slash_never_loses_a_change(api, world):
    answer = api("ada").post("projects", {"code": "LOST"})
    assert answer.status_code == 404
    assert "/api/v1/projects/" in answer.json()["detail"]
    read = api("ada").get("projects")
    assert (read.status_code, read.headers["Location"]) == (301, "/api/v1/projects/")


class TestDestination:
    """Creating in, or moving to, a place the actor may not write (security.md T2): refused, and nothing changed."""

    @pytest.fixture
    def pia(self, world):
        """PMO of NORTH only."""
        return Api(make.user("pia", role="pmo", on=world.north))

    def test_moving_into_a_hidden_place(self, pia, world):
        before = state()
        hidden = pia.patch(f"projects/{world.tram.pk}/", {"node": world.south.pk}, version=1)
        nowhere = pia.patch(f"projects/{world.tram.pk}/", {"node": 987654321}, version=1)
        assert hidden.status_code == nowhere.status_code == 400
        assert [one["path"] for one in hidden.json()["errors"]] == ["node"]
        named = "\u00a0{}\u00a0"  # between the quotation marks: a status may hold the same digits
        told = hidden.content.decode().replace(named.format(world.south.pk), named.format(987654321))
        assert told == nowhere.content.decode()
        assert state() == before

    def test_moving_into_a_place_one_only_reads(self, pia, world):
        make.member(User.objects.get(username="pia"), "viewer", on=world.south)
        before = state()
        answer = pia.patch(f"projects/{world.tram.pk}/", {"node": world.south.pk}, version=1)
        assert answer.status_code == 403
        assert pia.patch(f"programmes/{world.rail.pk}/", {"parent": world.south.pk}, version=1).status_code == 403
        assert pia.post("projects/", {"code": "X", "name": "X", "node": world.south.pk}).status_code == 403
        assert state() == before

    @pytest.mark.parametrize("collection", ["milestones", "budget-lines", "risks", "issues", "actions", "decisions"])
    def test_rows_stay_with_their_project(self, api, rows, world, collection):
        """Even who may edit both projects cannot move a row, and a hidden project is as good as none."""
        pk, body, _change = rows[collection]
        before = state()
        assert api("ada").patch(f"{collection}/{pk}/", {"project": world.harbour.pk}, version=1).status_code == 400
        assert api("ben").patch(f"{collection}/{pk}/", {"project": world.harbour.pk}, version=1).status_code == 400
        foreign = api("ben").post(f"{collection}/", {**body, "project": world.harbour.pk})
        assert (foreign.status_code, foreign.json()["errors"][0]["path"]) == (400, "project")
        assert state() == before

    def test_same_place_again_is_no_move(self, api, world):
        answer = api("ben").patch(f"projects/{world.tram.pk}/", {"node": world.rail.pk, "name": "Tram"}, version=1)
        assert (answer.status_code, answer.json()["name"]) == (200, "Tram")


@pytest.mark.parametrize("collection", list(MATRIX))
def test_nothing_undeclared_is_set(api, rows, collection):
    """Each column of the model, and a few guesses, sent by the PMO: what the document does not list is refused with its path."""
    models = {"projects": Project, "milestones": Milestone, "budget-lines": BudgetLine, "risks": Risk}
    models |= {"issues": Issue, "actions": Action, "decisions": Decision}
    pk, body, change = rows[collection]
    accepted = set(api("ada").get("schema/").json()["components"]["schemas"][BODY[collection]]["properties"])
    names = {field.attname for field in models.get(collection, Node)._meta.fields} | {
        "is_superuser",
        "user",
        "role",
        "_state",
    }
    before = state()
    for name in sorted(names - accepted):
        for answer in (
            api("ada").post(f"{collection}/", {**body, name: 1}),
            api("ada").patch(f"{collection}/{pk}/", {**change, name: 1}, version=1),
        ):
            assert (answer.status_code, [one["path"] for one in answer.json()["errors"]]) == (400, [name])
    assert state() == before


BODY = {
    "projects": "ProjectRequest",
    "milestones": "MilestoneRequest",
    "budget-lines": "BudgetLineRequest",
    "risks": "RiskRequest",
    "issues": "IssueRequest",
    "actions": "ActionRequest",
    "decisions": "DecisionRequest",
    "portfolios": "PortfolioRequest",
    "programmes": "ProgrammeRequest",
}


def test_session_needs_the_csrf_token(ada, world):
    """A signed-in browser reads, but changes only with the token a foreign page cannot read."""
    caller = Api(None)
    caller.client.handler.enforce_csrf_checks = True
    caller.client.force_login(ada)
    assert caller.get("projects/").status_code == 200
    answer = caller.patch(f"projects/{world.tram.pk}/", {"name": "x"}, version=1)
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    token = "a" * 32
    caller.client.cookies[settings.CSRF_COOKIE_NAME] = token
    assert (
        caller.patch(f"projects/{world.tram.pk}/", {"name": "x"}, version=1, **{"X-CSRFToken": token}).status_code
        == 200
    )


@pytest.mark.parametrize("given", ["Token nonsense", "Token pmo_aaaaaaaa_bbb", "Token ", "token pmo__"])
def test_wrong_token_is_refused(world, given):
    caller = Api(None)
    caller.headers = {"Authorization": given}
    answer = caller.get("projects/")
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Token")
