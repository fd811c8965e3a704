"""The portal's own Celery app with shorter clocks, and projects that bite: `celery -A tests.faults.hurried worker`.

A lease of 2 s instead of 10, a sweep each second instead of each 15: what takes minutes on an installation takes seconds here.
A project whose highest risk is called "raises", "exits" or "hangs" does that to whoever judges it. Each start of a judgement
of such a project is a line of `tries.log` in the data directory, written before anything can go wrong.
"""

import os
import time
from datetime import date

import django
from django.conf import settings

from pmo_portal.celery import app

django.setup()

from pmo_portal.core import work  # noqa: E402
from reporting.health import rules  # noqa: E402
from reporting.health.facts import Assessment, Limits, ProjectFacts  # noqa: E402

assert not settings.PRODUCTION
judge = rules.assess


def bitten(facts: ProjectFacts, limits: Limits, on: date) -> Assessment:
    poison = facts.highest_risk_title
    if poison in ("raises", "exits", "hangs"):
        with (settings.DATA_DIR / "tries.log").open("a") as tries:
            tries.write(f"{poison}\n")
    match poison:
        case "raises":
            raise ZeroDivisionError("poison")
        case "exits":
            os._exit(1)
        case "hangs":
            time.sleep(3600)
    return judge(facts, limits, on)


work.LEASE_SECONDS = 2
work.BACKOFF_SECONDS = 0.5
rules.assess = bitten
sweep = app.conf.beat_schedule["health-sweep"]
app.conf.beat_schedule = {
    **app.conf.beat_schedule,
    "health-sweep": {**sweep, "schedule": 1.0, "options": {"expires": 5}},
}
app.conf.beat_max_loop_interval = 1
