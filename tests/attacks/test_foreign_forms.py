"""A form of another site changes nothing here: each unsafe address refuses what brings no token of ours (exam 28)."""

from collections.abc import Iterable
from itertools import product

import pytest
from django.test import Client

from pmo_portal.core.models import User
from tests import make
from tests.attacks.addresses import addresses, furnish
from tests.cast import World
from tests.database_state import state

UNSAFE = ("POST", "PUT", "PATCH", "DELETE")
# Addresses that take no notice of who asks, and why that is no danger.
NOT_ASKED = {
    "csp-report": "writes a log line, a few a minute",
    "api-missing": "404 for everybody",
    "saml_acs": "the identity provider posts its signed answer here",
}
WAYS = {
    "no token": {},
    "a wrong token": {"X-CSRFToken": "a" * 64},
    "another site": {"Origin": "https://evil.example", "X-CSRFToken": "a" * 64},
    "a referrer of another site": {"Referer": "https://evil.example/", "X-CSRFToken": "b" * 32},
}


@pytest.mark.django_db
def test_no_address_takes_a_form_without_our_token(world: World, ada: User) -> None:
    assert refused(world, ada, methods=("POST", "DELETE"), ways=("another site",)) > 200


def refused(world: World, ada: User, *, methods: Iterable[str] = UNSAFE, ways: Iterable[str] = WAYS) -> int:
    """The number of foreign requests that were refused: all of them, and nothing changed in the database."""
    furnish(world)
    make.member(ada, "administrator")
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    client.get("/preferences/")  # sets the cookie that belongs to a right token
    before, taken, asked = state(), [], 0
    for (name, address), method, way in product(list(addresses()), methods, ways):
        answer = client.generic(method, address, "{}", content_type="application/json", headers=WAYS[way])
        asked += 1
        if answer.status_code not in ((204, 404, 405) if name in NOT_ASKED else (403,)):
            taken.append(f"{method} {address} with {way}: {answer.status_code}")
    assert taken == []
    assert [table for table, held in state().items() if held != before[table]] == []
    return asked


@pytest.mark.django_db
@pytest.mark.parametrize(
    "origin", ["https://pmo.example.org.evil.example", "null", "http://pmo.example.org", "https://evil.example"]
)
def test_a_right_token_from_a_wrong_origin_is_refused(ada: User, settings, origin: str) -> None:
    settings.ALLOWED_HOSTS = ["pmo.example.org"]
    client = Client(enforce_csrf_checks=True, headers={"Host": "pmo.example.org"})
    client.force_login(ada)
    client.get("/preferences/", secure=True)
    sent = {"language": "en", "csrfmiddlewaretoken": client.cookies[settings.CSRF_COOKIE_NAME].value}
    assert client.post("/preferences/language/", sent, secure=True, headers={"Origin": origin}).status_code == 403
    ours = {"Origin": "https://pmo.example.org"}
    assert client.post("/preferences/language/", sent, secure=True, headers=ours).status_code == 302
