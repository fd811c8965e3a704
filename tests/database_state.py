"""What every table holds, so that a test can say that nothing at all was written."""

from django.db import connection

# A session is renewed by reading, and a token remembers when it was last used.
MOVES_BY_ITSELF = {"django_session"}


def state() -> dict[str, tuple[int, int]]:
    """{table: (rows, sum of their hashes)}; a row written again with the same values counts as written (its place moves)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
        )
        tables = sorted(name for (name,) in cursor.fetchall() if name not in MOVES_BY_ITSELF)
        found = {}
        for table in tables:
            cursor.execute(f'SELECT count(*), coalesce(sum(hashtext(t.ctid::text || t::text)), 0) FROM "{table}" AS t')
            found[table] = cursor.fetchone()
    return found
