"""The view that joins what was and what is, so that any past day is read as one table.

A state is copied to the past when the next one takes its place, and nothing is ever written there again. A migration that
changes the columns of photographs drops the view first (`DROP`) and makes it again afterwards (`create`).
"""

from typing import Any

DROP = "DROP VIEW IF EXISTS reporting_healthhistory"
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
