"""What production refuses to start with (docs/decisions/0121). Plain Python."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote, urlsplit

from pmo_portal.core.variables import RefusedToStart, flag, split, text

SECRET_KEY_LENGTH = 50
PEPPER_LENGTH = 32
PASSWORD_LENGTH = 12
DEFAULT_LOOKING = (
    "changeme", "change-me", "change_me", "changeit", "insecure", "default", "example", "placeholder", "secretkey", "secret-key",
    "secret_key", "password", "postgres", "your-", "replace", "123456", "abcdef", "qwerty",
)  # fmt: skip


def check_production(values: Mapping[str, str], database: Mapping[str, Any], variable: str) -> None:
    """Refuse what would make an installation unsafe; the message names the variable and the remedy, never the value.

    `variable` begins the names of those that `database` was read from.
    """
    make_key = "Make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
    check_secret("SECRET_KEY", text(values, "SECRET_KEY"), SECRET_KEY_LENGTH, make_key)
    peppers = split(text(values, "TOKEN_PEPPERS"))
    for pepper in peppers or [""]:
        check_secret("TOKEN_PEPPERS", pepper, PEPPER_LENGTH, make_key)
    if len({text(values, "SECRET_KEY"), *peppers}) <= len(peppers):
        raise RefusedToStart("TOKEN_PEPPERS", "repeats a secret", "Each secret needs a value of its own.")
    if not text(values, "DATABASE_URL"):
        raise RefusedToStart(
            "DATABASE_URL", "is missing", "Production uses a PostgreSQL server of yours (docs/operators.md)."
        )
    if not str(database["HOST"]).startswith("/"):  # over a local socket PostgreSQL knows who asks without a password
        make_password = f"Set {variable}_PASSWORD or {variable}_PASSWORD_FILE, and the same in PostgreSQL."
        check_secret(f"{variable}_PASSWORD", str(database["PASSWORD"]), PASSWORD_LENGTH, make_password)
        if database["PASSWORD"] == database["USER"]:
            raise RefusedToStart(f"{variable}_PASSWORD", "is the user's name", make_password)
    if not text(values, "REDIS_URL"):
        raise RefusedToStart(
            "REDIS_URL", "is missing", "Production uses a Redis or Valkey server of yours (docs/operators.md)."
        )
    queue = urlsplit(text(values, "REDIS_URL"))
    if queue.scheme != "unix":  # whoever reaches it could wake jobs and empty limits; a socket has its own rights
        remedy = "Set REDIS_PASSWORD or REDIS_PASSWORD_FILE, and the same in the server (requirepass)."
        check_secret(
            "REDIS_PASSWORD", unquote(queue.password or text(values, "REDIS_PASSWORD")), PASSWORD_LENGTH, remedy
        )
    if flag(values, "DEBUG"):
        raise RefusedToStart("DEBUG", "is on", "Leave it out in production.")
    hosts = split(text(values, "ALLOWED_HOSTS"))
    if not hosts:
        raise RefusedToStart(
            "ALLOWED_HOSTS", "is missing", "Set it to the names people type, for instance pmo.example.org."
        )
    if any(host in ("*", ".") for host in hosts):
        raise RefusedToStart(
            "ALLOWED_HOSTS", "allows every name", "Set it to the names people type, for instance pmo.example.org."
        )
    if not flag(values, "BEHIND_PROXY"):
        raise RefusedToStart(
            "BEHIND_PROXY",
            "is not set",
            "Put a TLS proxy that overwrites X-Forwarded-Proto in front, then set BEHIND_PROXY=1.",
        )


def check_secret(name: str, value: str, length: int, remedy: str) -> None:
    """A secret must be there, long enough, varied, and not look like one copied from an example."""
    if not value:
        raise RefusedToStart(name, "is missing", remedy)
    plain = value.lower()
    if any(word in plain for word in DEFAULT_LOOKING):
        raise RefusedToStart(name, "looks like a default value", remedy)
    if len(value) < length:
        raise RefusedToStart(name, f"is shorter than {length} characters", remedy)
    if len(set(value)) < min(length // 3, 12):
        raise RefusedToStart(name, "repeats the same few characters", remedy)
