"""The portal as a Django app: loads what belongs to no domain app, the Celery app and the checks.

With the Celery app loaded, tasks rung from anywhere (a page, a command) know their broker.
"""

from django.apps import AppConfig

from pmo_portal.celery import app as celery_app
from pmo_portal.core import checks


class PortalConfig(AppConfig):
    """Top layer; the four domain apps are `pmo_portal.core`, `projects`, `portfolio` and `reporting`."""

    name = "pmo_portal"
    celery = celery_app
    deployment_checks = checks.every_template_compiles
