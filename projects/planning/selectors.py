"""Reads of milestones for pages."""

from typing import Any

from projects.hierarchy.models import Project
from projects.planning.models import Milestone


def schedule(project: Project) -> Any:
    """The milestones of a project in its order, with their owners."""
    return Milestone.objects.filter(project=project).select_related("owner").order_by("position", "pk")
