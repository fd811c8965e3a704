"""OpenID Connect (exam C 34, in the size of a commit): who comes in, with which roles, and forty tokens that open nothing."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.contrib.auth import SESSION_KEY
from django.test import Client

from pmo_portal.core.models import User
from projects.access.models import Membership
from tests import make
from tests.core.identity import idp as service
from tests.core.identity.idp import CLIENT, Idp, unsigned

pytestmark = pytest.mark.django_db
UNSIGNED = ("none", "None", "NONE", "nOnE", "")
START, BACK = "/sign-in/with/corp/", "/sign-in/with/corp/back/"


@pytest.fixture(scope="module")
def started() -> Iterator[Idp]:
    with service.running() as one:
        yield one


@pytest.fixture
def idp(started: Idp, settings: Any) -> Idp:
    started.answer, started.userinfo, started.discovery_extra, started.moved = {}, {}, {}, set()
    app = {
        "provider_id": "corp", "name": "Corp", "client_id": CLIENT, "secret": service.SECRET,
        "settings": {
            "server_url": started.issuer, "oauth_pkce_enabled": True, "groups": "groups",
            "role_map": {"pmo-team": "pmo", "directors": "executive", "rail": "viewer@RAIL", "typo": "emperor"},
        },
    }  # fmt: skip
    providers = settings.SOCIALACCOUNT_PROVIDERS
    settings.SOCIALACCOUNT_PROVIDERS = {**providers, "openid_connect": {**providers["openid_connect"], "APPS": [app]}}
    return started


def begin(client: Client) -> dict[str, str]:
    """The parameters with which the service is asked."""
    answer = client.post(START)
    assert answer.status_code == 302
    return {name: values[0] for name, values in parse_qs(urlsplit(answer["Location"]).query).items()}


def come(idp: Idp, client: Client, token: Callable[[dict[str, str]], Any], **userinfo: Any) -> Any:
    asked = begin(client)
    idp.answer = {"access_token": "x", "token_type": "Bearer", "id_token": token(asked)}
    idp.userinfo = {"sub": "subject-1", **userinfo}
    return client.get(BACK, {"code": "c", "state": asked["state"]})


def arrive(idp: Idp, client: Client, **claims: Any) -> Any:
    """Sign in with a good token that says `claims`."""
    sub = claims.get("sub", "subject-1")
    return come(idp, client, lambda asked: idp.sign(idp.claims(asked["nonce"], **claims)), sub=sub)


def inside(client: Client) -> bool:
    return SESSION_KEY in client.session


def test_the_service_is_asked_with_state_nonce_and_proof(idp: Idp) -> None:
    asked = begin(Client())
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) == 32
    assert len(asked["nonce"]) == 64
    assert "prompt" not in asked
    hostile = Client().post(f"{START}?auth_params=prompt%3Dnone%26scope%3Dall&scope=all")["Location"]
    assert "prompt" not in hostile
    assert "all" not in parse_qs(urlsplit(hostile).query)["scope"][0]


def test_an_account_is_made_at_the_first_sign_in(idp: Idp, world: Any) -> None:
    client = Client()
    assert arrive(idp, client, groups=["directors", "rail", "other"]).status_code == 302
    user = User.objects.get()
    assert (user.username, user.label, user.has_usable_password()) == ("jane@example.org", "Jane Roe", False)
    assert client.session[SESSION_KEY] == str(user.pk)
    given = Membership.objects.filter(user=user).order_by("role").values_list("role", "node__code", "source")
    assert list(given) == [("executive", None, "sso"), ("viewer", "RAIL", "sso")]
    assert client.get("/projects/").status_code == 200


def test_groups_give_and_take_roles_at_each_sign_in(idp: Idp, world: Any) -> None:
    first = Client()
    arrive(idp, first, groups=["directors", "pmo-team"])
    user = User.objects.get()
    make.member(user, "viewer", on=world.south)
    second = Client()
    arrive(idp, second, groups=["directors"], email="moved@example.org")
    held = Membership.objects.filter(user=user).order_by("role").values_list("role", "source")
    assert list(held) == [("executive", "sso"), ("viewer", "")]
    assert User.objects.count() == 1
    assert first.get("/projects/").status_code == 302  # a role went: former sessions end
    assert second.get("/projects/").status_code == 200
    arrive(idp, Client(), groups=None)
    assert list(Membership.objects.filter(user=user).values_list("role", flat=True)) == ["viewer"]


def test_nobody_is_taken_for_somebody_by_an_address(idp: Idp, ben: User) -> None:
    """Neither confirmed nor not, neither as e-mail nor as user name."""
    for claims in (
        {"email": "ben@example.org"}, {"email": "BEN@example.org", "email_verified": False},
        {"email": "x@example.org", "preferred_username": "ben"},
    ):  # fmt: skip
        client = Client()
        arrive(idp, client, sub=f"thief-{claims['email']}", **claims)
        assert client.session.get(SESSION_KEY) != str(ben.pk)
    assert not SocialAccount.objects.filter(user=ben).exists()
    assert User.objects.exclude(pk=ben.pk).count() == 1


def test_an_address_the_service_does_not_vouch_for_is_not_taken_over(idp: Idp) -> None:
    """Else whoever may write an address into their profile keeps it from whose it is; nor does an unconfirmed wish of a user."""
    arrive(idp, Client(), sub="squatter", email="jane@example.org", email_verified=False)
    squatter = User.objects.get()
    assert (squatter.email, squatter.username == "jane@example.org") == ("", False)
    EmailAddress.objects.create(user=squatter, email="jane@example.org")
    arrive(idp, Client(), sub="subject-1", email="Jane@example.org")
    jane = SocialAccount.objects.get(uid="subject-1").user
    assert (jane.email, jane.pk == squatter.pk) == ("jane@example.org", False)
    assert not EmailAddress.objects.filter(user=squatter).exists()


def test_one_links_the_two_oneself(idp: Idp, ben: User) -> None:
    client = Client()
    client.post("/sign-in/", {"username": "ben", "password": make.PASSWORD})
    asked = parse_qs(urlsplit(client.post(f"{START}?process=connect")["Location"]).query)
    assert asked["prompt"] == ["login"]
    idp.answer = {"access_token": "x", "id_token": idp.sign(idp.claims(asked["nonce"][0]))}
    idp.userinfo = {"sub": "subject-1"}
    assert client.get(BACK, {"code": "c", "state": asked["state"][0]})["Location"] == "/account/services/"
    other = Client()
    arrive(idp, other)
    assert other.session[SESSION_KEY] == str(ben.pk)


def test_a_closed_account_stays_closed(idp: Idp) -> None:
    arrive(idp, Client())
    User.objects.update(is_active=False)
    client = Client()
    assert arrive(idp, client)["Location"] == "/sign-in/closed/"
    assert not inside(client)


def evil(idp: Idp) -> dict[str, Callable[[dict[str, str]], Any]]:
    """Forty tokens that must open nothing, each made for the request it answers unless that is what is wrong with it."""
    now = int(time.time())

    def said(**changed: Any) -> Callable[[dict[str, str]], str]:
        return lambda asked: idp.sign(idp.claims(asked["nonce"], **changed))

    def cut(asked: dict[str, str]) -> list[str]:
        return idp.sign(idp.claims(asked["nonce"])).split(".")

    def other_body(asked: dict[str, str]) -> str:
        head, _body, signature = cut(asked)
        return f"{head}.{unsigned(idp.claims(asked['nonce'], sub='admin')).split('.')[1]}.{signature}"

    return {
        **{f"alg {alg}": (lambda asked, alg=alg: unsigned(idp.claims(asked["nonce"]), alg)) for alg in UNSIGNED},
        "HS256 with the public key": lambda asked: _hmac(idp, asked, idp.public_pem()),
        "HS256 with the public key, one line": lambda asked: _hmac(idp, asked, idp.public_pem().strip()),
        "HS256 with the client's secret": lambda asked: _hmac(idp, asked, service.SECRET.encode()),
        "HS256 with nothing": lambda asked: _hmac(idp, asked, b""),
        "another RSA key": lambda asked: idp.sign(idp.claims(asked["nonce"]), key=idp.other),
        "another kind of key": lambda asked: idp.sign(idp.claims(asked["nonce"]), key=idp.curve, alg="ES256"),
        "another algorithm of the key": lambda asked: idp.sign(idp.claims(asked["nonce"]), alg="RS512"),
        "an unknown kid": lambda asked: idp.sign(idp.claims(asked["nonce"]), kid="two"),
        "its own key in the header": lambda asked: idp.sign(
            idp.claims(asked["nonce"]), key=idp.other, jwk={"kty": "RSA", "n": "AQAB", "e": "AQAB"}),
        "its own address of keys": lambda asked: idp.sign(
            idp.claims(asked["nonce"]), key=idp.other, jku="http://127.0.0.1:1/jwks", kid="two"),
        "a path as kid": lambda asked: idp.sign(idp.claims(asked["nonce"]), key=idp.other, kid="../../dev/null"),
        "no signature": lambda asked: ".".join(cut(asked)[:2]) + ".",
        "two parts": lambda asked: ".".join(cut(asked)[:2]),
        "another signature": lambda asked: ".".join([*cut(asked)[:2], "AAAA"]),
        "another body": other_body,
        "aud of another": said(aud="another"),
        "aud of nobody": said(aud=None),
        "aud empty": said(aud=[]),
        "aud begins alike": said(aud=f"{CLIENT}-2"),
        "aud of two without azp": said(aud=[CLIENT, "another"]),
        "azp of another": said(aud=[CLIENT, "another"], azp="another"),
        "iss of another": said(iss="https://evil.example"),
        "iss begins alike": said(iss=f"{idp.issuer}.evil.example"),
        "no iss": said(iss=None),
        "nonce of another": said(nonce="0" * 64),
        "no nonce": said(nonce=None),
        "nonce is a number": said(nonce=1),
        "over": said(exp=now - 120),
        "no end": said(exp=None),
        "end is a text": said(exp="never"),
        "not yet": said(nbf=now + 600),
        "made tomorrow": said(iat=now + 86400),
        "made yesterday": said(iat=now - 86400, exp=now + 300),
        "no subject": said(sub=None),
        "an empty subject": said(sub=" "),
        "a subject that is a number": said(sub=7),
        "no token": lambda asked: None,
        "a number": lambda asked: 5,
        "nonsense": lambda asked: "a.b.c",
        "empty": lambda asked: "",
    }  # fmt: skip


def _hmac(idp: Idp, asked: dict[str, str], key: bytes) -> str:
    """PyJWT refuses to sign with a public key: by hand, as an attacker would."""

    body = unsigned(idp.claims(asked["nonce"]), "HS256").rstrip(".")
    signature = base64.urlsafe_b64encode(hmac.new(key, body.encode(), hashlib.sha256).digest()).rstrip(b"=").decode()
    return f"{body}.{signature}"


def test_forty_false_tokens_open_nothing(idp: Idp) -> None:
    tried = evil(idp)
    opened = []
    for name, token in tried.items():
        client = Client()
        answer = come(idp, client, token)
        if inside(client) or answer.status_code not in (401, 409):
            opened.append((name, answer.status_code))
    assert opened == []
    assert not User.objects.exists()
    print(f"\nexam C 34: {len(tried)} false tokens, 0 accepted")  # noqa: T201
    assert len(tried) >= 40
    assert arrive(idp, Client()).status_code == 302
    assert User.objects.count() == 1


def test_answers_to_other_requests_open_nothing(idp: Idp) -> None:
    """A state that nobody has, of another browser, used before; a userinfo about somebody else; another issuer."""
    client, victim = Client(), Client()
    asked = begin(client)
    idp.answer = {"access_token": "x", "id_token": idp.sign(idp.claims(asked["nonce"]))}
    idp.userinfo = {"sub": "subject-1"}
    for state in ({}, {"state": "x"}, {"state": ""}):
        assert victim.get(BACK, {"code": "c", **state}).status_code == 401
    assert victim.get(BACK, {"code": "c", "state": asked["state"]}).status_code == 401
    assert client.get(BACK, {"code": "c", "state": asked["state"]}).status_code == 302
    client.post("/sign-out/")
    assert client.get(BACK, {"code": "c", "state": asked["state"]}).status_code == 401
    good = lambda asked: idp.sign(idp.claims(asked["nonce"]))  # noqa: E731
    assert come(idp, Client(), good, sub="somebody else").status_code == 401
    idp.discovery_extra = {"issuer": "https://evil.example"}
    assert come(idp, Client(), good).status_code == 401
    assert User.objects.count() == 1


def test_a_service_that_sends_us_elsewhere_is_not_followed(idp: Idp) -> None:
    for path in ("/token", "/jwks", "/userinfo"):
        idp.moved = {path}
        assert arrive(idp, Client()).status_code == 401
    assert not User.objects.exists()
    assert not [path for path in idp.asked if path.startswith("/elsewhere")]


def test_who_has_only_the_service_proves_it_there(idp: Idp) -> None:
    client = Client()
    arrive(idp, client)
    session = client.session
    session["identity_begun"] -= 3600
    session["account_authentication_methods"] = []
    session.save()
    assert client.get("/account/app/activate/")["Location"].startswith(f"{START}?next=")
    before = client.session.session_key
    arrive(idp, client)
    assert client.session.session_key != before
    assert list(UserSession.objects.values_list("session_key", flat=True)) == [client.session.session_key]
    assert client.get("/account/app/activate/").status_code == 200
    assert client.post("/sign-in/password/", {"email": "jane@example.org"}).status_code == 302
