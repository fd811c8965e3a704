"""The first administrator of an empty installation."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from pmo_portal.core.identity import set_up
from pmo_portal.core.models import AuditEvent, SetupLink, User
from tests import make

pytestmark = pytest.mark.django_db
FORM = {
    "first_name": "Rosa", "last_name": "Blum", "email": "Rosa@Example.org", "language": "en",
    "password": "seven brown foxes", "again": "seven brown foxes",
}  # fmt: skip


def shown() -> str:
    """The path that the command shows, or ''."""
    out = StringIO()
    call_command("setup_link", address="https://pmo.example.org", stdout=out)
    found = re.search(r"https://pmo\.example\.org(/set-up/[\w-]{43}/)", out.getvalue())
    return found[1] if found else ""


def test_a_link_makes_the_first_administrator_and_signs_them_in(client: Client) -> None:
    path = shown()
    secret = path.split("/")[2]
    assert secret not in str(SetupLink.objects.values())
    assert client.get(path).status_code == 200
    assert client.post(path, FORM)["Location"] == "/"
    user = User.objects.get()
    assert user.username == user.email == "rosa@example.org"
    assert (user.label, user.is_superuser) == ("Rosa Blum", True)
    assert client.session[SESSION_KEY] == str(user.pk)
    assert client.get("/users/").status_code == 200
    assert list(AuditEvent.objects.order_by("pk").values_list("action", flat=True)) == ["create", "setup_link_used"]
    assert Client().get(path).status_code == 404
    assert Client().post(path, FORM | {"email": "two@example.org"}).status_code == 404
    assert shown() == ""
    signing = Client().post("/sign-in/", {"username": "rosa@example.org", "password": FORM["password"]})
    assert signing.status_code == 302


def test_each_start_shows_another_link_and_the_former_is_dead(client: Client) -> None:
    first, second = shown(), shown()
    assert first != second
    assert client.get(first).status_code == 404
    assert client.get(second).status_code == 200


def test_a_link_lives_a_day(client: Client) -> None:
    path = shown()
    SetupLink.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert client.get(path).status_code == 404
    assert timedelta(hours=23) < _life() < timedelta(hours=25)


def _life() -> timedelta:
    set_up.make()
    return SetupLink.objects.get().expires_at - timezone.now()


def test_where_somebody_exists_no_link_opens(client: Client) -> None:
    path = shown()
    make.user("early")
    assert client.get(path).status_code == 404
    assert client.post(path, FORM).status_code == 404
    assert shown() == ""
    assert client.get("/set-up/x/").status_code == 404


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "short", "again": "short"},
        {"password": "password1234", "again": "password1234"},
        {"password": "rosa@example.org", "again": "rosa@example.org"},
        {"again": "something else"},
        {"email": "nothing"},
        {"first_name": ""},
    ],
)
def test_what_is_not_good_enough_makes_nobody(client: Client, wrong: dict[str, str]) -> None:
    assert client.post(shown(), FORM | wrong).status_code == 422
    assert not User.objects.exists()
