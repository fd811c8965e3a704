"""Reads of the tree for pages."""

from typing import Any

from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project


def projects_with_header(user: User) -> Any:
    """The visible projects with everything the header of their pages shows, in one query."""
    return Project.objects.visible_to(user).select_related("node", "portfolio", "project_manager", "health")


def nodes_where(user: User, right: str, *, outside: Node | None = None) -> Any:
    """The containers where the user has `right`, in tree order; `outside` leaves out a container and all below it."""
    found = [node for node in Node.objects.visible_to(user) if user.has_perm(right, node)]
    if outside is not None:
        found = [node for node in found if not node.path.startswith(outside.path)]
    return Node.objects.filter(pk__in=[node.pk for node in found]).order_by("path")
