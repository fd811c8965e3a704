"""An administrator looks at the portal as someone else: exactly what they see, nothing changed, and told to everyone."""

import re
from datetime import timedelta
from typing import Any
from zlib import crc32

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from pmo_portal.core.models import AuditEvent, User
from projects.access.models import Membership, Notice
from projects.access.services.viewing import LONGEST_LOOK
from projects.access.view_as import KEY, is_open
from projects.planning.models import Milestone
from tests import make
from tests.cast import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(world: World) -> User:
    return make.user("rex", role="administrator", first_name="Rex", last_name="Root")


@pytest.fixture
def looking(client: Client, admin: User, cleo: User) -> Client:
    """The administrator's browser, looking as cleo."""
    client.force_login(admin)
    assert look(client, cleo).status_code == 302
    return client


def look(client: Client, target: User, reason: str = "Ticket 4711") -> Any:
    return client.post(f"/users/{target.pk}/see-as/", {"reason": reason})


def state() -> dict[str, list[Any]]:
    """Every row of every table, but the sessions."""
    found = {}
    for model in apps.get_models():
        if model._meta.label != "sessions.Session" and model._meta.managed and not model._meta.proxy:
            found[model._meta.label] = sorted(map(repr, model._default_manager.values_list()))
    return found


def test_every_page_is_what_the_other_sees_and_says_so(looking: Client, world: World, cleo: User, admin: User) -> None:
    other = Client()
    other.force_login(cleo)
    make.milestone(world.tram)
    tram = f"/projects/{world.tram.pk}/"
    open_to_cleo = ("/portfolios/", "/projects/", tram, "/help/", "/search/?q=tram", f"{tram}milestones/")
    refused = {f"/projects/{world.harbour.pk}/": 404, "/imports/": 403, f"{tram}edit/": 403, "/users/": 403, "/x/": 404}
    for address, status in {**dict.fromkeys(open_to_cleo, 200), **refused}.items():
        mine, theirs = looking.get(address), other.get(address)
        assert (mine.status_code, theirs.status_code) == (status, status), address
        text = mine.content.decode()
        assert "You see the portal as <b>Cleo Moreau</b>" in text, address
        assert without_banner(text) == without_banner(theirs.content.decode()), address
    assert looking.get("/api/v1/projects/").json() == other.get("/api/v1/projects/").json()
    assert looking.get(f"/api/v1/projects/{world.harbour.pk}/").status_code == 404


def without_banner(text: str) -> str:
    """A page without what differs from one request to the next, the banner, and what only its own reader is told."""
    text = re.sub(r'<div class="viewing".*?</form></div>', "", text, flags=re.DOTALL)
    text = re.sub(r'<div class="banner warn notice">.*?</form></div>', "", text, flags=re.DOTALL)
    text = re.sub(r'<div class="toast .*?</div>', "", text, flags=re.DOTALL)
    return " ".join(re.sub(r'name="csrfmiddlewaretoken" value="\w+"|<code>\w+</code>', "", text).split())


def test_nothing_is_changed_by_any_method_on_any_address(looking: Client, world: World, cleo: User, ben: User) -> None:
    make.member(cleo, "pmo")  # somebody who could do anything
    milestone, risk = make.milestone(world.tram), make.risk(world.tram)
    looking.get("/help/")
    before, tried = state(), 0
    for pattern in addresses():
        address = re.sub(r"<[^>]+>", lambda found: sample(found[0], world, milestone, risk), pattern)
        for method in ("get", "head", "options", "post", "put", "patch", "delete"):
            if pattern in ("users/see-as/end/", "sign-out/"):
                continue
            if method in ("head", "options") and crc32(pattern.encode()) % 4:
                continue  # they do what get does, on every address for all roles in tests/contracts/access
            answer = getattr(looking, method)(f"/{address}", {} if method == "get" else None)
            tried += 1
            if method in ("post", "put", "patch", "delete"):
                assert answer.status_code == 403, (method, address, answer.status_code)
    assert state() == before
    assert tried > 400
    assert KEY in looking.session


def addresses() -> list[str]:
    """Every address of the site as Django writes it, API included."""
    found: list[str] = []

    def walk(patterns: Any, prefix: str) -> None:
        for one in patterns:
            route = prefix + str(one.pattern)
            walk(one.url_patterns, route) if hasattr(one, "url_patterns") else found.append(plain(route))

    walk(get_resolver().url_patterns, "")
    return found


def plain(route: str) -> str:
    return re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route).replace("^", "").replace("$", "").replace("\\", "")


def sample(part: str, world: World, milestone: Any, risk: Any) -> str:
    return {"<str:code>": "NORTH", "<slug:key>": "variance", "<slug:action>": "state"}.get(part, str(world.tram.pk))


@pytest.mark.django_db(transaction=True)
def test_a_page_that_tries_to_write_is_stopped_by_the_connection(
    looking: Client, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Even a page that changes rows when it is merely read, in whatever way, changes none."""
    milestone = make.milestone(world.tram)
    attempts: list[Any] = [
        lambda: Milestone.objects.filter(pk=milestone.pk).update(name="changed"),
        lambda: AuditEvent.objects.create(action="x", target_type="x", target_id=1, source="page", request_id="x"),
        lambda: Milestone.objects.filter(pk=milestone.pk)._raw_delete("default"),
        lambda: connection.cursor().execute("WITH gone AS (DELETE FROM projects_milestone RETURNING id) SELECT 1"),
        lambda: connection.cursor().execute("TRUNCATE projects_milestone CASCADE"),
    ]
    for attempt in attempts:
        monkeypatch.setattr("pmo_portal.core.search.find", lambda *_args, attempt=attempt: attempt() and [])
        assert looking.get("/search/?q=tram").status_code == 403
    milestone.refresh_from_db()
    assert milestone.name != "changed"


def test_what_belongs_to_the_person_alone_stays_closed(looking: Client) -> None:
    for address in ("/preferences/", "/preferences/tokens/"):
        answer = looking.get(address)
        assert answer.status_code == 403
        assert "belongs to this person alone" in answer.content.decode()
    for name in (
        "account_login",
        "mfa_view_recovery_codes",
        "usersessions_list",
        "projects:token-list",
        "api-token-list",
    ):
        assert not is_open(name)


def test_the_api_says_it_as_a_problem(looking: Client, world: World) -> None:
    answer = looking.post("/api/v1/projects/", {"code": "X"}, content_type="application/json")
    assert (answer.status_code, answer["Content-Type"]) == (403, "application/problem+json")
    assert answer.json()["detail"].startswith("You are looking at the portal as someone else")


def test_it_is_told_to_the_log_and_to_the_person(looking: Client, admin: User, cleo: User) -> None:
    looking.post("/users/see-as/end/")
    begun, ended = AuditEvent.objects.filter(action__startswith="view_as").order_by("pk")
    assert (begun.actor, begun.target_id, begun.changes) == (admin, cleo.pk, {"reason": [None, "Ticket 4711"]})
    assert (ended.actor, ended.action, ended.target_id) == (admin, "view_as_end", cleo.pk)
    assert looking.get("/users/").status_code == 200
    client = Client()
    client.force_login(cleo)
    page = client.get("/help/").content.decode()
    assert "Rex Root looked at the portal as you on" in page
    assert "Ticket 4711" in page
    notice = Notice.objects.get()
    stranger = Client()
    stranger.force_login(admin)
    assert stranger.post(f"/notices/{notice.pk}/seen/").status_code == 404
    assert client.post(f"/notices/{notice.pk}/seen/").status_code == 302
    assert "Rex Root" not in client.get("/help/").content.decode()


def test_the_other_is_left_as_they_were(client: Client, admin: User, cleo: User) -> None:
    before = User.objects.filter(pk=cleo.pk).values().get()
    client.force_login(admin)
    look(client, cleo)
    client.get("/projects/")
    client.post("/users/see-as/end/")
    assert User.objects.filter(pk=cleo.pk).values().get() == before


def test_it_ends_by_itself_and_says_so(looking: Client, cleo: User, admin: User) -> None:
    session = looking.session
    kept = session[KEY]
    almost = timezone.now() + timedelta(seconds=20)
    session[KEY] = {**kept, "until": almost.isoformat()}
    session.save()
    assert "You see the portal as" in looking.get("/help/").content.decode()
    session[KEY] = {**kept, "until": (timezone.now() - timedelta(seconds=1)).isoformat()}
    session.save()
    page = looking.get("/help/").content.decode()
    assert "You see the portal as" not in page
    assert "You no longer see the portal as Cleo Moreau" in page
    assert "You no longer" not in looking.get("/help/").content.decode()
    assert AuditEvent.objects.get(action="view_as_end").actor == admin
    assert timedelta(minutes=30) == LONGEST_LOOK


@pytest.mark.parametrize("change", ["target", "promoted", "demoted", "administrator"])
def test_it_ends_with_the_right_of_either(looking: Client, world: World, admin: User, cleo: User, change: str) -> None:
    if change == "promoted":
        make.member(cleo, "administrator")
    elif change == "demoted":
        Membership.objects.filter(user=admin).update(role="viewer")
    else:
        User.objects.filter(pk=(cleo if change == "target" else admin).pk).update(is_active=False)
    assert "You see the portal as" not in looking.get("/help/", follow=True).content.decode()
    assert AuditEvent.objects.get(action="view_as_end").actor == admin
    assert KEY not in looking.session


def test_signing_out_ends_it(looking: Client, admin: User) -> None:
    assert looking.post("/sign-out/").status_code == 302
    assert AuditEvent.objects.get(action="view_as_end").actor == admin
    assert looking.get("/help/").status_code == 302


def test_not_as_those_who_run_the_portal_nor_by_others(client: Client, world: World, admin: User, ada: User) -> None:
    client.force_login(admin)
    program = User.objects.create(username="erp", is_service=True, password="!")
    gone, runs = make.user(is_active=False), make.user(role="administrator")
    for target in (admin, runs, make.user(is_superuser=True), gone, program):
        assert look(client, target).status_code == 422
        assert KEY not in client.session
    assert look(client, ada, reason=" ").status_code == 422
    for role in [role for role in Membership.Role.values if role != "administrator"]:
        other = Client()
        other.force_login(make.user(role=role))
        assert look(other, ada).status_code == 403, role
        assert other.get(f"/users/{ada.pk}/see-as/").status_code == 403
    assert not AuditEvent.objects.filter(action="view_as").exists()
    assert look(client, ada).status_code == 302  # the PMO, who sees everything: that is why it is told


def test_nobody_is_looked_at_through_someone_else(looking: Client, ada: User) -> None:
    """Starting anew from within is refused like any change."""
    assert look(looking, ada).status_code == 403
    assert looking.session[KEY]["user"] != ada.pk
