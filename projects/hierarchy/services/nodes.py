"""Portfolios and programmes: create, change, move, delete. Callers have checked the right on the node itself."""

from collections.abc import Mapping
from typing import Any

from pmo_portal.core import editing, events
from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services.places import EDIT_TREE, check_container, hold_tree

FIELDS = frozenset(
    {"code", "name", "name_en", "description", "currency", "origin", "source_note", "scale", "status_date", "manager"}
)
SHOWN_IN_HEALTH = frozenset({"code", "currency", "status_date", "parent"})


def create_node(*, by: User, kind: str, code: str, name: str, parent: Node | None = None, **fields: Any) -> Node:
    """A portfolio or programme below `parent` (None: at the top). The code is kept in capitals."""
    editing.only(fields, FIELDS)
    with editing.writing():
        check_container(parent, by=by, right=EDIT_TREE, field="parent")
        if parent is not None:
            fields.setdefault("currency", parent.currency)
            fields.setdefault("scale", parent.scale)
            fields.setdefault("origin", parent.origin)
        node = Node(kind=kind, code=code.strip().upper(), name=name, parent=parent, **fields)
        return editing.create(node, by=by, project_id=None, kept=("path",))


def update_node(*, node: Node, by: User, version: int, changes: Mapping[str, Any]) -> Node:
    """Change a container; a change of `parent` moves it with everything below."""
    editing.only(changes, FIELDS | {"parent"})
    wanted = dict(changes)
    if wanted.get("code"):
        wanted["code"] = str(wanted["code"]).strip().upper()
    with editing.writing():
        if "parent" in wanted:
            hold_tree()
        row = editing.lock(Node, node.pk, version=version, changes=wanted)
        if "parent" in wanted and wanted["parent"] != row.parent:
            check_container(wanted["parent"], by=by, right=EDIT_TREE, field="parent")
        if "currency" in wanted and wanted["currency"] != row.currency:
            # Sums were added up under the old currency: they are taken back before it changes, and added again after.
            events.announce_removal(Project.objects.below(row).values_list("pk", flat=True))
        done = editing.write(row, by=by, changes=wanted, project_id=None, kept=("path",) if "parent" in wanted else ())
        if SHOWN_IN_HEALTH & done.keys():
            events.announce(Project.objects.below(row).values_list("pk", flat=True))
        return row


def move_node(*, node: Node, by: User, version: int, parent: Node | None) -> Node:
    """Put a container, and everything below it, under another one."""
    return update_node(node=node, by=by, version=version, changes={"parent": parent})


def delete_node(*, node: Node, by: User, version: int) -> None:
    """Delete an empty container; DomainError while projects or programmes are still in it."""
    editing.delete(Node.objects.get(pk=node.pk), by=by, version=version, project_id=None)
