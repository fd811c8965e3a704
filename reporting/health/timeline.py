"""The views that join what was, what is and what was frozen, so that any past day is read as one table.

A state is copied to the past when the next one takes its place, and nothing is ever written there again. A migration that
changes the columns of photographs drops the views first (`DROP`) and makes them again afterwards (`create`, `create_as_of`).
"""

from typing import Any

DROP = "DROP VIEW IF EXISTS reporting_healthasof; DROP VIEW IF EXISTS reporting_healthhistory"
COLUMNS = """
    SELECT string_agg(quote_ident(column_name), ', ' ORDER BY ordinal_position) FROM information_schema.columns
    WHERE table_schema = current_schema AND table_name = 'reporting_projecthealth'
        AND column_name NOT IN ('project_id', 'computed_at')
"""


def create(_apps: Any, schema_editor: Any) -> None:
    """For `RunPython`: the view over the columns that photographs have now. The present has ids below zero."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        (columns,) = cursor.fetchone()
        cursor.execute(
            f"""
            CREATE VIEW reporting_healthhistory AS
            SELECT id, project_id, valid_from, valid_to, {columns} FROM reporting_healthpast
            UNION ALL
            SELECT -project_id, project_id, computed_at, NULL, {columns} FROM reporting_projecthealth
            """  # noqa: S608  (names of our own columns)
        )


def create_as_of(_apps: Any, schema_editor: Any) -> None:
    """The same with what was frozen, under ids below those of the present. Which side a row is of is a constant: the planner
    leaves out what a query does not ask for.
    """
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(COLUMNS)
        (columns,) = cursor.fetchone()
        cursor.execute(
            f"""
            CREATE VIEW reporting_healthasof AS
            SELECT id, project_id, NULL::bigint AS period_id, NULL::bigint AS snapshot_id, valid_from, valid_to,
                false AS is_frozen, NULL::date AS frozen_on, {columns} FROM reporting_healthhistory
            UNION ALL
            SELECT -(1::bigint << 60) - snapshot_id, project_id, period_id, snapshot_id, frozen_at, NULL,
                true, frozen_on, {columns} FROM reporting_healthfrozen
            """  # noqa: S608  (names of our own columns)
        )
