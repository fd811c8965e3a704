"""The portal's own Celery app with shorter clocks, and projects that bite: `celery -A tests.faults.hurried worker`.

A lease of 2 s instead of 10, a sweep each second instead of each 15: what takes minutes on an installation takes seconds here.
A project whose highest risk is called "raises", "exits", "is killed", "eats" (memory) or "hangs" does that to whoever judges it.
Each start of a judgement of such a project is a line of `tries.log` in the data directory, written before anything can go wrong.
"""

import os
import resource
import signal
import time
from datetime import date
from pathlib import Path

import django
from django.conf import settings

from pmo_portal.celery import app

django.setup()

from pmo_portal.core import watchdog, work  # noqa: E402
from reporting.health import rules  # noqa: E402
from reporting.health.facts import Assessment, Limits, ProjectFacts  # noqa: E402

assert not settings.PRODUCTION
judge = rules.assess
POISONS = ("raises", "exits", "is killed", "eats", "hangs")


def eat_all_memory() -> None:
    """Under a ulimit of 200 MB more than this process has: the next byte is refused in the middle of a computation."""
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + 200_000_000, before[1]))
    try:
        eaten = [bytearray(1_000_000)]
        while True:
            eaten.append(bytearray(1_000_000))
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)


def bitten(facts: ProjectFacts, limits: Limits, on: date) -> Assessment:
    poison = facts.highest_risk_title
    if poison in POISONS:
        with (settings.DATA_DIR / "tries.log").open("a") as tries:
            tries.write(f"{poison}\n")
    match poison:
        case "raises":
            raise ZeroDivisionError("poison")
        case "exits":
            os._exit(1)
        case "is killed":  # as the kernel does when the machine or the container has no memory left
            os.kill(os.getpid(), signal.SIGKILL)
        case "eats":
            eat_all_memory()
        case "hangs":
            time.sleep(3600)
    return judge(facts, limits, on)


work.LEASE_SECONDS = 2
work.BACKOFF_SECONDS = 0.5
watchdog.LOOK_SECONDS = 0.5
watchdog.STUCK_SECONDS = 5.0
rules.assess = bitten
sweep = app.conf.beat_schedule["health-sweep"]
app.conf.beat_schedule = {
    **app.conf.beat_schedule,
    "health-sweep": {**sweep, "schedule": 1.0, "options": {"expires": 5}},
}
app.conf.beat_max_loop_interval = 1
