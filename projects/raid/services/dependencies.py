"""Dependencies between projects: create, change, delete. Each side keeps its own dates; nobody promises for another project."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import audit, editing, undo
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import EDIT_PROJECT, EDIT_REGISTERS
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project
from projects.raid.models import InterProjectDependency
from projects.raid.models.dependency import RECEIVER, SIDES, SUPPLIER
from projects.raid.selectors.dependencies import FIELDS, OF, may_set, sides_edited, sides_seen
from projects.raid.services.entries import with_its_day

DELIVERED_ON = "delivered_on"


def create_dependency(
    *, receiver: Project, supplier: Project, by: User, on: date, **fields: Any
) -> InterProjectDependency:
    """Something `receiver` needs of `supplier`, numbered L1, L2… The caller has the right on the receiver, and sees both.

    Its author may name the milestone it comes from; the promise and its owner are for who edits the supplier.
    """
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_sides(receiver.pk, supplier.pk)
        row = InterProjectDependency(receiver=held[receiver.pk], supplier=held[supplier.pk])
        given = {name: value for name, value in fields.items() if value not in (None, "")}
        if SUPPLIER not in sides_edited(by, row) and (promised := given.keys() & OF[SUPPLIER] - {"supplier_milestone"}):
            raise NotAllowed(_("Who edits the project that gives it promises it."), field=min(promised))
        fields["code"] = fields.get("code") or next_code(receiver)
        check_milestones(row, fields)
        for name, value in with_its_day(fields, row, field=DELIVERED_ON, ended=row.ENDED, on=on).items():
            editing.assign(row, name, value)
        editing.create(row, by=by, project_id=None)
        tell(held.values(), on=on)
        return row


def update_dependency(
    *, dependency: InterProjectDependency, by: User, version: int, changes: Mapping[str, Any], on: date
) -> InterProjectDependency:
    """Change what this editor keeps of it. NotAllowed for a field of the other side."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_sides(dependency.receiver_id, dependency.supplier_id)
        row = editing.lock(InterProjectDependency, dependency.pk, version=version, changes=changes)
        changes = with_its_day(changes, row, field=DELIVERED_ON, ended=row.ENDED, on=on)
        stored = editing.values(row, changes)
        differing = {
            name: value
            for name, value in changes.items()
            if audit.plain(editing.plain_key(value)) != audit.plain(stored[name])
        }
        if kept := differing.keys() - may_set(by, row):
            raise NotAllowed(_("The other project keeps this: ask who edits it."), field=min(kept))
        check_milestones(row, differing)
        if done := editing.write(row, by=by, changes=differing, project_id=None):
            tell([held[getattr(row, f"{side}_id")] for side in sides_of(done, sides_edited(by, row))], on=on)
        return row


def delete_dependency(*, dependency: InterProjectDependency, by: User, version: int, on: date) -> None:
    """Nobody needs it any more."""
    with editing.writing():
        held = hold_sides(dependency.receiver_id, dependency.supplier_id)
        editing.delete(dependency, by=by, version=version, project_id=None)
        tell(held.values(), on=on)


def hold_sides(*ids: int) -> dict[int, Project]:
    """Both projects, held in one order: two writers never wait for each other."""
    return {pk: hold_project(pk) for pk in sorted(set(ids))}


def sides_of(names: Iterable[str], edited: Iterable[str]) -> set[str]:
    """The sides whose facts these fields are; what both may say is of those the editor edits."""
    found = {side for side in SIDES if OF[side] & set(names)}
    return found | (set(edited) if not OF[RECEIVER] | OF[SUPPLIER] >= set(names) else set())


def tell(projects: Iterable[Project], *, on: date) -> None:
    for project in projects:
        facts_changed(project, on=on)


def next_code(receiver: Project) -> str:
    """The number after the highest of a held project: L1, L2…"""
    letter = InterProjectDependency.letter
    taken = InterProjectDependency.objects.filter(receiver=receiver).values_list("code", flat=True)
    numbers = (int(code[1:]) for code in taken if code[:1] == letter and code[1:].isdecimal())
    return f"{letter}{1 + max(numbers, default=0)}"


def check_milestones(row: InterProjectDependency, changes: Mapping[str, Any]) -> None:
    """A milestone is of its side: the database says so too."""
    for side in SIDES:
        milestone = changes.get(f"{side}_milestone")
        if milestone is not None and milestone.project_id != getattr(row, f"{side}_id"):
            raise DomainError(
                _("It belongs to another project. Choose one of this project."), field=f"{side}_milestone"
            )


class DependencyWay(undo.Way):
    """Each side takes back what it keeps; who edits the receiver and sees both restores it, or takes it away again."""

    model = InterProjectDependency
    permission = EDIT_REGISTERS

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        row = InterProjectDependency.objects.filter(pk=event.target_id).select_related(*SIDES).first()
        return row is not None and self.allows(row, event, by=user)

    def hold(self, event: AuditEvent) -> None:
        row = InterProjectDependency.objects.filter(pk=event.target_id).first()
        held = [row.receiver_id, row.supplier_id] if row else [event.changes[side][0] for side in SIDES]
        hold_sides(*held)

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        if not self.allows(row, event, by=by):
            raise undo.not_allowed()

    def allows(self, row: InterProjectDependency, event: AuditEvent, *, by: User) -> bool:
        if event.action in {"create", "delete"}:
            right = EDIT_PROJECT if event.action == "delete" else EDIT_REGISTERS
            return by.has_perm(right, row) and len(sides_seen(by, row)) == len(SIDES)
        return event.changes.keys() <= may_set(by, row)

    def done(self, row: Any, names: Iterable[str], *, by: User, on: date) -> None:
        tell(hold_sides(row.receiver_id, row.supplier_id).values(), on=on)


undo.ways.add("projects.InterProjectDependency", DependencyWay())
