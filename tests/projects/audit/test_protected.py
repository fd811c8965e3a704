"""History is not changed by those who may change everything else, and the triggers that keep it are what the models say."""

from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from pmo_portal.core import audit, ledger, ledger_sql
from pmo_portal.core.models import AuditEvent
from projects.hierarchy.models import Project
from tests.cast import World

STATEMENTS = [
    "UPDATE core_auditevent SET action = 'nothing'",
    "UPDATE core_auditevent SET action = 'nothing' WHERE false",
    "DELETE FROM core_auditevent",
    "DELETE FROM core_auditevent WHERE at < now() - interval '30 years'",
    "WITH gone AS (DELETE FROM core_auditevent RETURNING id) SELECT count(*) FROM gone",
    "MERGE INTO core_auditevent a USING (SELECT 1) s ON true WHEN MATCHED THEN DELETE",
    "INSERT INTO core_auditevent SELECT * FROM core_auditevent ON CONFLICT (id) DO UPDATE SET action = 'nothing'",
    "SET CONSTRAINTS ALL IMMEDIATE; truncate core_auditevent cascade",  # in capitals the suite may (tests/conftest.py)
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_even_its_owner_is_refused(statement: str, world: World) -> None:
    kept = list(AuditEvent.objects.order_by("pk").values())
    assert kept
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        send(statement)
    assert list(AuditEvent.objects.order_by("pk").values()) == kept


def test_the_way_in_is_closed_again_and_is_the_owners(world: World) -> None:
    with audit.rewriting_history():
        assert AuditEvent.objects.filter(target_type="projects.Node").delete()[0] == 3
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        AuditEvent.objects.all().delete()
    with pytest.raises(DatabaseError, match="history is never changed"), transaction.atomic():
        send("CREATE ROLE exam_somebody; GRANT ALL ON core_auditevent TO exam_somebody; SET LOCAL ROLE exam_somebody;"
             "SET LOCAL pmo.rewriting_history = 'on'; DELETE FROM core_auditevent")  # fmt: skip


def test_nobody_but_the_owner_dates_what_they_do_back(world: World) -> None:
    """A scenario of the past is written by the owner of the tables; the same setting does nothing for whoever else writes."""
    with transaction.atomic():
        send("CREATE ROLE exam_writer LOGIN; GRANT SELECT, UPDATE ON projects_project TO exam_writer")
        send("SET LOCAL SESSION AUTHORIZATION exam_writer")
        with connection.cursor() as cursor:
            cursor.cursor.execute(
                """SELECT set_config('pmo.trace', '{"source": "page", "at": "2001-01-01T00:00:00+00:00"}', true);
                UPDATE projects_project SET key_message = 'Then'"""
            )
        send("RESET SESSION AUTHORIZATION")
        event = AuditEvent.objects.latest("pk")
        assert (event.changes["key_message"][1], event.at.year > 2001) == ("Then", True)
        transaction.set_rollback(True)


def triggers() -> dict[str, str]:
    """{table: how its trigger is switched}; "O" is on."""
    with connection.cursor() as cursor:
        cursor.execute(ledger_sql.TRIGGERS, [[ledger_sql.TRIGGER]])
        return dict(cursor.fetchall())


def test_each_recorded_table_has_its_trigger_and_no_other(db: None) -> None:
    assert triggers() == {model._meta.db_table: "O" for model in ledger.recorded()}


def test_what_is_missing_stale_or_switched_off_comes_back_with_the_next_migration(world: World) -> None:
    send("DROP TRIGGER core_history ON projects_node")
    send("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE projects_risk DISABLE TRIGGER core_history")
    send("CREATE OR REPLACE FUNCTION core_history_projects_project() RETURNS trigger LANGUAGE plpgsql AS"
         " 'BEGIN RETURN NULL; END'")  # fmt: skip
    send("COMMENT ON FUNCTION core_history_projects_project() IS 'of an earlier version'")
    ledger_sql.install()
    assert triggers() == {model._meta.db_table: "O" for model in ledger.recorded()}
    before = AuditEvent.objects.count()
    Project.objects.filter(pk=world.tram.pk).update(key_message="Told")
    assert AuditEvent.objects.count() == before + 1


def test_what_is_as_it_should_be_costs_no_lock(db: None) -> None:
    ledger_sql.install()
    with transaction.atomic(), connection.cursor() as cursor:
        ledger_sql.install()
        cursor.execute("SELECT count(*) FROM pg_locks WHERE pid = pg_backend_pid() AND mode LIKE '%%Exclusive%%'"
                       " AND relation = ANY (%s::regclass[])", [[m._meta.db_table for m in ledger.recorded()]])  # fmt: skip
        assert cursor.fetchone()[0] == 0


def test_a_column_nobody_told_the_triggers_of_is_told_all_the_same(world: World) -> None:
    send("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE projects_project ADD COLUMN stranger text NOT NULL DEFAULT ''")
    send(f"UPDATE projects_project SET stranger = 'here' WHERE id = {world.tram.pk}")
    assert AuditEvent.objects.latest("pk").changes == {"stranger": ["", "here"]}
    send("SET CONSTRAINTS ALL IMMEDIATE; ALTER TABLE projects_project DROP COLUMN stranger, DROP COLUMN short_name")
    send(f"UPDATE projects_project SET key_message = 'still' WHERE id = {world.tram.pk}")
    assert AuditEvent.objects.latest("pk").changes == {"key_message": ["", "still"]}


def test_services_do_not_tell_what_the_database_tells(world: World) -> None:
    for action in ("create", "update", "delete"):
        with pytest.raises(ValueError, match="the database records"):
            audit.record(by=None, action=action, target=world.tram, changes={"name": ["a", "b"]})


def send(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def test_labels_are_told_in_the_readers_language(world: World, english: Any) -> None:
    told: Any = AuditEvent(target_type="projects.BudgetLine", target_label="revised · 2026-11-01 · capex")
    assert told.label == "Current approved budget · Nov\u00a02026 · CAPEX"
    told.target_label = "revised ·  · "
    assert told.label == "Current approved budget · whole life"
    told = AuditEvent(target_type="projects.Membership", target_label="cleo · viewer")
    assert told.label == "cleo · Viewer"
    told = AuditEvent(target_type="nowhere.Gone", target_label="What it was")
    assert told.label == "What it was"
    assert apps.get_model("projects.Membership") in set(ledger.recorded())
