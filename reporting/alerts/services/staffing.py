"""Requests for people: who answers them is told that they wait, who asked is told the answer. Each once."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from projects.resources.models import Allocation
from projects.resources.selectors.going_on import going_on
from reporting.alerts.models import Rule
from reporting.alerts.recipients import MANAGER, PMO, RESOURCES, Directory, projects
from reporting.alerts.services.events import Event

TOLD_FOR = timedelta(days=14)  # what was asked or answered longer ago is told to nobody any more
ANSWERS = (Allocation.Status.PROPOSED, Allocation.Status.CONFIRMED, Allocation.Status.REFUSED)
ASKED = (Allocation.Status.REQUESTED, Allocation.Status.CHANGED)


def answered(directory: Directory, on: date) -> Iterator[Event]:
    """R02: the project manager, of each answer; told again when another one is given. What somebody handed over is asked for
    anew, and has the day and the words of who did so."""
    rows = Allocation.objects.filter(
        going_on(),
        status__in=(*ANSWERS, Allocation.Status.REQUESTED),
        answered_on__gte=on - TOLD_FOR,
        answered_on__lte=on,
    )
    found = list(rows.order_by("pk").values("pk", "project_id", "status", "answered_on", "answered_by_id"))
    about = projects({row["project_id"] for row in found})
    for row in found:
        key = f"{Rule.ANSWERED}:{row['pk']}:{row['status']}:{row['answered_on']}"
        to = directory.named(MANAGER, about[row["project_id"]]) - {row["answered_by_id"]}
        told = {"status": row["status"], "allocation": row["pk"]}
        yield Event(Rule.ANSWERED, key, to, row["project_id"], told=told)


def asked(directory: Directory, on: date) -> Iterator[Event]:
    """R03: who manages the unit that is asked, else the resource managers of the project, else its PMO: a line a project and
    day, with how many requests it is."""
    rows = Allocation.objects.filter(going_on(), status__in=ASKED, asked_on__gte=on - TOLD_FOR, asked_on__lte=on)
    found = list(rows.order_by("pk").values("project_id", "asked_on", "asked_by_id", "unit__manager__user_id"))
    about = projects({row["project_id"] for row in found})
    counts: dict[tuple[int, date, int], int] = defaultdict(int)
    for row in found:
        for user in _answering(directory, row, about[row["project_id"]]) - {row["asked_by_id"]}:
            counts[row["project_id"], row["asked_on"], user] += 1
    for (project, day, user), count in counts.items():
        yield Event(Rule.ASKED, f"{Rule.ASKED}:{project}:{day}", [user], project, told={"count": count})


def _answering(directory: Directory, row: dict[str, Any], project: dict[str, Any]) -> set[int]:
    manager = row["unit__manager__user_id"]
    answering = directory.of_role(RESOURCES, project) or directory.of_role(PMO, project)
    return {manager} if manager in answering else answering
