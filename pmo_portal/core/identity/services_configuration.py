"""The sign-in services of an installation (OpenID Connect, SAML), read from the environment or a JSON file. Plain Python.

One service of each kind comes from `OIDC_…` and `SAML_…`; `SIGN_IN_SERVICES` names a JSON file with a list of several, each an
object with `kind` ("oidc" or "saml") and the same values in small letters. docs/operators.md lists them.
"""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pmo_portal.core.environment import Environment
from pmo_portal.core.variables import RefusedToStart, split

CODE = "pmo_portal.core.identity"
Read = Callable[[str], str]


def read(env: Environment) -> list[dict[str, Any]]:
    """Each service as {"kind", "id", "origins", "app"}: `app` as django-allauth wants it."""
    found = []
    for kind, needed in (("oidc", "ISSUER"), ("saml", "IDP_ENTITY_ID")):
        prefix = kind.upper()
        if env.text(f"{prefix}_{needed}"):
            found.append(MAKERS[kind](lambda name, prefix=prefix: env.text(f"{prefix}_{name.upper()}"), prefix, env))  # type: ignore[misc]
    for number, entry in enumerate(_listed(env), start=1):
        kind = str(entry.get("kind", ""))
        if kind not in MAKERS:
            raise RefusedToStart("SIGN_IN_SERVICES", f"has an entry {number} of no known kind", 'Use "oidc" or "saml".')
        found.append(MAKERS[kind](_reader(entry), f"SIGN_IN_SERVICES entry {number}", env))
    if len({one["id"] for one in found}) < len(found):
        raise RefusedToStart("SIGN_IN_SERVICES", "names two services alike", "Give each an id of its own.")
    return found


def _listed(env: Environment) -> list[Mapping[str, Any]]:
    path = env.text("SIGN_IN_SERVICES")
    if not path:
        return []
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise RefusedToStart(
            "SIGN_IN_SERVICES", "names no readable JSON file", "Check the path and its content."
        ) from None
    if not isinstance(entries, list) or not all(isinstance(one, dict) for one in entries):
        raise RefusedToStart("SIGN_IN_SERVICES", "is not a list of services", 'Write it as [{"kind": "oidc", …}].')
    return entries


def _reader(entry: Mapping[str, Any]) -> Read:
    def value(name: str) -> str:
        held = entry.get(name, "")
        return held if isinstance(held, str) else json.dumps(held)

    return value


def _required(value: Read, name: str, where: str) -> str:
    held = value(name)
    if not held:
        raise RefusedToStart(f"{where}: {name.upper()}", "is missing", "docs/operators.md lists what a service needs.")
    return held


def _role_map(value: Read, where: str) -> dict[str, str]:
    """{group: role}, or {group: "role@CODE"} for one portfolio or programme."""
    text = value("role_map") or "{}"
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict) or not all(isinstance(role, str) for role in held.values()):
        raise RefusedToStart(f"{where}: ROLE_MAP", "is not a JSON object of texts", 'Write it as {"group": "role"}.')
    return held


def _address(value: Read, name: str, where: str, env: Environment) -> str:
    address = _required(value, name, where)
    if env.production and urlsplit(address).scheme != "https":
        raise RefusedToStart(f"{where}: {name.upper()}", "is not an https address", "A sign-in service needs TLS.")
    return address


def origin_of(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def _oidc(value: Read, where: str, env: Environment) -> dict[str, Any]:
    issuer = _address(value, "issuer", where, env)
    own = value("id") or "oidc"
    settings = {
        "server_url": issuer,
        "oauth_pkce_enabled": True,
        "scope": split(value("scopes")) or ["openid", "profile", "email"],
        "groups": value("groups_claim") or "groups",
        "role_map": _role_map(value, where),
    }
    secret = value("client_secret")
    app = {
        "provider_id": own,
        "name": value("name") or "OpenID Connect",
        "client_id": _required(value, "client_id", where),
    }
    origins = [origin_of(issuer), *split(value("origins"))]
    return {"kind": "oidc", "id": own, "origins": origins, "app": {**app, "secret": secret, "settings": settings}}


def _saml(value: Read, where: str, env: Environment) -> dict[str, Any]:
    own = value("id") or "saml"
    idp: dict[str, Any] = {"entity_id": _required(value, "idp_entity_id", where)}
    if value("metadata_url"):
        idp |= {"metadata_url": _address(value, "metadata_url", where, env), "metadata_request_timeout": 5}
        entry = idp["metadata_url"]
    else:
        entry = _address(value, "idp_sso_url", where, env)
        idp |= {"sso_url": entry, "x509cert": _required(value, "idp_certificate", where)}
    key, certificate = value("sp_key"), value("sp_certificate")
    advanced = {
        "strict": True,
        "want_assertion_signed": True,
        "want_message_signed": True,
        "want_name_id": True,
        "reject_idp_initiated_sso": True,
        "reject_deprecated_algorithm": True,
        "allow_single_label_domains": not env.production,
        "metadata_valid_until": "",  # python3-saml says two days, after which a service that keeps a copy refuses us
        "authn_request_signed": bool(key),
        **({"private_key": key, "x509cert": certificate} if key else {}),
    }
    names = {name: value(f"{name}_attribute") for name in ("uid", "email", "first_name", "last_name", "username")}
    settings = {
        "idp": idp,
        "advanced": advanced,
        "attribute_mapping": {
            name: attribute or name for name, attribute in names.items() if attribute or name != "uid"
        },
        "groups": value("groups_attribute") or "groups",
        "role_map": _role_map(value, where),
    }
    app = {"provider_id": own, "name": value("name") or "SAML", "client_id": own, "settings": settings}
    return {"kind": "saml", "id": own, "origins": [origin_of(entry), *split(value("origins"))], "app": app}


MAKERS: dict[str, Callable[[Read, str, Environment], dict[str, Any]]] = {"oidc": _oidc, "saml": _saml}


def service_settings(services: list[dict[str, Any]]) -> dict[str, Any]:
    """The settings of django-allauth's `socialaccount`."""
    apps = {kind: [one["app"] for one in services if one["kind"] == kind] for kind in MAKERS}
    return {
        "SOCIALACCOUNT_ADAPTER": f"{CODE}.services.ServiceAdapter",
        "SOCIALACCOUNT_AUTO_SIGNUP": True,
        "SOCIALACCOUNT_EMAIL_VERIFICATION": "none",  # the service said whose the address is
        "SOCIALACCOUNT_EMAIL_AUTHENTICATION": False,
        "SOCIALACCOUNT_STORE_TOKENS": False,
        "SOCIALACCOUNT_REQUESTS_TIMEOUT": 5,
        "SOCIALACCOUNT_LOGIN_ON_GET": False,
        "SOCIALACCOUNT_PROVIDERS": {
            "openid_connect": {"provider_class": f"{CODE}.oidc.StrictOpenIDConnect", "APPS": apps["oidc"]},
            "saml": {"provider_class": f"{CODE}.saml.StrictSAML", "APPS": apps["saml"]},
        },
    }
