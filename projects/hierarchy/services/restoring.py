"""How changes of projects and containers are taken back: with the same locks, the same checks of places, the same news."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from pmo_portal.core import editing, events, undo
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services.baselines import check_baseline
from projects.hierarchy.services.facts import facts_changed, hold_project, move_data_date
from projects.hierarchy.services.nodes import SHOWN_IN_HEALTH
from projects.hierarchy.services.places import EDIT_TREE, check_container, hold_tree
from projects.hierarchy.services.projects import ENDS, KEPT, PLACE, check_new_place, check_still_visible, delete_project
from projects.hierarchy.services.veil import check_veil

EDIT_PROJECT = "projects.edit_project"
DELETE_PROJECT = "projects.delete_project"


class OnProject(undo.Way):
    """What the history of a project holds: whoever edits the project restores from it."""

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        project = Project.objects.filter(pk=event.project_id or 0).first()
        return project is not None and user.has_perm(EDIT_PROJECT, project)


class ProjectWay(OnProject):
    """A deleted project took its facts with it: that alone is not offered. Going back is no step in the life of a project."""

    model = Project
    permission = EDIT_PROJECT
    actions = frozenset({"create", "update", "declare", "undo"})

    def hold(self, event: AuditEvent) -> None:
        if PLACE & event.changes.keys():
            hold_tree()
        hold_project(event.target_id)

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        super().check(row, event, by=by)
        former = {name: undo.former_value(row, name, pair[0]) for name, pair in event.changes.items()}
        if event.action != "create":
            check_baseline(row, former, project=row, by=by)
            check_veil(row, former, by=by)
        wanted = {name: former[name] for name in PLACE & former.keys()}
        if wanted and event.action != "create":
            node = Node.objects.filter(pk=wanted.get("node", row.node_id)).first()
            parent = Project.objects.filter(pk=wanted.get("parent", row.parent_id)).first()
            check_new_place(row, {"node": node, "parent": parent}, by=by)

    def kept_of(self, changes: dict[str, Any]) -> tuple[str, ...]:
        return KEPT if PLACE & changes.keys() else ("baseline_end_first",) if "baseline_end" in changes else ()

    def delete(self, event: AuditEvent, *, by: User, on: date) -> None:
        row = hold_project(event.target_id)
        if not by.has_perm(DELETE_PROJECT, row):
            raise undo.not_allowed()
        if AuditEvent.objects.filter(project_id=row.pk, pk__gt=event.pk).exists():
            raise undo.changed_meanwhile(row)
        delete_project(project=row, by=by, version=row.version)

    def done(self, row: Project, names: Iterable[str], *, by: User, on: date) -> None:
        check_still_visible(row, dict.fromkeys(names), by=by)
        move_data_date(row, on=on)
        below = Project.objects.filter(path__startswith=row.path).values_list("pk", flat=True)
        events.announce(below if PLACE & set(names) else [row.pk], at_once="confidentiality" in names)
        if ENDS & set(names):
            events.announce_people()


class NodeWay(undo.Way):
    """Containers: the limits and the sums above hear of a change as when it was made."""

    model = Node
    permission = EDIT_TREE
    kept = ("path",)

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        node = Node.objects.filter(pk=event.target_id).first()
        return node is not None and user.has_perm(EDIT_TREE, node)

    def hold(self, event: AuditEvent) -> None:
        hold_tree()

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        brought_back = event.action == "delete"
        if not brought_back:
            super().check(row, event, by=by)
        if brought_back or ("parent" in event.changes and event.action != "create"):
            parent = Node.objects.filter(pk=event.changes.get("parent", [None])[0]).first()
            check_container(parent, by=by, right=EDIT_TREE, field="parent")
        if "currency" in event.changes and event.action not in {"create", "delete"}:
            # Sums were added up under the other currency: they are taken back before it changes, and added again after.
            events.announce_removal(Project.objects.below(row).values_list("pk", flat=True))

    def done(self, row: Node, names: Iterable[str], *, by: User, on: date) -> None:
        if SHOWN_IN_HEALTH & set(names):
            events.announce(Project.objects.below(row).values_list("pk", flat=True))


class FactWay(OnProject):
    """What hangs off a project: the project is held first, and its facts are then those of today."""

    def hold(self, event: AuditEvent) -> None:
        if event.project_id is not None:
            hold_project(event.project_id)

    def done(self, row: Any, names: Iterable[str], *, by: User, on: date) -> None:
        facts_changed(editing.hold(Project, row.project_id), on=on)


undo.ways.add("projects.Project", ProjectWay())
undo.ways.add("projects.Node", NodeWay())
