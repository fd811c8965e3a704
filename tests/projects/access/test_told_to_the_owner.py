"""What an administrator does to somebody's way in is told to that person: a password, an address, the end of their sessions."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from pmo_portal.core.models import AuditEvent, User
from projects.access import services
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.usefixtures("english", "db")
REASON = "Laptop left on the train, ticket 4712"


def letters() -> list[tuple[str, str]]:
    """[(to, subject)] of what was sent since the last look."""
    sent = [(one.to[0], one.subject) for one in mail.outbox]
    mail.outbox.clear()
    return sent


def test_a_password_and_an_address_given_by_somebody_else(
    ada: User, ben: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        services.update_user(by=ada, user=ben, changes={}, password="quite another secret")
    body = str(mail.outbox[0].body)
    assert "Ada Martin set a new password" in body
    assert "quite another secret" not in body
    assert letters() == [("ben@example.org", "Your password was set by somebody else")]

    with django_capture_on_commit_callbacks(execute=True):
        Api(ada).patch(
            f"users/{ben.pk}/", {"email": "new@example.org"}, version=Api(ada).get(f"users/{ben.pk}/")["ETag"]
        )
    assert "new@example.org instead of ben@example.org" in str(mail.outbox[0].body)
    subject = "Your e-mail address was changed by somebody else"
    assert letters() == [("ben@example.org", subject), ("new@example.org", subject)]

    with django_capture_on_commit_callbacks(execute=True):
        services.update_user(by=ada, user=ben, changes={"email": "", "last_name": "X"}, password="a third long secret")
    assert {to for to, _subject in letters()} == {"new@example.org"}
    with django_capture_on_commit_callbacks(execute=True):
        services.update_user(by=ada, user=ben, changes={"last_name": "Y"})
    assert letters() == []


def test_an_administrator_ends_somebodys_sessions_and_nothing_else(
    client: Client, ben: User, django_capture_on_commit_callbacks: Any
) -> None:
    rosa = make.user("rosa", role="administrator", first_name="Rosa", last_name="Blum")
    thief = Client()
    thief.force_login(ben)
    client.force_login(rosa)
    address = f"/users/{ben.pk}/sessions/"
    assert address in client.get(f"/users/{ben.pk}/edit/").content.decode()
    assert client.get(address).status_code == 200
    assert client.post(address, {"reason": " "}).status_code == 422
    assert thief.get("/help/").status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(address, {"reason": REASON})["Location"] == f"/users/{ben.pk}/edit/"
    assert thief.get("/help/").status_code == 302
    ben.refresh_from_db()
    assert ben.is_active
    assert ben.check_password(make.PASSWORD)
    assert "Rosa Blum ended all your sessions" in str(mail.outbox[0].body)
    assert REASON in str(mail.outbox[0].body)
    assert letters() == [("ben@example.org", "You were signed out everywhere")]
    event = AuditEvent.objects.get(action="sessions_ended")
    assert (event.actor, event.target_id, event.source) == (rosa, ben.pk, "page")
    assert event.changes["reason"] == [None, REASON]


def test_who_may_not_end_sessions(client: Client, ada: User, ben: User, cleo: User) -> None:
    rosa = make.user("rosa", role="administrator")
    theirs = {one: Client() for one in (ada, rosa, ben)}
    for one, browser in theirs.items():
        browser.force_login(one)
    for actor, victim in ((cleo, ben), (ada, rosa), (ada, ada)):
        client.force_login(actor)
        assert client.post(f"/users/{victim.pk}/sessions/", {"reason": REASON}).status_code == 403
    assert [browser.get("/help/").status_code for browser in theirs.values()] == [200, 200, 200]
