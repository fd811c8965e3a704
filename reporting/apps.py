from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReportingConfig(AppConfig):
    name = "reporting"
    verbose_name = _("Measure and show")

    def ready(self) -> None:
        from reporting.dashboards import home, search  # noqa: F401  (the first page of each role; what the palette finds)
        from reporting.health import receivers  # noqa: F401  (connects the one domain signal)
