"""One change → its row on the dashboards, with a real worker: from the commit of the writer to the new photograph."""

import os
import statistics
import time
from datetime import date

from django.db import connection
from django.utils import timezone

from benchmarks import meter, portal
from pmo_portal.core import trace
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Project
from projects.hierarchy.services import declare_status

CHANGES = 25
PATIENCE = 20.0


def measure() -> tuple[dict[str, float], dict[str, float]]:
    """({"p50", "p95", "longest"} in ms, memory of the worker in MB)."""
    by = User.objects.get(username=accounts.ADMIN)
    chosen = list(Project.objects.filter(state="executing").order_by("pk")[: CHANGES * 7 : 7])
    waited = []
    with portal.worker() as worker, trace.tracing(source="command"):
        for number, project in enumerate(chosen):
            waited.append(_one(project, by, timezone.localdate(), f"Mesure {number} du {os.getpid()}"))
        memory = meter.memory_mb(meter.tree(worker.pid))
    ordered = sorted(waited)
    return {
        "p50": round(statistics.median(ordered)),
        "p95": round(ordered[int(len(ordered) * 0.95) - 1]),
        "longest": round(ordered[-1]),
    }, memory


def _one(project: Project, by: User, today: date, message: str) -> float:
    """Milliseconds from the commit to the row."""
    declare_status(
        project=project, by=by, version=project.version, level="amber", trend="flat", key_message=message, on=today
    )
    started = time.perf_counter()
    while time.perf_counter() - started < PATIENCE:
        with connection.cursor() as cursor:
            cursor.execute("SELECT key_message FROM reporting_projecthealth WHERE project_id = %s", [project.pk])
            if cursor.fetchone()[0] == message:
                return (time.perf_counter() - started) * 1000
        time.sleep(0.004)
    raise SystemExit(f"the change of project {project.pk} did not show within {PATIENCE} s")
