"""What the environment says about signing in, and what it must not say."""

import json
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.exceptions import ValidationError

from pmo_portal.core.environment import Environment
from pmo_portal.core.identity.configuration import Identity
from pmo_portal.core.identity.own_words import OwnWordsValidator
from pmo_portal.core.redaction import Redaction
from pmo_portal.core.variables import RefusedToStart
from tests.production_environment import production_environment

OIDC = {"OIDC_ISSUER": "https://id.example.org/realm", "OIDC_CLIENT_ID": "pmo", "OIDC_CLIENT_SECRET": "x"}
SAML = {
    "SAML_IDP_ENTITY_ID": "https://idp.example/e",
    "SAML_IDP_SSO_URL": "https://idp.example/sso",
    "SAML_IDP_CERTIFICATE": "MII",
}


def read(tmp_path: Path, production: bool = False, **values: str) -> tuple[Identity, dict[str, Any]]:
    basis = production_environment() if production else {"PMO_ENV": "test"}
    env = Environment.read({**basis, "DATA_DIR": str(tmp_path), **values}, tmp_path)
    chosen = Identity.read(env)
    return chosen, chosen.settings(env, 1)


def test_defaults(tmp_path: Path) -> None:
    chosen, made = read(tmp_path)
    assert (chosen.idle_seconds, chosen.absolute_seconds, chosen.required_roles) == (1800, 43200, frozenset())
    assert made["SESSION_COOKIE_AGE"] == 43200
    assert made["EMAIL_BACKEND"].endswith("console.EmailBackend")
    assert chosen.origins == []
    assert settings.PASSWORD_RESET_TIMEOUT == 1800


def test_services_from_variables(tmp_path: Path) -> None:
    chosen, made = read(
        tmp_path, True, **OIDC, **SAML, OIDC_ROLE_MAP='{"pmo-team": "pmo"}', OIDC_ORIGINS="https://login.example.org"
    )
    assert chosen.origins == ["https://id.example.org", "https://idp.example", "https://login.example.org"]
    providers = made["SOCIALACCOUNT_PROVIDERS"]
    (oidc,), (saml,) = providers["openid_connect"]["APPS"], providers["saml"]["APPS"]
    assert oidc["settings"]["role_map"] == {"pmo-team": "pmo"}
    assert oidc["settings"]["oauth_pkce_enabled"]
    strict = (
        "strict",
        "want_assertion_signed",
        "want_message_signed",
        "reject_idp_initiated_sso",
        "reject_deprecated_algorithm",
    )
    assert all(saml["settings"]["advanced"][name] for name in strict)


def test_several_services_from_a_file(tmp_path: Path) -> None:
    entries = [
        {"kind": "oidc", "id": "a", "issuer": "https://a.example", "client_id": "x", "role_map": {"g": "viewer"}},
        {"kind": "oidc", "id": "b", "issuer": "https://b.example", "client_id": "x"},
    ]
    path = tmp_path / "services.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    chosen, made = read(tmp_path, SIGN_IN_SERVICES=str(path))
    assert [one["id"] for one in chosen.services] == ["a", "b"]
    assert made["SOCIALACCOUNT_PROVIDERS"]["openid_connect"]["APPS"][0]["settings"]["role_map"] == {"g": "viewer"}
    path.write_text(json.dumps([*entries, entries[0]]), encoding="utf-8")
    with pytest.raises(RefusedToStart, match="names two services alike"):
        read(tmp_path, SIGN_IN_SERVICES=str(path))
    path.write_text('[{"kind": "ldap"}]', encoding="utf-8")
    with pytest.raises(RefusedToStart, match="no known kind"):
        read(tmp_path, SIGN_IN_SERVICES=str(path))


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({**OIDC, "OIDC_ISSUER": "http://id.example.org"}, "not an https address"),
        ({**OIDC, "OIDC_CLIENT_ID": ""}, "is missing"),
        ({**OIDC, "OIDC_ROLE_MAP": "pmo"}, "not a JSON object"),
        ({**OIDC, "OIDC_ROLE_MAP": '{"a": 1}'}, "not a JSON object"),
        ({**SAML, "SAML_IDP_CERTIFICATE": ""}, "is missing"),
        ({**SAML, "SAML_IDP_SSO_URL": "http://idp.example/sso"}, "not an https address"),
        ({"SESSION_IDLE_MINUTES": "0"}, "not a positive number"),
        ({"SIGN_IN_SERVICES": "/nowhere.json"}, "no readable JSON file"),
    ],
)
def test_what_production_does_not_start_with(tmp_path: Path, wrong: dict[str, str], why: str) -> None:
    with pytest.raises(RefusedToStart, match=why):
        read(tmp_path, True, **wrong)


def test_keys_of_links_are_not_logged() -> None:
    told = Redaction().text
    assert told('path="/set-up/2kqEHwkKF5CW8JhAjNbv9gM_HxHwi-GnwPqOv8pFVMQ/"') == 'path="/set-up/…/"'
    assert (
        told("GET /sign-in/password/1-diq18o-df0737882d5bc4c4461e77c24d6b8cd8/ 302") == "GET /sign-in/password/…/ 302"
    )
    assert told("/account/email/MQ:1vOxyz:abc-DEF/") == "/account/email/…/"
    assert told("/sign-in/password/sent/ /account/email/sent/") == "/sign-in/password/sent/ /account/email/sent/"


def test_letters_in_production_are_no_lines_of_a_log(tmp_path: Path) -> None:
    assert read(tmp_path, True)[1]["EMAIL_BACKEND"].endswith("dummy.EmailBackend")
    made = read(tmp_path, True, EMAIL_HOST="mail.example.org", EMAIL_SECURITY="tls", EMAIL_PORT="465")[1]
    assert made["EMAIL_BACKEND"].endswith("smtp.EmailBackend")
    assert (made["EMAIL_USE_SSL"], made["EMAIL_USE_TLS"], made["EMAIL_PORT"]) == (True, False, 465)


@pytest.mark.parametrize(
    ("password", "good"),
    [
        ("PMO-Portal-2026!", False),
        ("Portefeuille2027", False),
        ("Mot de passe 2026", False),
        ("contoso-direction-1", False),
        ("pmo.example.org/2026", False),
        ("tournesol-bleu-42", True),
        ("the pmo drinks nine cups", True),
        ("2026 sardines en boîte", True),
    ],
)
def test_words_of_the_portal_make_no_password(settings: Any, password: str, good: bool) -> None:
    settings.PASSWORD_WORDS, settings.ALLOWED_HOSTS = ["Contoso"], ["pmo.example.org"]
    refused = False
    try:
        OwnWordsValidator().validate(password)
    except ValidationError:
        refused = True
    assert refused is not good
