"""Sessions (exam C 36), proving who one is (C 37) and getting a lost password back (C 38), in the size of a commit."""

import re
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import timezone

from pmo_portal.core import tokens
from pmo_portal.core.models import ApiToken, AuditEvent, SeenAssertion, User
from pmo_portal.core.tasks import tidy_up
from projects.access.models import Membership
from projects.access.services import deactivate_user, revoke_membership
from tests import make

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Safari/537.36"
ANOTHER = "nine purple whales"


def signed_in(name: str = "ben", **extra: str) -> Client:
    client = Client(**extra)
    assert client.post("/sign-in/", {"username": name, "password": make.PASSWORD}).status_code == 302
    return client


def alive(client: Client) -> bool:
    return client.get("/help/").status_code == 200


def moved(client: Client, **seconds: int) -> None:
    """Turn the clocks of the session back."""
    session = client.session
    for name, back in seconds.items():
        session[f"identity_{name}"] -= back
    session.save()


@pytest.mark.parametrize(
    ("seen", "begun", "lives"),
    [(29 * 60, 29 * 60, True), (30 * 60, 30 * 60, False), (60, 12 * 3600 - 60, True), (60, 12 * 3600, False)],
)
def test_a_session_ends_in_time(ben: User, seen: int, begun: int, lives: bool) -> None:
    client = signed_in()
    moved(client, seen=seen, begun=begun)
    assert alive(client) is lives
    assert alive(client) is lives
    assert AuditEvent.objects.filter(action="session_ended").count() == (not lives)


def test_htmx_on_an_ended_session_moves_to_the_sign_in_page(ben: User) -> None:
    client = signed_in()
    moved(client, seen=1800)
    answer = client.get(
        "/help/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/help/"}, follow=True
    )
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/sign-in/?next=%2Fhelp%2F")


def test_a_page_that_polls_keeps_no_session_alive(ben: User) -> None:
    client = signed_in()
    moved(client, seen=1700)
    client.get("/help/", headers={"X-Requested-With": "fetch"})
    before = client.session["identity_seen"]
    client.get("/help/")
    assert client.session["identity_seen"] - before >= 1700


def test_my_sessions(ben: User, cleo: User) -> None:
    here, other = signed_in(HTTP_USER_AGENT=CHROME), signed_in(HTTP_USER_AGENT="curl/8")
    stranger = signed_in("cleo")
    page = here.get("/account/sessions/").content.decode()
    assert "Chrome · Linux" in page
    assert "curl/8" in page
    row = UserSession.objects.get(session_key=other.session.session_key)
    assert stranger.post(f"/account/sessions/{row.pk}/end/").status_code == 404
    assert alive(other)
    assert here.post(f"/account/sessions/{row.pk}/end/").status_code == 302
    assert (alive(here), alive(other), alive(stranger)) == (True, False, True)


def test_sign_out_everywhere_else(ben: User) -> None:
    clients = [signed_in() for _number in range(3)]
    unlisted = Client()
    unlisted.force_login(ben)
    UserSession.objects.filter(session_key=unlisted.session.session_key).delete()
    assert clients[0].post("/account/sessions/end/").status_code == 302
    assert clients[0].get("/account/sessions/").content.decode().count("this one") == 1  # and is still on the list
    assert [alive(client) for client in (*clients, unlisted)] == [True, False, False, False]
    assert UserSession.objects.count() == 1


def test_ending_sessions_asks_first_who_one_is_and_the_proof_gives_a_new_key(ben: User) -> None:
    """Whoever holds a copied cookie ends nobody's session; once the owner has proved who they are, the copy is dead."""
    here, other = signed_in(), signed_in()
    moved(here, begun=601)
    session = here.session
    session["account_authentication_methods"] = []
    session.save()
    copied = session.session_key
    row = UserSession.objects.get(session_key=other.session.session_key)
    for address in ("/account/sessions/end/", f"/account/sessions/{row.pk}/end/"):
        assert here.post(address)["Location"] == "/account/again/?next=%2Faccount%2Fsessions%2F"
    assert alive(other)
    assert here.post("/account/again/", {"password": make.PASSWORD, "next": "/account/sessions/"}).status_code == 302
    assert not Session.objects.filter(session_key=copied).exists()
    assert UserSession.objects.filter(session_key=here.session.session_key, user=ben).count() == 1
    assert here.post("/account/sessions/end/").status_code == 302
    assert (alive(here), alive(other)) == (True, False)


def test_signing_out_ends_the_session_for_good(ben: User) -> None:
    client = signed_in()
    key = client.session.session_key
    client.post("/sign-out/")
    assert not Session.objects.filter(session_key=key).exists()
    assert not UserSession.objects.exists()


def test_who_is_deactivated_or_loses_a_role_is_signed_out(ada: User, ben: User, cleo: User) -> None:
    first, second = signed_in(), signed_in("cleo")
    deactivate_user(by=ada, user=ben)
    revoke_membership(by=ada, membership=Membership.objects.get(user=cleo))
    assert (alive(first), alive(second)) == (False, False)
    assert alive(signed_in("cleo"))


def test_another_password_ends_the_other_sessions(ben: User) -> None:
    here, other = signed_in(), signed_in()
    form = {"oldpassword": make.PASSWORD, "password1": ANOTHER, "password2": ANOTHER}
    assert here.post("/account/password/", form | {"oldpassword": "wrong"}).status_code == 200
    assert alive(other)
    assert here.post("/account/password/", form).status_code == 302
    assert (alive(here), alive(other)) == (True, False)
    assert mail.outbox[-1].subject == "Your password was changed"
    assert mail.outbox[-1].to == ["ben@example.org"]


SENSITIVE = (
    "/preferences/tokens/new/",
    "/account/app/activate/",
    "/account/keys/add/",
    "/account/codes/generate/",
    "/account/email/",
    "/users/new/",
    "/service-accounts/new/",
    "/members/new/",
    "/preferences/delegations/new/",
)


def aged(client: Client) -> Client:
    """Ten minutes after the last proof of who one is."""
    moved(client, begun=601)
    session = client.session
    session["account_authentication_methods"] = []
    session.save()
    return client


@pytest.mark.parametrize("address", SENSITIVE)
def test_what_could_harm_asks_first_who_one_is(ada: User, address: str) -> None:
    client = signed_in("ada")
    assert client.get(address).status_code == 200
    aged(client)
    for answer in (client.get(address), client.post(address, {"name": "x", "days": "30"})):
        assert answer["Location"].startswith("/account/again/?next=")
    assert not ApiToken.objects.exists()
    assert client.post("/account/again/", {"password": "wrong", "next": address}).status_code == 200
    assert client.get(address).status_code == 302
    answer = client.post("/account/again/", {"password": make.PASSWORD, "next": address})
    assert answer.status_code == 200 or answer["Location"] == address  # 200: what was asked before goes on by itself
    assert client.get(address).status_code == 200


def test_an_export_of_everything_asks_first_and_leads_back_to_the_log(ada: User) -> None:
    """A file of the whole history; accounts, roles and whole lists by the API in a browser. A token was made by proving it."""
    client = aged(signed_in("ada"))
    answer = client.post("/administration/audit/export/?action=create", {"format": "csv"})
    assert answer["Location"] == "/account/again/?next=%2Fadministration%2Faudit%2F%3Faction%3Dcreate"
    assert not AuditEvent.objects.filter(action="export").exists()

    def api(address: str, method: str = "get", **more: Any) -> int:
        return int(getattr(client, method)(f"/api/v1/{address}/", **more).status_code)

    csv = {"headers": {"Accept": "text/csv"}}
    body = {"data": {"username": "nina"}, "content_type": "application/json"}
    lists = ("audit-events", "users", "memberships", "projects", "people")
    assert {address: api(address) for address in lists} == dict.fromkeys(lists, 200)
    assert {address: api(address, **csv) for address in lists} == dict.fromkeys(lists, 403)
    assert api("users", "post", **body) == 403
    _row, text = tokens.issue(user=ada, name="report")
    bearer = {"headers": {"Accept": "text/csv", "Authorization": f"Token {text}"}}
    assert Client().get("/api/v1/projects/", **bearer).status_code == 200
    client.post("/account/again/", {"password": make.PASSWORD, "next": "/administration/audit/"})
    assert client.post("/administration/audit/export/", {"format": "csv"}).status_code == 200
    assert {address: api(address, **csv) for address in lists} == dict.fromkeys(lists, 200)
    assert api("users", "post", **body) == 201


def link_in(letter: Any) -> str:
    return re.search(r"http://testserver(/\S+)", letter.body)[1]  # type: ignore[index]


def test_a_forgotten_password(ben: User) -> None:
    Authenticator.objects.create(user=ben, type="totp", data={"secret": "x"})
    client, session = Client(), Client()
    session.force_login(ben)
    assert client.post("/sign-in/password/", {"email": "BEN@example.org"})["Location"] == "/sign-in/password/sent/"
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["ben@example.org"], "Choose a new password")
    path = link_in(letter)
    form = client.get(path, follow=True)
    address = form.context["action_url"]
    assert client.post(address, {"password1": "short", "password2": "short"}).status_code == 200
    assert (
        client.post(address, {"password1": ANOTHER, "password2": ANOTHER})["Location"] == "/sign-in/password/changed/"
    )
    assert not alive(session)
    assert SESSION_KEY not in client.session
    assert "Ask for a new link" in Client(HTTP_ACCEPT_LANGUAGE="en").get(path).content.decode()
    answer = Client().post("/sign-in/", {"username": "ben", "password": ANOTHER})
    assert answer["Location"] == "/sign-in/code/"  # the second factor stays


def test_a_link_lives_thirty_minutes(ben: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.PASSWORD_RESET_TIMEOUT == 1800
    Client().post("/sign-in/password/", {"email": "ben@example.org"})
    settings.PASSWORD_RESET_TIMEOUT = -1
    assert b"Ask for a new link" in Client(HTTP_ACCEPT_LANGUAGE="en").get(link_in(mail.outbox[0])).content


def test_nobody_learns_whose_address_is_known(ben: User, cleo: User) -> None:
    User.objects.filter(pk=cleo.pk).update(is_active=False)
    answers = [
        Client().post("/sign-in/password/", {"email": name})
        for name in ("ben@example.org", "no@example.org", "cleo@example.org")
    ]
    assert len({(answer.status_code, answer["Location"], answer.content) for answer in answers}) == 1
    assert [letter.to for letter in mail.outbox] == [["ben@example.org"]]


def test_another_e_mail_address_counts_once_its_link_was_followed(ben: User) -> None:
    client = signed_in()
    assert client.post("/account/email/", {"email": "new@example.org", "action_add": ""}).status_code == 302
    ben.refresh_from_db()
    assert ben.email == "ben@example.org"
    letter = mail.outbox[-1]
    assert letter.to == ["new@example.org"]
    client.post(link_in(letter))
    ben.refresh_from_db()
    assert ben.email == "new@example.org"
    assert [one.subject for one in mail.outbox][-1] == "Your e-mail address was changed"
    assert mail.outbox[-1].to == ["ben@example.org"]


def test_letters_speak_the_language_of_whom_they_go_to(ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(language="fr")
    Client(HTTP_ACCEPT_LANGUAGE="en").post("/sign-in/password/", {"email": "ben@example.org"})
    letter = mail.outbox[0]
    assert letter.subject == "Choisissez un nouveau mot de passe"
    assert letter.body.startswith("Bonjour Ben Durand,")
    html, kind = letter.alternatives[0]
    assert kind == "text/html"
    assert '<html lang="fr">' in str(html)


def test_what_is_over_is_cleared_away_at_night(ben: User) -> None:
    now = timezone.now()
    here, over = signed_in(), signed_in()
    Session.objects.filter(session_key=over.session.session_key).update(expire_date=now - timedelta(seconds=1))
    SeenAssertion.objects.create(issuer="corp", assertion_id="old", not_on_or_after=now - timedelta(days=2))
    SeenAssertion.objects.create(issuer="corp", assertion_id="new", not_on_or_after=now)
    caches["guards"].set("over", 1, timeout=-1)
    caches["guards"].set("held", 1, timeout=60)
    tidy_up()
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [here.session.session_key]
    assert [row.assertion_id for row in SeenAssertion.objects.all()] == ["new"]
    assert caches["guards"].get("held") == 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM core_guard WHERE expires < now()")
        assert cursor.fetchone()[0] == 0


def test_a_new_user_is_written_to_and_chooses_the_password(ada: User) -> None:
    client = signed_in("ada")
    form = {"username": "nina", "first_name": "Nina", "last_name": "Roy", "language": "en"}
    assert client.post("/users/new/", form).status_code == 422
    assert client.post("/users/new/", form | {"email": "nina@example.org"}).status_code == 302
    nina = User.objects.get(username="nina")
    assert not nina.has_usable_password()
    letter = mail.outbox[0]
    assert (letter.to, letter.subject) == (["nina@example.org"], "Your account on the PMO portal")
    assert link_in(letter) == "/sign-in/password/"
    Client().post(link_in(letter), {"email": "nina@example.org"})
    asked = Client()
    address = asked.get(link_in(mail.outbox[1]), follow=True).context["action_url"]
    asked.post(address, {"password1": ANOTHER, "password2": ANOTHER})
    assert Client().post("/sign-in/", {"username": "nina", "password": ANOTHER}).status_code == 302
