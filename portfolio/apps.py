from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortfolioConfig(AppConfig):
    name = "portfolio"
    verbose_name = _("Decisions across work")

    def ready(self) -> None:
        from portfolio.capacity import receivers  # noqa: F401  (what changes below makes pictures stale)
        from portfolio.relief.services import undoing  # noqa: F401  (answers to proposals can be taken back)
