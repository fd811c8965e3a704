"""What a flash report costs as a file: read, set and written, from the project to the bytes, in the process that serves it."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Project
from reporting.exports.building import sheet_of
from reporting.exports.pdf import pdf
from reporting.exports.selectors import told
from reporting.exports.sheet import Sheet
from reporting.exports.slide import pptx

PROJECTS = 20


def measure() -> dict[str, dict[str, float]]:
    """{"pdf", "pptx": {"p50" and "p95" in ms, "kb"}} over the first projects with milestones and risks."""
    user = User.objects.get(username=accounts.ADMIN)
    chosen = list(
        Project.objects.filter(milestones__isnull=False, risks__isnull=False).distinct().order_by("pk")[:PROJECTS]
    )
    return {name: _one(chosen, user, write) for name, write in WRITERS.items()}


def _one(chosen: list[Project], user: Any, write: Callable[[Sheet], bytes]) -> dict[str, float]:
    spent, sizes = [], []
    for project in [chosen[0], *chosen]:  # the first warms up: fonts are looked for once
        start = time.perf_counter()
        found = told(project, user, period=None, as_of=None, now=timezone.now())
        if found is None:
            raise LookupError(project.code)
        made = write(sheet_of(found, "fr"))
        spent.append((time.perf_counter() - start) * 1000)
        sizes.append(len(made) / 1000)
    ordered = sorted(spent[1:])
    return {
        "p50": round(statistics.median(ordered), 1),
        "p95": round(ordered[int(len(ordered) * 0.95) - 1], 1),
        "kb": round(statistics.median(sizes), 1),
    }


WRITERS: dict[str, Callable[[Sheet], bytes]] = {"pdf": lambda sheet: pdf(sheet, at=timezone.now()), "pptx": pptx}
