"""The floor as a Django app."""

import logging
from importlib import import_module

from django.apps import AppConfig
from django.conf import settings
from django.db.backends.signals import connection_created

from pmo_portal.core import sql_comments


class CoreConfig(AppConfig):
    name = "pmo_portal.core"
    label = "core"

    def ready(self) -> None:
        connection_created.connect(sql_comments.install)
        if settings.PRODUCTION:
            logging.captureWarnings(True)  # Python's own warnings become lines like all others
        import_module("pmo_portal.core.identity.signals")  # its receivers need the models
