"""The table of contents of reporting's background tasks: Celery finds them here."""

from reporting.health.tasks import queue_all, refresh_waiting, sweep

__all__ = ["queue_all", "refresh_waiting", "sweep"]
