"""Writes of the tree, split by noun; other slices start from `hold_project` and end with `facts_changed`."""

from projects.hierarchy import refusals
from projects.hierarchy.services import restoring
from projects.hierarchy.services.facts import facts_changed, hold_project
from projects.hierarchy.services.nodes import create_node, delete_node, move_node, update_node
from projects.hierarchy.services.places import check_container, check_whole
from projects.hierarchy.services.projects import (
    create_project,
    declare_status,
    delete_project,
    move_project,
    update_project,
)

__all__ = [
    "check_container",
    "check_whole",
    "create_node",
    "create_project",
    "declare_status",
    "delete_node",
    "delete_project",
    "facts_changed",
    "hold_project",
    "move_node",
    "move_project",
    "refusals",
    "restoring",
    "update_node",
    "update_project",
]
