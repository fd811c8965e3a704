"""The table of contents of reporting's background tasks: Celery finds them here."""

from reporting.alerts.tasks import tell
from reporting.health.tasks import queue_all, refresh_waiting, sweep
from reporting.status.tasks import move_on

__all__ = ["move_on", "queue_all", "refresh_waiting", "sweep", "tell"]
