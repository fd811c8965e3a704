"""The two roles of the database: one owns the tables and migrates, the other serves and may not touch the history (0140).

`make_roles` is run by the server's administrator: the embedded keeper at each start, or in a container before the migrations
(`python -m pmo_portal.core.database_roles`). `grant` is run by the owner after every `migrate`. Both may be repeated. Plain
Python.
"""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import psycopg2
from psycopg2 import sql

from pmo_portal.core.database_address import EMBEDDED_ROLES, app_role, entry, owner_role
from pmo_portal.core.variables import RefusedToStart, text

# Commands of an operator that change tables, or write a past that nobody lived through; everything else serves.
OWNER_COMMANDS = frozenset(
    {"migrate", "portal", "load_demo", "generate_portfolio", "flush", "sqlflush", "sqlmigrate", "squashmigrations"}
)
# What the serving role may do with the tables that are not for it to change.
APPEND_ONLY = ("core_auditevent", "reporting_snapshot", "reporting_healthfrozen")
READ_ONLY = ("django_migrations",)
# Functions with the owner's rights that it may call; nobody else may.
CALLED = ("core_audit_purge(timestamptz, integer, text)",)
ATTRIBUTES = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"

# Tables, views, sequences, functions and types that the administrator made before there was an owner. Sequences of columns go
# along with their table, row types with theirs.
TAKE_OVER = """
DO $$
DECLARE one record;
BEGIN
    FOR one IN
        SELECT format('ALTER TABLE %s OWNER TO %I', c.oid::regclass, {owner}) AS statement
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
            AND c.relowner <> {owner}::regrole
        UNION ALL
        SELECT format('ALTER SEQUENCE %s OWNER TO %I', c.oid::regclass, {owner})
        FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'S' AND c.relowner <> {owner}::regrole
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype IN ('a', 'i'))
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO %I', p.oid::regprocedure, {owner})
        FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace AND p.proowner <> {owner}::regrole
            AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO %I', t.oid::regtype, {owner})
        FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typowner <> {owner}::regrole
            AND t.typtype IN ('d', 'e')
    LOOP
        EXECUTE one.statement;
    END LOOP;
END $$
"""


class Cursor(Protocol):
    """Django's cursor or psycopg2's."""

    def execute(self, statement: Any, values: Any = None) -> Any: ...
    def fetchone(self) -> Any: ...


def role_for(arguments: Sequence[str]) -> str:
    """Which role a `manage.py` command line runs as."""
    return "owner" if len(arguments) > 1 and arguments[1] in OWNER_COMMANDS else "app"


def exists(cursor: Cursor, role: str) -> bool:
    cursor.execute("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = %s)", [role])
    return bool(cursor.fetchone()[0])


def make_roles(cursor: Cursor, *, owner: str, app: str, passwords: Mapping[str, str]) -> None:
    """Both roles, with these passwords where there are any; the database and what is in it belong to the owner."""
    for role in (owner, app):
        verb = "ALTER" if exists(cursor, role) else "CREATE"
        cursor.execute(sql.SQL(f"{verb} ROLE {{}} {ATTRIBUTES}").format(sql.Identifier(role)))
        if passwords.get(role):
            statement = sql.SQL("ALTER ROLE {} PASSWORD {}")
            cursor.execute(statement.format(sql.Identifier(role), sql.Literal(passwords[role])))
    cursor.execute("SELECT current_database()")
    name = sql.Identifier(cursor.fetchone()[0])
    cursor.execute(sql.SQL("ALTER DATABASE {} OWNER TO {}").format(name, sql.Identifier(owner)))
    cursor.execute(sql.SQL("REVOKE TEMPORARY ON DATABASE {} FROM PUBLIC").format(name))
    cursor.execute(sql.SQL(TAKE_OVER).format(owner=sql.Literal(owner)))
    grant(cursor, owner=owner, app=app)


def grant(cursor: Cursor, *, owner: str, app: str) -> None:
    """What the serving role may do, now and with the tables of later migrations: read and write rows, and no more."""
    names = {"owner": sql.Identifier(owner), "app": sql.Identifier(app)}
    for statement in (
        "GRANT USAGE ON SCHEMA public TO {app}",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {app}",
        "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
        "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {app}",
    ):
        cursor.execute(sql.SQL(statement).format(**names))
    kept = {**dict.fromkeys(APPEND_ONLY, "UPDATE, DELETE"), **dict.fromkeys(READ_ONLY, "INSERT, UPDATE, DELETE")}
    for table, rights in kept.items():
        cursor.execute("SELECT to_regclass(%s)", [f"public.{table}"])
        if cursor.fetchone()[0]:
            statement = f"REVOKE {rights} ON {{table}} FROM {{app}}"
            cursor.execute(sql.SQL(statement).format(table=sql.Identifier(table), **names))
    for function in CALLED:
        cursor.execute("SELECT to_regprocedure(%s)", [f"public.{function}"])
        if cursor.fetchone()[0]:
            cursor.execute(sql.SQL(f"GRANT EXECUTE ON FUNCTION public.{function} TO {{app}}").format(**names))


def make_embedded(sockets: Path) -> None:
    """The roles of the embedded server, at each of its starts. Raises psycopg2.Error."""
    connection = psycopg2.connect(host=str(sockets), port="5432", dbname="pmo", user=EMBEDDED_ROLES["admin"])
    try:
        with connection, connection.cursor() as cursor:
            make_roles(cursor, owner=EMBEDDED_ROLES["owner"], app=EMBEDDED_ROLES["app"], passwords={})
    finally:
        connection.close()


def main(values: Mapping[str, str]) -> None:
    """In production, as DATABASE_ADMIN_URL: the roles that DATABASE_OWNER_URL and DATABASE_URL name, with their passwords."""
    entries = {role: entry({**values, "DATABASE_ROLE": role}, Path()) for role in ("admin", "owner", "app")}
    owner, app = owner_role(values), app_role(values)
    if not text(values, "DATABASE_ADMIN_URL") or owner == app:
        remedy = "Give DATABASE_ADMIN_URL, DATABASE_OWNER_URL and DATABASE_URL, each with a user of its own."
        raise RefusedToStart("DATABASE_ADMIN_URL", "or one of the two others is missing", remedy)
    admin = entries["admin"]
    connection = psycopg2.connect(
        host=admin["HOST"],
        port=admin["PORT"] or "5432",
        dbname=admin["NAME"],
        user=admin["USER"],
        password=admin["PASSWORD"],
        **admin["OPTIONS"],
    )
    passwords = {entries[role]["USER"]: entries[role]["PASSWORD"] for role in ("owner", "app")}
    try:
        with connection, connection.cursor() as cursor:
            make_roles(cursor, owner=owner, app=app, passwords=passwords)
    finally:
        connection.close()
    sys.stdout.write(f"The database belongs to {owner}; {app} serves.\n")


if __name__ == "__main__":
    main(os.environ)
