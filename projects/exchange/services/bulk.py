"""Writing many rows with few statements: one UPDATE per thousand rows, whatever the fields that changed in each."""

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from django.db import connection, models
from django.utils import timezone

from pmo_portal.core import audit

SIZE = 1000


def take_time() -> None:
    """Let this transaction run longer than a page's: large files write for a while."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '120s'; SET LOCAL idle_in_transaction_session_timeout = '120s'")


def chunks(items: Sequence[Any], size: int = SIZE) -> Iterator[list[Any]]:
    """The items in lists of at most `size`."""
    walker = iter(items)
    while part := list(islice(walker, size)):
        yield part


def update(model: type[models.Model], changes: Mapping[int, Mapping[str, Any]]) -> None:
    """Set fields by row: {id: {attribute name: value}}. Fields a row does not mention keep their value.

    Rows are written in ascending order of id, so that two writers never deadlock on them.
    """
    names = sorted({name for fields in changes.values() for name in fields})
    if not names:
        return
    table = connection.ops.quote_name(model._meta.db_table)
    settings = []
    for name in names:
        field = next(item for item in model._meta.concrete_fields if item.attname == name)
        column = connection.ops.quote_name(str(field.column))
        kind = str(field.db_type(connection)).split(" COLLATE")[0]
        settings.append(
            f"{column} = CASE WHEN wanted.data ? '{name}' THEN (wanted.data->>'{name}')::{kind} ELSE row.{column} END"
        )
    if any(field.name == "updated_at" for field in model._meta.concrete_fields):
        settings.append(f"updated_at = '{timezone.now().isoformat()}'")
    # Column names come from the model, values only through parameters.
    statement = (
        f"UPDATE {table} AS row SET {', '.join(settings)} "  # noqa: S608
        "FROM (SELECT * FROM unnest(%s::bigint[], %s::jsonb[]) AS given(id, data) ORDER BY id) AS wanted "
        "WHERE row.id = wanted.id"
    )
    with connection.cursor() as cursor:
        for part in chunks(sorted(changes)):
            data = [json.dumps({name: audit.plain(value) for name, value in changes[pk].items()}) for pk in part]
            cursor.execute(statement, [part, data])
