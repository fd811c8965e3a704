"""The version trigger as a migration operation: one line for each editable table."""

from collections.abc import Sequence

from django.db import migrations


def version_trigger(table: str, *, ignoring: Sequence[str] = ()) -> migrations.RunSQL:
    """Bump `version` when an UPDATE changes the row; a change of the `ignoring` columns alone is not an edit.

    Changes made by other triggers (tree paths) do not count as edits either.
    """
    old, new = ("OLD.*", "NEW.*") if not ignoring else (_without("OLD", ignoring), _without("NEW", ignoring))
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER {table}_version BEFORE UPDATE ON {table} FOR EACH ROW
        WHEN (pg_trigger_depth() = 0 AND {old} IS DISTINCT FROM {new}) EXECUTE FUNCTION core_bump_version()
        """,
        f"DROP TRIGGER {table}_version ON {table}",
    )


def _without(row: str, columns: Sequence[str]) -> str:
    return f"to_jsonb({row}) - ARRAY[{', '.join(repr(column) for column in columns)}]"
