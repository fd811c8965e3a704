"""Every background job of this app, where Celery looks for them."""

from portfolio.capacity.tasks import refresh_waiting, sweep

__all__ = ["refresh_waiting", "sweep"]
