"""How this process reaches the database, and as whom. Plain Python.

The embedded server is reached through its socket; elsewhere three URLs say it, one for each role (core/database_roles.py).
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pmo_portal.core.variables import RefusedToStart, text

# Who a process is in the database (DATABASE_ROLE; core/database_roles.py): in the embedded one, and which URL says it elsewhere.
EMBEDDED_ROLES = {"app": "pmo_app", "owner": "pmo_owner", "admin": "pmo"}
ROLE_VARIABLES = {"app": "DATABASE", "owner": "DATABASE_OWNER", "admin": "DATABASE_ADMIN"}


def entry(values: Mapping[str, str], sockets: Path) -> dict[str, Any]:
    """Django's entry for DATABASE_URL (postgres://user:password@host:port/name?sslmode=…), else for the embedded server.

    `sockets`: where that one listens. As owner or administrator: DATABASE_OWNER_URL or DATABASE_ADMIN_URL, where it is given.
    """
    found: dict[str, Any] = {"ENGINE": "django.db.backends.postgresql"}
    role = text(values, "DATABASE_ROLE", "app")
    if role not in EMBEDDED_ROLES:
        raise RefusedToStart("DATABASE_ROLE", "is not a role", f"Use one of: {', '.join(EMBEDDED_ROLES)}.")
    name = variable(values)
    url = text(values, f"{name}_URL")
    if not url:
        return {
            **found,
            "NAME": "pmo",
            "USER": EMBEDDED_ROLES[role],
            "PASSWORD": "",
            "HOST": str(sockets),
            "PORT": "5432",
        }
    remedy = "Write it as postgres://user:password@host:5432/name?sslmode=require."
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedToStart(f"{name}_URL", "is not a URL", remedy) from None
    options = dict(parse_qsl(parts.query))
    host = options.pop("host", unquote(parts.hostname or ""))
    if parts.scheme not in ("postgres", "postgresql") or not host or len(parts.path) < 2:
        raise RefusedToStart(f"{name}_URL", "does not name a PostgreSQL host and database", remedy)
    return {
        **found,
        "NAME": unquote(parts.path[1:]),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or "") or text(values, f"{name}_PASSWORD"),
        "HOST": host,
        "PORT": str(port or ""),
        "OPTIONS": options,
    }


def variable(values: Mapping[str, str]) -> str:
    """The beginning of the names of the variables that say how this process reaches the database."""
    name = ROLE_VARIABLES[text(values, "DATABASE_ROLE", "app")]
    return name if text(values, f"{name}_URL") else "DATABASE"


def app_role(values: Mapping[str, str]) -> str:
    """Who serves in the database."""
    return str(entry({**values, "DATABASE_ROLE": "app"}, Path())["USER"])


def owner_role(values: Mapping[str, str]) -> str:
    """Who owns the tables; the same as who serves where DATABASE_OWNER_URL is not given beside DATABASE_URL."""
    return str(entry({**values, "DATABASE_ROLE": "owner"}, Path())["USER"])
