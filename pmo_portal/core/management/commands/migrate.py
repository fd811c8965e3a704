"""`manage.py migrate`, then what the serving role may do with the tables (core/database_roles.py)."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from pmo_portal.core import database_roles


class Command(migrate.Command):
    def handle(self, *args: Any, **options: Any) -> None:
        super().handle(*args, **options)
        app = settings.DATABASE_APP_ROLE
        with connections[options["database"]].cursor() as cursor:
            cursor.execute("SELECT current_user")
            owner = cursor.fetchone()[0]
            if owner != app and database_roles.exists(cursor, app):
                database_roles.grant(cursor, owner=owner, app=app)
