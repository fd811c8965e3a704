"""`manage.py migrate`, then what the serving role may do with the tables (core/database_roles.py)."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from pmo_portal.core import database_roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        with unhurried(connections[options["database"]]):
            super().handle(*args, **options)
            self.grant(options["database"])

    def grant(self, alias: str) -> None:
        app = settings.DATABASE_APP_ROLE
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT current_user")
            owner = cursor.fetchone()[0]
            if owner != app and database_roles.exists(cursor, app):
                database_roles.grant(cursor, owner=owner, app=app)


@contextmanager
def unhurried(connection: Any) -> Iterator[None]:
    """Statements may last: one that fills a table from years of rows is not a page that nobody waits for any more.

    How long a lock is waited for stays as it is: whoever uses the portal meanwhile does not wait behind a migration.
    """
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")
    try:
        yield
    finally:
        if connection.connection is not None and not connection.connection.closed:
            with connection.cursor() as cursor:
                cursor.execute("RESET statement_timeout")
