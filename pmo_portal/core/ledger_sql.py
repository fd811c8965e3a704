"""The triggers that keep the history: one function a table, made from its model, and one that lets nobody change the past.

`install` runs after every migration and writes only what differs, so it costs one query when nothing changed. Rows are compared
as JSON, column by column: a column that a function has never heard of is told as it is, one that is gone is not missed.
"""

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.models import BinaryField, DateTimeField, DecimalField, ForeignKey

from pmo_portal.core import ledger

PREFIX = "core_history_"
TRIGGER = "core_history"
EVENTS = "core_auditevent"
NEEDED = "note"  # a table of events without this column is older than these triggers

# `was` and `held` are the row before and after, `one` whichever there is. The AFTER trigger of a row comes once per change.
FUNCTION = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, {schema}, pg_temp{settings} AS $function$
DECLARE
    here CONSTANT jsonb := nullif(current_setting('pmo.trace', true), '')::jsonb;
    was jsonb;
    held jsonb;
    one jsonb;
    told jsonb;
    moment timestamptz := clock_timestamp();
    project bigint;
    lenders CONSTANT jsonb := here->'for';
    lender bigint;
BEGIN
    IF TG_OP <> 'INSERT' THEN was := {old}; END IF;
    IF TG_OP <> 'DELETE' THEN held := {new}; END IF;
    one := coalesce(held, was);
    SELECT jsonb_object_agg(
        CASE WHEN key = ANY ({links}) THEN left(key, -3) ELSE key END,
        CASE WHEN key = ANY ({masked}) THEN
                jsonb_build_array(CASE WHEN was ? key THEN '•••' END, CASE WHEN held ? key THEN '•••' END)
             WHEN key = ANY ({decimals}) THEN
                jsonb_build_array(trim_scale((was->>key)::numeric)::text, trim_scale((held->>key)::numeric)::text)
             ELSE jsonb_build_array(was->key, held->key) END)
    INTO told FROM jsonb_object_keys(one - {without}) AS key
    WHERE CASE WHEN TG_OP = 'UPDATE' THEN was->key IS DISTINCT FROM held->key
               ELSE one->key NOT IN ('null', '""', 'false', '[]', '{{}}') END;
    IF TG_OP = 'UPDATE' AND told IS NULL THEN
        RETURN NULL;
    END IF;
    IF here ? 'at' AND pg_has_role(session_user, current_user, 'USAGE') THEN
        moment := (here->>'at')::timestamptz;
    END IF;
    project := {project};
    IF lenders IS NOT NULL THEN
        lender := CASE WHEN lenders ? ('project:' || project) THEN lenders->>('project:' || project)
                       WHEN lenders ? ('{kind}:' || (one->>'{key}')) THEN lenders->>('{kind}:' || (one->>'{key}'))
                       WHEN lenders ? ('node:' || (one->>'node_id')) THEN lenders->>('node:' || (one->>'node_id'))
                       ELSE lenders->>'' END;
    END IF;
    INSERT INTO {events} (at, actor_id, on_behalf_of_id, token, action, target_type, target_id, target_label,
        target_label_en, project_id, changes, source, request_id, note)
    VALUES (moment, (here->>'actor')::bigint, lender, coalesce(left(here->>'token', 80), ''),
        CASE WHEN TG_OP = 'INSERT' THEN 'create' WHEN pg_trigger_depth() > 1 THEN 'follow'
             ELSE coalesce(left(here->>'action', 40), lower(TG_OP)) END,
        '{label}', (one->>'{key}')::bigint, left({title}, 300), left({title_en}, 300), project,
        coalesce(told, '{{}}'), coalesce(left(here->>'source', 10), 'sql'),
        coalesce(left(here->>'request', 40), 'transaction:' || pg_current_xact_id()::text),
        CASE WHEN here IS NULL THEN left(session_user || ' ' || current_setting('application_name'), 300)
             ELSE coalesce(left(here->>'note', 300), '') END);
    RETURN NULL;
END $function$
"""

# Whoever owns the table may rewrite history on purpose, saying so: `core_audit_purge` does. The application's role never may.
PROTECT = """
CREATE OR REPLACE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $function$
BEGIN
    IF current_setting('pmo.rewriting_history', true) = 'on'
        AND pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE') THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'history is never changed' USING ERRCODE = 'insufficient_privilege';
END $function$
"""
PROTECTED = """
CREATE OR REPLACE TRIGGER core_audit_protect BEFORE UPDATE OR DELETE OR TRUNCATE ON {events}
FOR EACH STATEMENT EXECUTE FUNCTION core_audit_protect()
"""

HELD = """
SELECT proname, obj_description(oid, 'pg_proc') FROM pg_proc
WHERE pronamespace = current_schema()::regnamespace AND (starts_with(proname, %s) OR proname = 'core_audit_protect')
"""
TRIGGERS = """
SELECT relname, tgenabled FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
WHERE relnamespace = current_schema()::regnamespace AND tgname = ANY (%s)
"""


def install(*, using: str = DEFAULT_DB_ALIAS, **_kwargs: Any) -> None:
    """Receiver of `post_migrate`: make the triggers what the models say. While the tables are not there yet, none at all."""
    connection = connections[using]
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        if EVENTS not in tables or NEEDED not in _columns(cursor, EVENTS):
            return
        cursor.execute("SELECT current_schema()")
        schema = connection.ops.quote_name(cursor.fetchone()[0])
        wanted = {model._meta.db_table: model for model in ledger.recorded() if model._meta.db_table in tables}
        cursor.execute(HELD, [PREFIX])
        held: dict[str, str] = dict(cursor.fetchall())
        cursor.execute(TRIGGERS, [[TRIGGER, "core_audit_protect"]])
        on = {table for table, enabled in cursor.fetchall() if enabled == "O"}
        for table, model in wanted.items():
            name = f"{PREFIX}{table}"
            if _write(cursor, name, function(model, schema), held.pop(name, "")) or table not in on:
                cursor.execute(trigger(table))
        if _write(cursor, "core_audit_protect", PROTECT, held.pop("core_audit_protect", "")) or EVENTS not in on:
            cursor.execute(PROTECTED.format(events=EVENTS))
            cursor.execute(f"ALTER TABLE {EVENTS} ENABLE TRIGGER core_audit_protect")
        for name in held:  # of a table that is no longer recorded
            cursor.execute(f"DROP FUNCTION {connection.ops.quote_name(name)}() CASCADE")


def _columns(cursor: Any, table: str) -> set[str]:
    cursor.execute("SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table])
    return {name for (name,) in cursor.fetchall()}


def _write(cursor: Any, name: str, template: str, held: str) -> bool:
    """Create or replace a function whose text changed; its comment keeps a digest of the text."""
    text = template.replace("{name}", name)
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    if held == digest:
        return False
    cursor.execute(text)
    cursor.execute(f"COMMENT ON FUNCTION {name}() IS '{digest}'")
    return True


def trigger(table: str) -> str:
    """Row by row: a trigger per statement joins its two tables with a plan made for one row, 100 times slower for many."""
    return f"""
        CREATE OR REPLACE TRIGGER {TRIGGER} AFTER INSERT OR UPDATE OR DELETE ON {table}
        FOR EACH ROW EXECUTE FUNCTION {PREFIX}{table}();
        ALTER TABLE {table} ENABLE TRIGGER {TRIGGER}
    """


def function(model: type[models.Model], schema: str) -> str:
    """The text of a table's function, but for its name."""
    record, fields = ledger.record_of(model), ledger.told_fields(model)
    key = str(model._meta.pk.column)
    without = {str(one.column) for one in model._meta.concrete_fields if one not in fields}
    title = [reached(model, path) for path in record.label]
    english = f"{record.label[0]}_en" if len(record.label) == 1 else ""
    has_english = english and ledger.field_at(model, english) is not None
    title_en = f"coalesce(nullif({reached(model, english)}, {title[0]}), '')" if has_english else "''"
    return FUNCTION.format(
        name="{name}",
        schema=schema,
        settings=" SET timezone = 'UTC'" if any(isinstance(one, DateTimeField) for one in fields) else "",
        old=row(model, "OLD"),
        new=row(model, "NEW"),
        links=array(one.column for one in fields if isinstance(one, ForeignKey)),
        masked=array(record.masked),
        decimals=array(one.column for one in fields if isinstance(one, DecimalField)),
        without=array(without),
        events=f"{schema}.{EVENTS}",
        label=model._meta.label,
        kind=model._meta.model_name,
        key=key,
        title=f" || '{ledger.BETWEEN}' || ".join(f"coalesce({one}, '')" for one in title) or "''",
        title_en=title_en,
        project=f"({reached(model, record.project)})::bigint" if record.project else "NULL",
    )


def row(model: type[models.Model], which: str) -> str:
    """SQL of the row as JSON. Files are left out before they become text: they are large."""
    if not any(isinstance(one, BinaryField) for one in model._meta.concrete_fields):
        return f"to_jsonb({which})"
    kept = [model._meta.pk, *ledger.told_fields(model)]
    pairs = ", ".join(f"'{one.column}', {which}.{one.column}" for one in kept if not isinstance(one, BinaryField))
    return f"jsonb_build_object({pairs})"


def reached(model: type[models.Model], path: str, of: str = "") -> str:
    """SQL text of the value at the end of a way from the row `one`, through the tables of what it points at."""
    first, _sep, rest = path.partition("__")
    field: Any = model._meta.pk if first == "pk" else model._meta.get_field(first)
    value = f"{of}.{field.column}" if of else f"one->>'{field.column}'"
    if not rest:
        return f"{value}::text" if of else f"({value})"
    other: Any = field.related_model
    alias = f"{of or 'at'}_{first}"
    below = reached(other, rest, alias)
    held = value if of else f"({value})::bigint"
    return f"(SELECT {below} FROM {other._meta.db_table} AS {alias} WHERE {alias}.{other._meta.pk.column} = {held})"  # noqa: S608


def array(columns: Iterable[str]) -> str:
    """An SQL constant of names."""
    return "'{" + ",".join(sorted(columns)) + "}'::text[]"
