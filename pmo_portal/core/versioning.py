"""The version trigger as a migration operation: one line for each editable table."""

from django.db import migrations


def version_trigger(table: str) -> migrations.RunSQL:
    """Bump `version` when an UPDATE changes the row. Changes made by other triggers (tree paths) do not count as edits."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_version BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN (pg_trigger_depth() = 0 AND OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION core_bump_version()
        """,
        f"DROP TRIGGER {table}_version ON {table}",
    )
