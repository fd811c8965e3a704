"""Every background job of this app, where Celery looks for them."""

from portfolio.capacity.tasks import refresh_waiting, sweep
from portfolio.relief.tasks import level_waiting
from portfolio.relief.tasks import sweep as sweep_levelings

__all__ = ["level_waiting", "refresh_waiting", "sweep", "sweep_levelings"]
