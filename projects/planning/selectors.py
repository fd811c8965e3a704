"""Reads of milestones for pages."""

from typing import Any

from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.planning.models import Milestone


def schedule_then(trail: Trail) -> list[Milestone]:
    """The same as it was on a past day."""
    return sorted(trail.rows(Milestone, "owner"), key=lambda row: (row.position, row.pk))


def schedule(project: Project) -> Any:
    """The milestones of a project in its order, with their owners."""
    return Milestone.objects.filter(project=project).select_related("owner").order_by("position", "pk")
