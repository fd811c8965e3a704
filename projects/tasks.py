"""The table of contents of the projects' background tasks: Celery finds them here."""

from projects.exchange.tasks import drop_old

__all__ = ["drop_old"]
