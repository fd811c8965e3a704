from django.apps import AppConfig


class DemoConfig(AppConfig):
    name = "pmo_portal.demo"
    label = "demo"
