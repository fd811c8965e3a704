from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Measure and show")

    def ready(self) -> None:
        from reporting.health import receivers  # noqa: F401, PLC0415  (connects the one domain signal)
