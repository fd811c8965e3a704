"""Exams C 32, 34 and 35 at length: hundreds of wrong passwords, tokens and responses, changed at random."""

import base64
import random
import string
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import caches
from django.test import Client

from pmo_portal.core.models import User
from tests import make
from tests.core.identity import idp as service
from tests.core.identity.idp import CLIENT, Idp
from tests.core.identity.saml_idp import IDP, Signer, Story, request_in

pytestmark = pytest.mark.django_db
TRIES, TOKENS, RESPONSES = 600, 300, 200


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    return random.Random(request.config.getoption("--seed"))


def changed(chance: random.Random, text: str) -> str:
    """`text` with one to four characters replaced, removed, doubled or swapped."""
    held = list(text)
    for _time in range(chance.randint(1, 4)):
        place = chance.randrange(len(held))
        held[place] = chance.choice([chance.choice(string.printable), "", held[place] * 2, held[-place]])
    return "".join(held)


def provided(settings: Any, kind: str, app: dict[str, Any]) -> None:
    providers = settings.SOCIALACCOUNT_PROVIDERS
    settings.SOCIALACCOUNT_PROVIDERS = {**providers, kind: {**providers[kind], "APPS": [app]}}


def test_hundreds_of_wrong_tries_from_everywhere(chance: random.Random) -> None:
    """Of one account by every name it has, with made-up addresses in the headers: five passwords are checked."""
    make.user("target")
    names = ("target", "TARGET", " target", "target@example.org", "Target@Example.ORG ")
    checked = 0
    for number in range(TRIES):
        answer = Client().post(
            "/sign-in/", {"username": chance.choice(names), "password": f"wrong {number}"},
            REMOTE_ADDR=f"198.51.{chance.randrange(256)}.{chance.randrange(1, 255)}",
            HTTP_X_FORWARDED_FOR=f"203.0.113.{chance.randrange(256)}",
        )  # fmt: skip
        assert answer.status_code in (422, 429)
        errors = answer.context["form"].non_field_errors().as_data() if answer.status_code == 422 else []
        checked += any(error.code != "too_many_login_attempts" for error in errors)
    print(f"\nexam C 32: {TRIES} wrong tries, {checked} passwords checked")  # noqa: T201
    assert checked == 5


@pytest.fixture
def idp(settings: Any) -> Iterator[Idp]:
    with service.running() as one:
        held = {"server_url": one.issuer, "oauth_pkce_enabled": True, "groups": "groups", "role_map": {}}
        app = {"provider_id": "corp", "name": "Corp", "client_id": CLIENT, "secret": "x", "settings": held}
        provided(settings, "openid_connect", app)
        yield one


def test_tokens_changed_at_random(idp: Idp, chance: random.Random) -> None:
    """No change of a good token opens another account than the one it was signed for, and none is an error of ours."""
    refused = 0
    for _number in range(TOKENS):
        client = Client()
        location = client.post("/sign-in/with/corp/")["Location"]
        asked = dict(part.split("=", 1) for part in location.partition("?")[2].split("&"))
        token = changed(chance, idp.sign(idp.claims(asked["nonce"])))
        idp.answer, idp.userinfo = {"access_token": "x", "id_token": token}, {"sub": "subject-1"}
        answer = client.get("/sign-in/with/corp/back/", {"code": "c", "state": asked["state"]})
        assert answer.status_code in (302, 401)
        refused += SESSION_KEY not in client.session
        caches["guards"].clear()
    print(f"\nexam C 34: {TOKENS} tokens changed at random, {refused} refused")  # noqa: T201
    assert set(User.objects.values_list("username", flat=True)) <= {"jane@example.org"}
    assert refused > TOKENS * 0.9


def test_responses_changed_at_random(settings: Any, chance: random.Random) -> None:
    signer = Signer()
    held = {
        "idp": {"entity_id": IDP, "sso_url": "https://idp.example/sso", "x509cert": signer.certificate},
        "advanced": {
            "strict": True, "want_assertion_signed": True, "want_message_signed": True, "want_name_id": True,
            "reject_idp_initiated_sso": True, "reject_deprecated_algorithm": True, "allow_single_label_domains": True,
        },
        "attribute_mapping": {"email": "email"}, "groups": "groups", "role_map": {},
    }  # fmt: skip
    provided(settings, "saml", {"provider_id": "corp", "name": "Corp", "client_id": "corp", "settings": held})
    refused = 0
    for _number in range(RESPONSES):
        client = Client(HTTP_HOST="testserver")
        story = Story(request_in(client.post("/sign-in/saml/corp/")["Location"]))
        text = changed(chance, story.signed(signer)).encode("utf-8", "replace")
        given = client.post("/sign-in/saml/corp/acs/", {"SAMLResponse": base64.b64encode(text).decode()})
        answer = client.get(given["Location"])
        assert answer.status_code in (302, 401, 403)
        refused += SESSION_KEY not in client.session
    print(f"\nexam C 35: {RESPONSES} responses changed at random, {refused} refused")  # noqa: T201
    assert set(User.objects.values_list("email", flat=True)) <= {"subject-1@example.org"}
    assert refused > RESPONSES * 0.9
