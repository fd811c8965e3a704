from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "pmo_portal.core"
    label = "core"
