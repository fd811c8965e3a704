"""What the roles of the database may not do (exams 83 and 99 of security.md §11): every statement is tried, and refused.

A cluster of its own, made as an installation of before the roles was: one superuser owns everything, then the portal upgrades.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
from psycopg2 import errorcodes

from pmo_portal.core import database_roles, embedded
from pmo_portal.core.environment import socket_directory
from tests.core.processes import BASE_DIR, environment_of

AUDIT = "core_auditevent"
# Refused for want of rights, not for a misspelled name.
REFUSED = {errorcodes.INSUFFICIENT_PRIVILEGE, errorcodes.CANT_CHANGE_RUNTIME_PARAM}

HISTORY = [
    f"UPDATE {AUDIT} SET action = 'nothing'",
    f"UPDATE {AUDIT} SET actor_id = NULL WHERE id = 1",
    f"DELETE FROM {AUDIT}",
    f"DELETE FROM {AUDIT} WHERE at < now() - interval '30 years'",
    f"TRUNCATE {AUDIT}",
    f"TRUNCATE {AUDIT} CASCADE",
    f"ALTER TABLE {AUDIT} DISABLE TRIGGER ALL",
    f"ALTER TABLE {AUDIT} DISABLE TRIGGER USER",
    f"ALTER TABLE {AUDIT} DROP COLUMN changes",
    f"ALTER TABLE {AUDIT} OWNER TO pmo_app",
    f"DROP TABLE {AUDIT} CASCADE",
    f"CREATE TRIGGER quiet BEFORE INSERT ON {AUDIT} FOR EACH ROW EXECUTE FUNCTION core_bump_version()",
    f"CREATE RULE quiet AS ON INSERT TO {AUDIT} DO INSTEAD NOTHING",
    f"INSERT INTO {AUDIT} SELECT * FROM {AUDIT} ON CONFLICT (id) DO UPDATE SET action = 'nothing'",
    f"SELECT * FROM {AUDIT} FOR UPDATE",
    f"MERGE INTO {AUDIT} a USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "SET session_replication_role = replica",
]
SERVING = [
    *HISTORY,
    "CREATE TABLE own (id int)",
    "CREATE TEMP TABLE own (id int)",
    "CREATE SCHEMA own",
    "CREATE INDEX own ON projects_project (name)",
    "CREATE VIEW own AS SELECT 1",
    "CREATE FUNCTION own() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE OR REPLACE FUNCTION core_bump_version() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
    "DROP EXTENSION plpgsql CASCADE",
    "ALTER TABLE projects_project ADD COLUMN own int",
    "ALTER TABLE projects_project DISABLE TRIGGER ALL",
    "DROP TABLE projects_project CASCADE",
    "TRUNCATE projects_project CASCADE",
    "INSERT INTO django_migrations (app, name, applied) VALUES ('core', 'own', now())",
    "DELETE FROM django_migrations",
    "SET ROLE pmo_owner",
    "SET SESSION AUTHORIZATION pmo",
    "ALTER ROLE pmo_app SUPERUSER",
    "GRANT pmo_owner TO pmo_app",
]
CLUSTER = [
    "CREATE ROLE another LOGIN",
    "CREATE DATABASE another",
    "DROP DATABASE postgres",
    "ALTER SYSTEM SET fsync = off",
    "ALTER ROLE pmo PASSWORD 'mine'",
    "ALTER ROLE pmo_owner SUPERUSER",
    "GRANT pmo TO pmo_owner",
    "SET ROLE pmo",
    "SET session_replication_role = replica",
    "SELECT pg_read_file('postgresql.conf')",
    "SELECT pg_ls_dir('.')",
    "SELECT lo_import('/etc/passwd')",
    "COPY core_user TO '/tmp/people'",
    "COPY core_user FROM '/tmp/people'",
    "COPY core_user TO PROGRAM 'cat'",
    "SELECT rolpassword FROM pg_authid",
    "SELECT pg_reload_conf()",
    "SELECT pg_switch_wal()",
    "CREATE TABLESPACE another LOCATION '/tmp'",
    "CREATE FUNCTION own() RETURNS int LANGUAGE c AS 'libc', 'getpid'",
    "CREATE EVENT TRIGGER own ON ddl_command_start EXECUTE FUNCTION core_bump_version()",
    "CREATE SUBSCRIPTION own CONNECTION 'host=/tmp' PUBLICATION own WITH (connect = false)",
]


def connect(directory: Path, role: str) -> "psycopg2.extensions.connection":
    connection = psycopg2.connect(host=str(socket_directory(directory)), dbname="pmo", user=role)
    connection.autocommit = True
    return connection


def manage(directory: Path, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(
        command, cwd=BASE_DIR, env=environment_of(directory, **more), capture_output=True, text=True, check=True
    )


@pytest.fixture(scope="module")
def upgraded() -> Iterator[Path]:
    """An installation whose tables the superuser made, one start after it learned of the roles."""
    directory = Path(tempfile.mkdtemp(prefix="pmo-"))
    try:
        with held(directory):
            manage(directory, "migrate", "--verbosity=0", DATABASE_ROLE="admin")
            everything = connect(directory, "pmo")
            with everything.cursor() as cursor:
                cursor.execute("ALTER DATABASE pmo OWNER TO pmo; DROP OWNED BY pmo_app; DROP OWNED BY pmo_owner")
                cursor.execute("DROP ROLE pmo_app; DROP ROLE pmo_owner; GRANT TEMPORARY ON DATABASE pmo TO PUBLIC")
                cursor.execute(
                    f"INSERT INTO {AUDIT} (at, action, target_type, target_id, target_label, changes, source, request_id)"
                    " VALUES (now(), 'update', 'projects.Project', 1, 'Tram', '{}', 'page', 'before-the-roles')"
                )
            everything.close()
        with held(directory):
            yield directory
    finally:
        shutil.rmtree(directory, ignore_errors=True)


class held:  # noqa: N801  (a context manager)
    """The embedded servers of a directory, from their start to their stop."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory

    def __enter__(self) -> None:
        self.attachment = embedded.attach(environment_of(self.directory), BASE_DIR)

    def __exit__(self, *_trouble: object) -> None:
        assert self.attachment.release()


def refused(directory: Path, role: str, statement: str) -> str:
    """The code PostgreSQL refuses a statement with; "" when it was carried out (and taken back)."""
    connection = connect(directory, role)
    connection.autocommit = statement.startswith(("CREATE DATABASE", "DROP DATABASE", "ALTER SYSTEM", "CREATE TABLESP"))
    try:
        with connection.cursor() as cursor:
            if role == "pmo":  # an administrator may, who says so
                cursor.execute("SELECT set_config('pmo.rewriting_history', 'on', false)")
            cursor.execute(statement)
    except psycopg2.Error as error:
        return str(error.pgcode)
    finally:
        connection.close()
    return ""


@pytest.mark.parametrize(("role", "statements"), [("pmo_app", SERVING + CLUSTER), ("pmo_owner", CLUSTER)])
def test_every_forbidden_statement_is_refused(upgraded: Path, role: str, statements: list[str]) -> None:
    assert len(set(statements)) >= 20
    codes = {statement: refused(upgraded, role, statement) for statement in statements}
    assert {statement: code for statement, code in codes.items() if code not in REFUSED} == {}


def test_rights_cannot_be_given_by_whoever_was_given_them(upgraded: Path) -> None:
    """PostgreSQL answers such a GRANT with a warning only, so what counts is what it left."""
    assert refused(upgraded, "pmo_app", f"GRANT UPDATE, DELETE, TRUNCATE ON {AUDIT} TO pmo_app, PUBLIC") == ""
    for statement in HISTORY:
        assert refused(upgraded, "pmo_app", statement) in REFUSED


def test_the_same_statements_would_be_carried_out_for_an_administrator(upgraded: Path) -> None:
    """So that a misspelled statement does not count as refused."""
    spelled = [one for one in HISTORY + SERVING if not one.startswith("GRANT pmo_owner")]
    assert {one: code for one in spelled if (code := refused(upgraded, "pmo", one))} == {}


def test_what_serves_reads_and_writes_rows_as_before(upgraded: Path) -> None:
    connection = connect(upgraded, "pmo_app")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT request_id FROM {AUDIT}")
        assert cursor.fetchall() == [("before-the-roles",)], "nothing was lost on the way"
        cursor.execute(
            f"INSERT INTO {AUDIT} (at, action, target_type, target_id, target_label, changes, source, request_id)"
            " VALUES (now(), 'update', 'projects.Project', 1, 'Tram', '{}', 'page', 'by-what-serves')"
        )
        cursor.execute(
            "INSERT INTO core_work (kind, subject_id, wanted, done, attempts, state) VALUES ('try', 1, 1, 0, 0, 'live')"
        )
        cursor.execute("UPDATE core_work SET done = 1 WHERE kind = 'try'")
        cursor.execute("DELETE FROM core_work WHERE kind = 'try'")
        assert cursor.rowcount == 1
    connection.close()


def test_tables_that_come_later_are_granted_by_themselves(upgraded: Path) -> None:
    owner = connect(upgraded, "pmo_owner")
    with owner.cursor() as cursor:
        cursor.execute("CREATE TABLE later (id bigint GENERATED BY DEFAULT AS IDENTITY, word text)")
    app = connect(upgraded, "pmo_app")
    with app.cursor() as cursor:
        cursor.execute("INSERT INTO later (word) VALUES ('yes') RETURNING id")
        assert cursor.fetchone() == (1,)
        cursor.execute("UPDATE later SET word = 'no'; DELETE FROM later")
    app.close()
    with owner.cursor() as cursor:
        cursor.execute("DROP TABLE later")
    owner.close()


def test_everything_belongs_to_the_owner_and_migrates_as_it(upgraded: Path) -> None:
    connection = connect(upgraded, "pmo")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT pg_get_userbyid(relowner) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
            " UNION SELECT DISTINCT pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == [("pmo_owner",)]
    connection.close()
    manage(upgraded, "migrate", "--verbosity=0")
    assert "pmo_app may not change the history" in doctor(upgraded)
    assert "pmo_owner both owns the tables and serves" not in doctor(upgraded)


def test_a_new_installation_is_made_by_an_owner_who_is_no_administrator(short_directory: Path) -> None:
    """Every migration runs without the rights of a superuser; nothing in the server is theirs."""
    with held(short_directory):
        manage(short_directory, "migrate", "--verbosity=0")
        assert "pmo_app may not change the history" in doctor(short_directory)
        assert refused(short_directory, "pmo_app", f"DELETE FROM {AUDIT}") in REFUSED


def test_doctor_says_when_one_role_does_both(upgraded: Path) -> None:
    url = f"postgres://pmo_owner@/pmo?host={socket_directory(upgraded)}"
    assert "pmo_owner both owns the tables and serves" in doctor(upgraded, DATABASE_URL=url)
    assert "DATABASE_OWNER_URL" in doctor(upgraded, DATABASE_URL=url)


def doctor(directory: Path, **more: str) -> str:
    command = [sys.executable, "manage.py", "doctor"]
    return subprocess.run(
        command, cwd=BASE_DIR, env=environment_of(directory, **more), capture_output=True, text=True
    ).stdout


def test_in_a_container_the_roles_are_made_with_their_passwords(upgraded: Path) -> None:
    """As docker-compose.yml does before the migrations, against the same server under other names."""
    at = f"/pmo?host={socket_directory(upgraded)}"
    values = {
        **os.environ,
        "DATABASE_ADMIN_URL": f"postgres://pmo@{at}",
        "DATABASE_OWNER_URL": f"postgres://other_owner:Hk7-wQ9_zL2p@{at}",
        "DATABASE_URL": f"postgres://other_app:Tm4-bN8_vC6x@{at}",
    }
    command = [sys.executable, "-m", "pmo_portal.core.database_roles"]
    done = subprocess.run(command, cwd=BASE_DIR, env=values, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Hk7" not in done.stdout
    connection = connect(upgraded, "pmo")
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_authid WHERE rolname LIKE 'other_%' AND rolpassword LIKE 'SCRAM%'")
        assert cursor.fetchone() == (2,)
        assert refused(upgraded, "other_app", f"DELETE FROM {AUDIT}") in REFUSED
        database_roles.make_roles(cursor, owner="pmo_owner", app="pmo_app", passwords={})
        cursor.execute("DROP OWNED BY other_owner")
        cursor.execute("DROP OWNED BY other_app; DROP ROLE other_owner, other_app")
    connection.close()
    same = {**values, "DATABASE_URL": values["DATABASE_OWNER_URL"]}
    done = subprocess.run(command, cwd=BASE_DIR, env=same, capture_output=True, text=True)
    assert done.returncode == 1
    assert "each with a user of its own" in done.stderr
