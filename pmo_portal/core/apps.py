"""The floor as a Django app."""

import logging
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate

from pmo_portal.core import ledger_sql, sql_comments, sql_trace


class CoreConfig(AppConfig):
    name = "pmo_portal.core"
    label = "core"

    def ready(self) -> None:
        connection_created.connect(sql_comments.install)
        connection_created.connect(sql_trace.install)
        post_migrate.connect(ledger_sql.install, sender=self)
        if settings.PRODUCTION:
            logging.captureWarnings(True)  # Python's own warnings become lines like all others
        import_module("pmo_portal.core.identity.signals")  # its receivers need the models
