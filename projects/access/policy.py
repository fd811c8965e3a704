"""The rights: one table, role × action. A right is one cell; every page, form, import and API call asks it."""

from typing import Any

from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access

VIEW_PROJECT = "projects.view_project"
EDIT_PROJECT = "projects.edit_project"
EDIT_REGISTERS = "projects.edit_registers"
CREATE_PROJECT = "projects.create_project"
SET_BASELINE = "projects.set_baseline"
DELETE_PROJECT = "projects.delete_project"
EDIT_TREE = "projects.edit_tree"
IMPORT_FILES = "projects.import_files"
EDIT_THRESHOLDS = "projects.edit_thresholds"
MANAGE_MEMBERS = "projects.manage_members"

POLICY: dict[str, frozenset[str]] = {
    # action            roles that may, within their scope
    VIEW_PROJECT: frozenset({"pmo", "executive", "project_manager", "contributor", "viewer"}),
    EDIT_PROJECT: frozenset({"pmo", "project_manager"}),  # facts, declared status, milestones, budget
    EDIT_REGISTERS: frozenset({"pmo", "project_manager", "contributor"}),  # milestone forecasts and risks
    SET_BASELINE: frozenset({"pmo"}),  # move an agreed baseline or a tolerance (BR-14)
    CREATE_PROJECT: frozenset({"pmo"}),
    DELETE_PROJECT: frozenset({"pmo"}),
    EDIT_TREE: frozenset({"pmo"}),  # portfolios, programmes, moves
    IMPORT_FILES: frozenset({"pmo"}),
    EDIT_THRESHOLDS: frozenset({"pmo"}),
    MANAGE_MEMBERS: frozenset({"pmo"}),
}
ON_PROJECT = frozenset({VIEW_PROJECT, EDIT_PROJECT, EDIT_REGISTERS, SET_BASELINE, DELETE_PROJECT})


def allowed(user: Any, action: str, target: Project | Node | None) -> bool:
    """Whether the user's roles on `target` give `action`. None as target: anywhere at all (to show or hide a menu entry)."""
    access = Access.of(user)
    roles = POLICY[action]
    if target is None:
        return any(grant.role in roles for grant in access.grants)
    if isinstance(target, Project):
        return bool(access.roles_on(target) & roles)
    return bool(access.roles_on_node(target) & roles)


def allowed_everywhere(user: Any, action: str) -> bool:
    """Whether the user may do this for the whole organisation."""
    return bool(Access.of(user).roles_on_node(None) & POLICY[action])
