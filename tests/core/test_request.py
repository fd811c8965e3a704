"""The id of a request, and the language of an answer."""

import re

import pytest
from django.conf import settings
from django.contrib.auth import get_user_model
from django.test import Client

pytestmark = pytest.mark.django_db


def test_a_request_id_is_kept_when_sane_and_made_otherwise(client: Client) -> None:
    assert client.get("/sign-in/", headers={"X-Request-ID": "abc-12345678"}).headers["X-Request-ID"] == "abc-12345678"
    for hostile in ("x", "a\tb" * 10, "<script>alert(1)</script>", "a" * 200):
        assert re.fullmatch(
            r"[0-9a-f]{16}", client.get("/sign-in/", headers={"X-Request-ID": hostile}).headers["X-Request-ID"]
        )


@pytest.mark.parametrize(
    ("accepted", "cookie", "expected"),
    [
        ("", "", "fr"),
        ("en-GB,en;q=0.9", "", "en"),
        ("de-DE", "", "fr"),
        ("en", "fr", "fr"),
        ("fr", "en", "en"),
        ("", "klingon", "fr"),
        ("*", "", "fr"),
    ],
)
def test_language_of_someone_unknown(client: Client, accepted: str, cookie: str, expected: str) -> None:
    if cookie:
        client.cookies[settings.LANGUAGE_COOKIE_NAME] = cookie
    response = client.get("/sign-in/", headers={"Accept-Language": accepted})
    assert f'<html lang="{expected}"' in response.content.decode()
    assert response.headers["Content-Language"] == expected
    assert "Accept-Language" in response.headers["Vary"]


def test_the_language_of_a_user_beats_the_browser(client: Client) -> None:
    user = get_user_model().objects.create_user("ada", password="x", language="en")
    client.force_login(user)
    assert '<html lang="en"' in client.get("/help/", headers={"Accept-Language": "fr"}).content.decode()
    client.post("/preferences/language/", {"language": "fr", "next": "/help/"})
    user.refresh_from_db()
    assert user.language == "fr"


def test_the_way_back_never_leaves_the_site(client: Client) -> None:
    for target in ("https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"):
        assert client.post("/preferences/language/", {"language": "en", "next": target}).headers["Location"] == "/"


def test_where_to_report_is_told_when_somebody_said_so(client: Client, settings) -> None:
    settings.SECURITY_CONTACTS = []
    assert client.get("/.well-known/security.txt").status_code == 404
    settings.SECURITY_CONTACTS = ["mailto:security@example.org", "https://example.org/report"]
    answer = client.get("/.well-known/security.txt")
    lines = answer.content.decode().splitlines()
    assert lines[:2] == ["Contact: mailto:security@example.org", "Contact: https://example.org/report"]
    assert re.fullmatch(r"Expires: \d{4}-\d\d-\d\dT00:00:00Z", lines[2])
    assert answer["Content-Type"].startswith("text/plain")
