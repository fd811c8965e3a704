"""The portal as a Django app: its only work is to load the Celery app, so that tasks rung from anywhere know their broker."""

from django.apps import AppConfig

from pmo_portal.celery import app as celery_app


class PortalConfig(AppConfig):
    """Top layer; the four domain apps are `pmo_portal.core`, `projects`, `portfolio` and `reporting`."""

    name = "pmo_portal"
    celery = celery_app
