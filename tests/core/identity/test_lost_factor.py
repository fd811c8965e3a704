"""A second factor that somebody lost: who may take it off, what it costs, and who learns of it."""

import json
import logging
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client

from pmo_portal.core.models import AuditEvent, User
from tests import make

pytestmark = pytest.mark.django_db
REASON = {"reason": "Telephone lost, called back, ticket 4711"}


def guard(user: User) -> None:
    for kind, data in (("totp", {"secret": "x"}), ("recovery_codes", {"seed": "x", "used_mask": 0})):
        Authenticator.objects.create(user=user, type=kind, data=data)


def signed_in(name: str) -> Client:
    client = Client()
    assert client.post("/sign-in/", {"username": name, "password": make.PASSWORD}).status_code == 302
    return client


def page_of(user: User) -> str:
    return f"/users/{user.pk}/second-factor/"


@pytest.fixture
def rosa(db: None) -> User:
    return make.user("rosa", role="administrator", first_name="Rosa", last_name="Blum")


def test_somebody_who_lost_it_comes_in_by_the_password(
    rosa: User, ben: User, caplog: pytest.LogCaptureFixture, django_capture_on_commit_callbacks: Any
) -> None:
    thief = Client()
    thief.force_login(ben)
    guard(ben)
    client = signed_in("rosa")
    assert "Authenticator app" in client.get(f"/users/{ben.pk}/edit/").content.decode()
    assert client.post(page_of(ben), {"reason": " "}).status_code == 422
    with caplog.at_level(logging.INFO, "pmo.security"), django_capture_on_commit_callbacks(execute=True):
        assert client.post(page_of(ben), REASON)["Location"] == f"/users/{ben.pk}/edit/"
    assert not Authenticator.objects.exists()
    assert thief.get("/help/").status_code == 302
    letter = mail.outbox[-1]
    assert (letter.to, letter.subject) == (["ben@example.org"], "Your second factor was removed")
    assert "Rosa Blum removed the second factor" in letter.body
    assert REASON["reason"] in letter.body
    event = AuditEvent.objects.get(action="mfa_reset")
    assert (event.actor, event.target_id, event.source) == (rosa, ben.pk, "page")
    assert event.changes == {"kind": [None, "totp, recovery_codes"], "reason": [None, REASON["reason"]]}
    line = next(one for one in caplog.records if getattr(one, "event", "") == "mfa_reset")
    assert line.levelno == logging.WARNING
    assert (line.details["user"], line.details["by"]) == (ben.pk, rosa.pk)  # type: ignore[attr-defined]
    assert "secret" not in json.dumps(line.details)  # type: ignore[attr-defined]
    again = signed_in("ben")
    assert "Rosa Blum removed your second factor" in again.get("/help/").content.decode()
    assert client.post(page_of(ben), REASON).status_code == 422  # there is none any more


def test_who_may_not(rosa: User, ada: User, ben: User, cleo: User) -> None:
    """Not one's own, not an administrator's as a PMO, not without the right, not without a fresh proof."""
    boss = make.user("boss", is_superuser=True)
    for user in (rosa, ada, ben, boss):
        guard(user)
    tried = {("cleo", ben): 403, ("ada", rosa): 403, ("ada", boss): 403, ("rosa", boss): 403}
    Authenticator.objects.filter(user__in=[rosa, ada]).delete()  # they sign in by password here
    clients = {name: signed_in(name) for name in ("cleo", "ada", "rosa")}
    for user in (rosa, ada):
        guard(user)
    found = {pair: clients[pair[0]].post(page_of(pair[1]), REASON).status_code for pair in tried}
    assert found == tried
    assert clients["rosa"].post(page_of(rosa), REASON).status_code == 403
    stale = clients["ada"].session
    stale["identity_begun"] -= 601
    stale["account_authentication_methods"] = []
    stale.save()
    assert clients["ada"].post(page_of(ben), REASON)["Location"].startswith("/account/again/")
    assert Authenticator.objects.count() == 8
    assert not mail.outbox


def test_the_last_administrator_is_let_in_from_the_command_line(
    rosa: User, django_capture_on_commit_callbacks: Any
) -> None:
    guard(rosa)
    half = Client()
    half.post("/sign-in/", {"username": "rosa", "password": make.PASSWORD})
    assert SESSION_KEY not in half.session
    told = StringIO()
    with pytest.raises(CommandError, match="Nobody"):
        call_command("remove_second_factor", "nobody", reason="x")
    with django_capture_on_commit_callbacks(execute=True):
        call_command("remove_second_factor", "ROSA@example.org", reason="The only key broke", stdout=told)
    assert "rosa has no second factor any more" in told.getvalue()
    assert "Whoever runs the server removed" in mail.outbox[-1].body
    event = AuditEvent.objects.get(action="mfa_reset")
    assert (event.actor, event.source) == (None, "command")
    assert SESSION_KEY in signed_in("rosa").session
    call_command("remove_second_factor", "rosa", reason="again", stdout=told)
    assert "nothing was changed" in told.getvalue()
