"""Signing in by user name or e-mail; the same answer for every mistake; limits that hold (exam C 32, in the size of a commit)."""

import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from redis.exceptions import RedisError

from pmo_portal.core.models import AuditEvent, User
from tests import make

pytestmark = pytest.mark.django_db
PAGE = "/sign-in/"


def attempt(name: str, password: str, *, client: Client | None = None, **extra: str):
    return (client or Client()).post(PAGE, {"username": name, "password": password}, **extra)


def from_elsewhere(number: int) -> dict[str, str]:
    return {"REMOTE_ADDR": f"198.51.100.{number}"}


@pytest.mark.parametrize("name", ["ben", "BEN", " ben ", "ben@example.org", "Ben@Example.org"])
def test_by_user_name_or_by_e_mail(client: Client, ben: User, name: str) -> None:
    answer = attempt(name, make.PASSWORD, client=client)
    assert answer.status_code == 302
    assert client.session[SESSION_KEY] == str(ben.pk)
    event = AuditEvent.objects.get(action="sign_in")
    assert (event.actor, event.target_id, event.changes) == (ben, ben.pk, {"method": [None, "password"]})


def test_the_way_on_is_kept_and_never_leads_elsewhere(ben: User) -> None:
    def after(target: str) -> str:
        form = {"username": "ben", "password": make.PASSWORD, "next": target}
        return Client().post(PAGE, form)["Location"]

    assert after("/projects/?q=x") == "/projects/?q=x"
    for hostile in (
        "https://evil.example/",
        "//evil.example",
        "http://localhost/x",
        "javascript:alert(1)",
        "/\\evil.example",
    ):
        assert after(hostile) == "/"


def test_a_session_gets_a_new_key_at_sign_in(client: Client, ben: User) -> None:
    client.session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = before = client.session.session_key
    attempt("ben", make.PASSWORD, client=client)
    assert client.cookies[settings.SESSION_COOKIE_NAME].value != before


def test_a_closed_account_says_so_only_to_who_knows_its_password(ben: User) -> None:
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert attempt("ben", "wrong").status_code == 422
    answer = attempt("ben", make.PASSWORD)
    assert answer["Location"] == "/sign-in/closed/"
    assert Client().get("/sign-in/closed/").status_code == 200


def test_a_hundred_wrong_tries_check_five_passwords(ben: User) -> None:
    """From fifty addresses, by both names, on several hosts, with X-Forwarded-For made up."""
    checked = 0
    for number in range(100):
        name = "ben" if number % 2 else "ben@example.org"
        answer = attempt(
            name, "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}", HTTP_HOST=("localhost", "127.0.0.1")[number % 2],
            **from_elsewhere(number % 50),
        )  # fmt: skip
        checked += "do not belong" in answer.content.decode() or "ne vont pas ensemble" in answer.content.decode()
    assert checked == 5
    assert attempt("ben", make.PASSWORD, **from_elsewhere(77)).status_code == 422
    assert AuditEvent.objects.filter(action="sign_in_failed", target_id=ben.pk).count() == 5
    assert AuditEvent.objects.filter(action="locked_out", target_id=ben.pk).count() == 96
    print("\nexam C 32: 100 wrong tries, 5 passwords checked")  # noqa: T201


def test_one_address_tries_ten_names_a_minute(db: None) -> None:
    refused = [attempt(f"name{number}", "wrong", HTTP_X_FORWARDED_FOR=f"203.0.113.{number}") for number in range(14)]
    told = [answer.context["form"].non_field_errors()[0] for answer in refused]
    assert len(set(told[:10])) == 1
    assert len(set(told[10:])) == 1
    assert told[9] != told[10]


def test_limits_hold_while_valkey_is_away(ben: User, settings: Any) -> None:
    away = {**settings.CACHES["default"], "LOCATION": "unix:///nowhere/valkey.sock"}
    settings.CACHES = {**settings.CACHES, "default": away}
    with pytest.raises(RedisError):
        caches["default"].get("anything")
    assert attempt("ben", make.PASSWORD, **from_elsewhere(1)).status_code == 302
    for number in range(5):
        attempt("ben", "wrong", **from_elsewhere(number))
    assert attempt("ben", make.PASSWORD, **from_elsewhere(9)).status_code == 422


@pytest.fixture
def argon() -> Iterator[None]:
    """The real hasher: the suite uses a fast one."""
    kept = settings.PASSWORD_HASHERS
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    yield
    settings.PASSWORD_HASHERS = kept


def test_nobody_learns_who_has_an_account(db: None, argon: None) -> None:
    """The same page and about the same processor time for a known and an unknown name."""
    make.user("known")
    spent: dict[str, list[float]] = {"known": [], "nobody": []}
    pages = {}
    for number in range(10):
        for name, times in spent.items():
            caches["guards"].clear()
            begun = time.process_time()
            answer = attempt(name, "wrong", **from_elsewhere(number))
            times.append(time.process_time() - begun)
            pages[name] = [str(error) for error in answer.context["form"].non_field_errors()]
    assert pages["known"] == pages["nobody"]
    known, unknown = median(spent["known"]), median(spent["nobody"])
    print(f"\nexam C 32: {1000 * known:.0f} ms for a known name, {1000 * unknown:.0f} ms for an unknown one")  # noqa: T201
    assert abs(known - unknown) / known < 0.25


def test_a_page_costs_no_statement_for_the_clocks(client: Client, ben: User) -> None:
    attempt("ben", make.PASSWORD, client=client)
    client.get("/help/")
    with CaptureQueriesContext(connection) as seen:
        assert client.get("/help/").status_code == 200
    assert len(seen) == 2, [row["sql"][:80] for row in seen]  # the session; the reader with their memberships
