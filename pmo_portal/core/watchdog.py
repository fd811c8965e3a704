"""Ends a worker that is connected to its queue and takes nothing from it, so that whoever runs it starts another one (exam 70).

A worker can lose its place at the queue without noticing (celery#8030, #10205): it looks alive and never works again. Container
engines do not restart what is merely unwell, so it has to end by itself. It is stuck when messages wait, none comes in for a
minute, and it has nothing else to do; a queue that is away or empty proves nothing.
"""

import logging
import time
from typing import Any

from celery import bootsteps, signals
from celery.worker import state
from django.conf import settings
from redis import Redis
from redis.exceptions import RedisError

LOOK_SECONDS = 5.0
STUCK_SECONDS = 60.0
EXIT_CODE = 75  # EX_TEMPFAIL: try again

log = logging.getLogger(__name__)


class Watchdog(bootsteps.StartStopStep):
    """Looks at the queues from the worker's event loop. Celery starts it anew with each connection."""

    requires = ("celery.worker.consumer.tasks:Tasks",)

    def start(self, consumer: Any) -> None:
        self.queues = [queue.name for queue in consumer.task_consumer.queues]
        self.busy_seconds = float(consumer.app.conf.task_time_limit)
        self.client = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
        self.waiting_since: float | None = None
        signals.task_received.connect(self.received, weak=False, dispatch_uid="watchdog")
        self.timer = consumer.timer.call_repeatedly(LOOK_SECONDS, self.look)

    def stop(self, consumer: Any) -> None:
        self.timer.cancel()
        self.client.close()

    def received(self, **_kwargs: Any) -> None:
        self.waiting_since = None

    def look(self) -> None:
        """Ask the worker to end when it has let messages wait for too long; while its processes work it has an excuse."""
        waits = self.something_waits()
        now = time.monotonic()
        self.waiting_since = (self.waiting_since or now) if waits else None
        patience = STUCK_SECONDS + (self.busy_seconds if state.active_requests else 0.0)
        if self.waiting_since is not None and now - self.waiting_since > patience:
            log.critical("queue: nothing came in for %.0f s although messages wait; this worker ends", patience)
            if state.active_requests:
                state.should_terminate = EXIT_CODE
            state.should_stop = EXIT_CODE

    def something_waits(self) -> bool:
        try:
            return any(self.client.llen(queue) for queue in self.queues)
        except RedisError:
            return False
