"""Ringing Celery. A ring that fails is no loss: the row in `core.Work` waits for the next sweep."""

import logging
import time
from typing import Any

from celery import current_app
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from pmo_portal.core import trace

logger = logging.getLogger(__name__)
QUIET_SECONDS = 5.0


class Doorbell:
    """Rings tasks by name, so that services need not import them (they lie above).

    After a failure it stays quiet for a while: a lost Redis slows one write down, not every write.
    """

    def __init__(self) -> None:
        self.quiet_until = 0.0

    def ring(self, task: str, *args: Any) -> bool:
        """Send the task of that name to the workers; call it on commit. False, never an exception, when the queue is away."""
        if time.monotonic() < self.quiet_until:
            return False
        try:
            current_app.send_task(task, args=args, headers={"asked_by": trace.current().request_id})
        except (OperationalError, RedisError, OSError) as lost:
            self.quiet_until = time.monotonic() + QUIET_SECONDS
            logger.warning("queue: the bell did not ring (%s); the sweeper will find the work", type(lost).__name__)
            return False
        return True


doorbell = Doorbell()
