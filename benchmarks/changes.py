"""One change → its row on the dashboards, with a real worker: from the commit of the writer to the new photograph."""

import itertools
import math
import statistics
import time

from django.db import connection
from django.utils import timezone

from benchmarks import meter, portal
from pmo_portal.core import trace, work
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Project
from projects.hierarchy.services import declare_status
from reporting.health.services import queue, refresh

CHANGES = 40
PATIENCE = 120.0


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """(milliseconds, memory of the worker in MB).

    `p50`, `p95`, `longest` of single changes while nothing else waits; `at_night` is one change made right after every project
    was queued, as the nightly run does: the worst moment to make one.
    """
    by = User.objects.get(username=accounts.ADMIN)
    chosen = list(Project.objects.filter(state="executing").order_by("pk")[: CHANGES + 1])
    with portal.worker() as worker, trace.tracing(source="command"):
        _until_idle()  # a worker's first sweep begins the night's run when nobody did
        waited = sorted(_one(project, by, f"Mesure {number}") for number, project in enumerate(chosen[:CHANGES]))
        memory = meter.memory_mb(meter.tree(worker.pid))
        queue.everything()
        queue.ring()
        at_night = _one(chosen[CHANGES], by, "Mesure de nuit")
        _until_idle()
    return {
        "count": len(waited),
        "p50": round(statistics.median(waited)),
        "p95": round(nearest_rank(waited, 95)),
        "longest": round(waited[-1]),
        "at_night": round(at_night),
    }, memory


_next = itertools.count()


def one_more() -> None:
    """Change one more project of the portfolio, another each time, and bring its photograph up to date: no worker is needed."""
    number = next(_next)
    executing = Project.objects.filter(state="executing").order_by("pk")
    project = executing[(number * 7919) % executing.count()]
    with trace.tracing(source="command"):
        _declare(project, User.objects.get(username=accounts.ADMIN), f"Mesure {number} {time.time():.3f}")
        refresh.drain()


def nearest_rank(ordered: list[float], percent: int) -> float:
    """The smallest value that `percent` % of the values do not exceed."""
    return ordered[math.ceil(len(ordered) * percent / 100) - 1]


def _until_idle() -> None:
    deadline = time.monotonic() + 600
    while work.waiting(refresh.KIND):
        if time.monotonic() > deadline:
            raise SystemExit("the worker does not come to an end of what waits")
        time.sleep(0.1)


def _one(project: Project, by: User, message: str) -> float:
    """Milliseconds from the commit to the row."""
    _declare(project, by, message)
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE:
        with connection.cursor() as cursor:
            cursor.execute("SELECT key_message FROM reporting_projecthealth WHERE project_id = %s", [project.pk])
            if cursor.fetchone()[0] == message:
                return (time.perf_counter() - started) * 1000
        time.sleep(0.004)
    raise SystemExit(f"the change of project {project.pk} did not show within {PATIENCE} s")


def _declare(project: Project, by: User, message: str) -> None:
    declare_status(
        project=project,
        by=by,
        version=project.version,
        level="amber",
        trend="flat",
        key_message=message,
        on=timezone.localdate(),
    )
