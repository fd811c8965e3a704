"""The Celery app and everything that runs by the clock.

PostgreSQL holds what is to be done (core/work.py); Celery only rings the bell and spreads the load, so a lost message, a killed
worker or an emptied Redis costs at most one sweep. The settings follow security.md §5.3.
"""

import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, before_task_publish, task_postrun, task_prerun, worker_ready
from django.conf import settings

from pmo_portal.core import probe, queue_transport, trace, watchdog

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pmo_portal.settings")

TASK_SECONDS = 600
# After this time a message that a worker took and never began is handed out again. The shortest of the three places wins.
VISIBILITY_SECONDS = 900

# Two beats, or one started again, are harmless: each job claims its slot in PostgreSQL before it runs (core.PeriodicRun).
PERIODIC_JOBS: dict[str, dict[str, Any]] = {
    "health-sweep": {"task": "reporting.health.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "health-nightly": {"task": "reporting.health.tasks.queue_all", "schedule": crontab(hour=2, minute=10)},
    "capacity-sweep": {"task": "portfolio.capacity.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "leveling-sweep": {"task": "portfolio.relief.tasks.sweep", "schedule": 15.0, "options": {"expires": 15}},
    "periods": {"task": "reporting.status.tasks.move_on", "schedule": 600.0, "options": {"expires": 600}},
    "tell": {"task": "reporting.alerts.tasks.tell", "schedule": 600.0, "options": {"expires": 600}},
    "tidy-nightly": {"task": "pmo_portal.core.tasks.tidy_up", "schedule": crontab(hour=3, minute=10)},
    "imports-nightly": {"task": "projects.exchange.tasks.drop_old", "schedule": crontab(hour=3, minute=20)},
    "history-nightly": {"task": "pmo_portal.core.tasks.look_after_history", "schedule": crontab(hour=2, minute=40)},
}

queue_transport.install()
app = Celery("pmo_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.update(
    timezone=settings.TIME_ZONE,
    accept_content=["json"],
    task_serializer="json",
    task_ignore_result=True,
    # A ring that was heard is over (docs/decisions/0123): what a killed worker leaves undone is found in PostgreSQL, and a queue
    # that goes away does not end the work under way. Nothing is taken from the queue before a process is free for it.
    task_acks_late=False,
    worker_disable_prefetch=True,
    worker_prefetch_multiplier=1,
    task_time_limit=TASK_SECONDS,
    task_soft_time_limit=TASK_SECONDS - 60,
    task_default_queue="fast",
    task_routes={
        "projects.exchange.tasks.*": {"queue": "slow"},
        "portfolio.relief.tasks.*": {"queue": "slow"},
        "reporting.alerts.tasks.*": {"queue": "net"},
    },
    # A lost Redis must not slow a write down: one try, short timeouts, no reconnecting while publishing.
    task_publish_retry=False,
    broker_transport_options={
        "visibility_timeout": VISIBILITY_SECONDS,
        "socket_timeout": 1,
        "socket_connect_timeout": 1,
        "health_check_interval": 10,
        "max_retries": 0,
    },
    result_backend_transport_options={"visibility_timeout": VISIBILITY_SECONDS},
    visibility_timeout=VISIBILITY_SECONDS,
    broker_connection_timeout=1,
    broker_connection_retry_on_startup=True,
    broker_connection_max_retries=None,
    worker_max_tasks_per_child=500,
    worker_max_memory_per_child=400_000,  # KiB
    worker_soft_shutdown_timeout=float(os.environ.get("WORKER_SOFT_SHUTDOWN_SECONDS", "30")),
    worker_enable_soft_shutdown_on_idle=False,
    worker_hijack_root_logger=False,
    beat_schedule=PERIODIC_JOBS,
    beat_schedule_filename=str(settings.DATA_DIR / "beat-schedule"),
    beat_max_loop_interval=15,
)
app.steps["consumer"].add(watchdog.Watchdog)
app.autodiscover_tasks()


@worker_ready.connect
def sweep_at_start(**_kwargs: Any) -> None:
    """What waited while no worker ran is found at once, not at the next beat."""
    app.send_task("reporting.health.tasks.sweep")
    app.send_task("portfolio.capacity.tasks.sweep")


@task_prerun.connect
def carry_on(task: Any, **_kwargs: Any) -> None:
    """A task carries the id of the request that rang for it, so that one search finds the page, its SQL and its jobs."""
    trace.carry_on((task.request.headers or {}).get("asked_by"))


@task_postrun.connect
def worker_works(**_kwargs: Any) -> None:
    """A sign of life that means work was done, for the container's health check (core/probe.py)."""
    trace.leave()
    probe.touch("worker", settings.DATA_DIR)


@beat_init.connect
def watch_the_beat(**_kwargs: Any) -> None:
    """In the beat process every message sent is a sign of life."""
    before_task_publish.connect(beat_rings, weak=False)


def beat_rings(**_kwargs: Any) -> None:
    probe.touch("beat", settings.DATA_DIR)
