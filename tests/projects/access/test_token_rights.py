"""What a token may do: its owner's rights, in its areas, in its places, from its addresses; nothing in the database opens a door.

Exam C 39 of security.md.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.utils import timezone

from pmo_portal import api_urls
from pmo_portal.core import tokens
from pmo_portal.core.models import ApiToken, AuditEvent
from pmo_portal.core.schema import document
from pmo_portal.core.scopes import ALL_SCOPES, AREAS, covered, levels_of
from reporting.health.services import refresh
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db

# Which area each collection is in: an operation that is not here fails the matrix.
AREA_OF = {
    "portfolios": "portfolios",
    "programmes": "portfolios",
    "projects": "projects",
    "milestones": "planning",
    "dependencies": "planning",
    "budget-lines": "money",
    "risks": "risks",
    "issues": "risks",
    "actions": "risks",
    "decisions": "risks",
    "people": "people",
    "assessments": "reports",
    "units": "people",
    "roles": "people",
    "skills": "people",
    "person-skills": "people",
    "unit-shares": "people",
    "working-calendars": "people",
    "calendar-exceptions": "people",
    "work-patterns": "people",
    "absences": "people",
    "pooled-capacities": "people",
    "rates": "people",
    "people-imports": "people",
    "allocation-imports": "people",
    "allocations": "people",
    "proposals": "people",
    "levelings": "people",
    "health": "reports",
    "rollups": "reports",
    "capacity": "people",
    "comparisons": "reports",
    "thresholds": "reports",
    "reporting-calendars": "reports",
    "reporting-periods": "reports",
    "status-reports": "reports",  # to submit one also projects, planning, money, risks: the first that is missing is told
    "report-workbooks": "reports",  # and projects, planning, money, risks, of which a workbook is made
    "snapshots": "reports",
    "saved-views": "reports",
    "milestone-forecasts": "planning",
    "external-keys": "projects",
    "import-profiles": "projects",
    "imports": "projects",  # and planning, money, risks: the first that is missing is told
    "users": "administration",
    "memberships": "administration",
    "delegations": "administration",
    "audit-events": "administration",
    "me": "",
}


def caller_with(text, **headers):
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {text}", **headers}
    return caller


def operations():
    """(method, path below /api/v1/, area or '') of everything the document describes."""
    for path, described in document()["paths"].items():
        below = path.removeprefix("/api/v1/")
        collection = below.partition("/")[0]
        for method in described:
            yield method.upper(), below, AREA_OF[collection or "me"]


def test_scope_by_operation(ada, world):
    """Each scope alone, on each operation: refused with the scope that is missing, or let through to the rest of the rules."""
    make.milestone(world.tram), make.budget_line(world.tram), make.risk(world.tram)
    tried = refused = 0
    for scope in ALL_SCOPES:
        caller = caller_with(tokens.issue(user=ada, name=scope, scopes=[scope])[1])
        for method, path, area in operations():
            wanted = area and f"{area}:{levels_of(area)[method != 'GET']}"
            # an id that is nobody's: what is let through changes nothing
            address = path.replace("{id}", "987654321").replace("{project}", "987654321")
            answer = caller.send(method, address, {} if method != "GET" else None)
            tried += 1
            if path.startswith("imports") and covered(wanted, [scope]):
                assert answer.json()["missing_scope"].startswith("planning:")
            elif path.startswith("report-workbooks") and covered(wanted, [scope]):
                assert answer.json()["missing_scope"].startswith("projects:")
            elif path.endswith("/submit/") and covered(wanted, [scope]):
                assert answer.json()["missing_scope"] == "projects:write"
            elif path.startswith("rates") and covered(wanted, [scope]):  # what a day costs is money
                assert answer.json()["missing_scope"] == "money:read"
            elif (method, path) == ("POST", "assessments/") and covered(wanted, [scope]):  # a PMO reviews nothing
                assert (answer.status_code, "missing_scope" in answer.json()) == (403, False), (scope, method, path)
            elif not wanted or covered(wanted, [scope]):
                assert "missing_scope" not in answer.json(), (scope, method, path)
                well = (
                    (200, 201) if path == "levelings/" else (200,)
                )  # everything may be left out of what is asked there
                assert answer.status_code in (*well, 400, 404, 422, 428), (scope, method, path, answer.status_code)
            else:
                refused += 1
                assert (answer.status_code, answer.json()["missing_scope"]) == (403, wanted), (scope, method, path)
                assert answer["WWW-Authenticate"] == f'Token error="insufficient_scope", scope="{wanted}"'
    print(f"{tried} scope × operation, {refused} refused")  # noqa: T201
    assert refused > tried / 2


def test_rights_stay_those_of_the_owner(cleo, world):
    """Every scope there is gives a viewer nothing to change."""
    _token, text = tokens.issue(user=cleo, name="all", scopes=ALL_SCOPES)
    answer = caller_with(text).patch(f"projects/{world.tram.pk}/", {"name": "x"}, version=1)
    assert answer.status_code == 403
    assert "missing_scope" not in answer.json()
    assert caller_with(text).get(f"projects/{world.harbour.pk}/").status_code == 404


def test_without_the_area_money_there_is_no_amount(ada, world):
    """The PMO's own token, given everything but money: no figure, no order by one, no sum, no budget line."""
    make.budget_line(world.tram, amount="123456.78")
    make.budget_line(world.tram, kind="forecast", amount="234567.89")
    refresh.refresh([world.tram.pk, world.harbour.pk], on=make.TODAY, at=timezone.now())
    amounts = ("123456.78", "234567.89", "111111.11")
    rich, poor = Api(ada), Api(None)
    given = [scope for scope in ALL_SCOPES if not scope.startswith("money")]
    poor.headers = {"Authorization": f"Token {tokens.issue(user=ada, name='x', scopes=given)[1]}"}
    shown = 0
    for path in (
        "projects/",
        f"projects/{world.tram.pk}/",
        "health/",
        "rollups/",
        "risks/?expand=project",
        "budget-lines/",
    ):
        shown += any(amount in rich.get(path).content.decode() for amount in amounts)
        answer = poor.get(path).content.decode()
        assert not any(amount in answer for amount in amounts), path
    assert shown >= 4
    assert poor.get("projects/", ordering="budget").status_code == 403
    assert poor.get("budget-lines/").json()["missing_scope"] == "money:read"


def test_what_is_embedded_is_read_too(ada, world):
    make.risk(world.tram, owner=make.person("Zoé"))
    caller = caller_with(tokens.issue(user=ada, name="risks", scopes=["risks:read"])[1])
    assert caller.get("risks/").status_code == 200
    answer = caller.get("risks/", expand="project,owner")
    assert (answer.status_code, answer.json()["missing_scope"]) == (403, "people:read")


class TestLimits:
    """A token for some places sees and changes nothing elsewhere, whatever its owner may."""

    def codes(self, caller, path="projects/", member="code"):
        return {row[member] for row in caller.rows(path)}

    def test_to_a_container(self, ada, world):
        caller = caller_with(tokens.issue(user=ada, name="rail", nodes=[world.north.pk])[1])
        make.risk(world.tram), make.risk(world.harbour)
        assert self.codes(caller) == {"TRAM"}
        assert self.codes(caller, "risks/", "project_code") == {"TRAM"}
        assert self.codes(caller, "portfolios/") == {"NORTH"}
        assert self.codes(caller, "programmes/") == {"RAIL"}
        assert self.codes(caller, "rollups/") == {"NORTH", "RAIL"}
        for path in (f"projects/{world.harbour.pk}/", f"projects/{world.secret.pk}/", f"portfolios/{world.south.pk}/"):
            assert caller.get(path).status_code == 404
        assert caller.patch(f"projects/{world.tram.pk}/", {"name": "Autre"}, version=1).status_code == 200
        assert caller.patch(f"projects/{world.harbour.pk}/", {"name": "Autre"}, version=1).status_code == 404
        new = {"code": "BUS", "name": "Bus"}
        assert caller.post("projects/", {**new, "node": world.south.pk}).status_code == 400
        assert caller.post("projects/", {**new, "node": world.rail.pk}).status_code == 201
        assert caller.post("portfolios/", {"code": "EAST", "name": "Est"}).status_code == 403

    def test_to_one_project(self, ada, world):
        caller = caller_with(tokens.issue(user=ada, name="harbour", projects=[world.harbour.pk])[1])
        assert self.codes(caller) == {"HARBOUR"}
        assert self.codes(caller, "portfolios/") == {"SOUTH"}, "the way to it"
        assert caller.patch(f"projects/{world.harbour.pk}/", {"name": "Autre"}, version=1).status_code == 200
        assert caller.patch(f"portfolios/{world.south.pk}/", {"name": "Autre"}, version=1).status_code == 403
        assert caller.post("projects/", {"code": "X", "name": "X", "node": world.south.pk}).status_code == 403

    def test_a_limit_never_adds(self, eve, cleo, world):
        """Naming a confidential project, or a place beyond one's own, shows nothing of it."""
        token = tokens.issue(user=eve, name="secret", projects=[world.secret.pk], nodes=[world.south.pk])[1]
        assert self.codes(caller_with(token)) == {"HARBOUR"}
        token = tokens.issue(user=cleo, name="south", nodes=[world.south.pk], projects=[world.harbour.pk])[1]
        assert caller_with(token).rows("projects/") == caller_with(token).rows("portfolios/") == []

    def test_a_place_that_is_no_more_leaves_nothing(self, ada, world):
        caller = caller_with(tokens.issue(user=ada, name="gone", nodes=[987654321])[1])
        assert caller.rows("projects/") == caller.rows("portfolios/") == caller.rows("rollups/") == []

    def test_of_the_administration_it_reads_its_places(self, ada, ben, cleo, eve, world):
        """Who has which role elsewhere is no business of a program for one programme; nor is what belongs to no place."""
        make.user("sam", role="viewer", on=world.south)
        make.person("Zoé", daily_rate="876.50")
        everything = caller_with(tokens.issue(user=ada, name="all")[1])
        assert self.codes(everything, "memberships/", "username") == {"ada", "ben", "cleo", "eve", "sam"}
        assert self.codes(everything, "people/", "daily_rate") == {"876.50"}
        caller = caller_with(tokens.issue(user=ada, name="north", nodes=[world.north.pk])[1])
        assert self.codes(caller, "memberships/", "username") == {"ben", "cleo"}
        assert self.codes(caller, "users/", "username") == {"ben", "cleo"}
        assert self.codes(caller, "people/", "daily_rate") == {None}
        caller = caller_with(tokens.issue(user=ada, name="secret", projects=[world.secret.pk])[1])
        assert caller.rows("memberships/") == caller.rows("users/") == []

    def test_sums_are_those_of_the_places(self, ada, world):
        refresh.refresh([world.tram.pk, world.harbour.pk, world.secret.pk], on=make.TODAY, at=timezone.now())
        caller = caller_with(tokens.issue(user=ada, name="harbour", projects=[world.harbour.pk])[1])
        [south] = caller.rows("rollups/")
        assert (south["code"], south["projects"], south["audience"]) == ("SOUTH", 1, "visible")


@pytest.mark.parametrize(
    ("networks", "address", "expected"),
    [
        ([], "192.0.2.10", 200),
        (["192.0.2.10/32"], "192.0.2.10", 200),
        (["192.0.2.10/32"], "::ffff:192.0.2.10", 200),
        (["192.0.2.0/24", "2001:db8::/32"], "2001:db8::7", 200),
        (["192.0.2.10/32"], "192.0.2.11", 401),
        (["2001:db8::/32"], "192.0.2.10", 401),
        (["192.0.2.10/32"], "nonsense", 401),
    ],
)
def test_addresses(ada, networks, address, expected):
    _token, text = tokens.issue(user=ada, name="office", networks=networks)
    caller = caller_with(text, **{"X-Forwarded-For": "192.0.2.10"})
    caller.client.defaults["REMOTE_ADDR"] = address
    assert caller.get("projects/").status_code == expected


def test_expiry(ada):
    token, text = tokens.issue(user=ada, name="short", expires_at=timezone.now() + timedelta(seconds=5))
    assert caller_with(text).get("projects/").status_code == 200
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert caller_with(text).get("projects/").status_code == 401


def test_deactivating_the_owner_ends_it_at_once(ada):
    caller = Api(ada)
    assert caller.get("projects/").status_code == 200
    type(ada).objects.filter(pk=ada.pk).update(is_active=False)
    assert caller.get("projects/").status_code == 401


def test_nothing_in_the_database_is_a_token(ada, world):
    """Every value of every column, alone and after the public part of each token, tried as a bearer."""
    token, text = tokens.issue(user=ada, name="kept")
    tokens.renew(token, overlap=timedelta(hours=1), expires_at=token.expires_at)
    values = set()
    for model in apps.get_models():
        for row in model._base_manager.values_list()[:200]:
            values |= {str(value) for value in row}
    assert token.digest in values
    assert token.former_digest in values
    secret = text.split("_", 2)[2]
    assert not any(secret in value for value in values)
    tries = {attempt for value in values for attempt in (value, f"pmo_{token.key_id}_{value}", f"pmo_{value}")}
    assert [one for one in tries if tokens.find_token(one)] == []
    assert len(tries) > 200
    print(f"{len(tries)} values of the database tried as tokens")  # noqa: T201


@pytest.mark.parametrize("path", ["projects/", "", "schema/", "nowhere/"])
@pytest.mark.parametrize("name", ["token", "access_token", "q", "Authorization"])
def test_a_token_in_the_address_is_refused_and_remembered(ada, path, name):
    token, text = tokens.issue(user=ada, name="careless")
    for caller in (Api(None), caller_with(text)):  # even beside a good header
        answer = caller.get(path, **{name: text})
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
        assert text not in answer.content.decode()
    token.refresh_from_db()
    assert token.leaked_at is not None
    event = AuditEvent.objects.get(action="leak")
    assert (event.target_id, event.actor) == (token.pk, None)


def test_a_token_sent_in_clear_is_refused_and_remembered(ada, client, settings):
    token, text = tokens.issue(user=ada, name="careless")
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    answer = client.get("/api/v1/projects/", headers={"Authorization": f"Token {text}"})
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    token.refresh_from_db()
    assert token.leaked_at
    assert client.get("/projects/")["Location"].startswith("https://")
    over_tls = {"Authorization": f"Token {text}", "X-Forwarded-Proto": "https"}
    assert client.get("/api/v1/projects/", headers=over_tls).status_code == 200


def test_a_token_in_the_address_of_a_page(ada, client):
    token, text = tokens.issue(user=ada, name="careless")
    assert client.get("/help/", {"x": text}).status_code == 403
    client.force_login(ada)
    assert client.get(f"/projects/{text}/").status_code == 403
    token.refresh_from_db()
    assert token.leaked_at


def test_a_guess_marks_nobodys_token(ada):
    token, text = tokens.issue(user=ada, name="fine")
    wrong = text[:-4] + "AAAA" if not text.endswith("AAAA") else text[:-4] + "BBBB"
    assert Api(None).get("projects/", token=wrong).status_code == 400
    token.refresh_from_db()
    assert token.leaked_at is None


def test_tokens_look_the_same_to_a_scanner(ada):
    for number in range(50):
        assert tokens.PATTERN.fullmatch(tokens.issue(user=ada, name=str(number))[1])


def test_bearer_is_understood_too(ada):
    caller = Api(None)
    caller.headers = {"Authorization": f"Bearer {tokens.issue(user=ada, name='x')[1]}"}
    assert caller.get("projects/").status_code == 200


def test_a_pepper_is_replaced_without_undoing_a_rotation(ada, settings):
    token, text = tokens.issue(user=ada, name="x")
    settings.TOKEN_PEPPERS = ["a new pepper of forty characters or more …", *settings.TOKEN_PEPPERS]
    assert tokens.find_token(text)
    token.refresh_from_db()
    assert token.digest == tokens.digest(text.split("_", 2)[2], settings.TOKEN_PEPPERS[0])
    assert tokens.find_token(text)


def test_every_view_of_the_api_names_its_area():
    """A view that names none is for administrators: this tells who forgot."""
    for route in api_urls.router.urls:
        area = route.callback.cls.area
        assert set(area if isinstance(area, tuple) else [area]) <= set(AREAS), route
