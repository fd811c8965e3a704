"""Taking back what was done with roles and accounts, each by the service that would do it today, with its own checks."""

from datetime import date

from django.apps import apps
from django.utils import timezone

from pmo_portal.core import editing, undo
from pmo_portal.core.models import AuditEvent, User
from projects.access.models import Membership
from projects.access.policy import MANAGE_ACCOUNTS, MANAGE_MEMBERS, allowed_everywhere, roles_given_by
from projects.access.services import (
    USER_FIELDS,
    check_manages_everything,
    grant_membership,
    revoke_membership,
    update_user,
)
from projects.access.services.terms import change_end
from projects.hierarchy.models import Node, Project

TERMS = frozenset({"valid_from", "valid_until", "reason"})


class MembershipWay(undo.Way):
    """A role given is taken away again, and the other way round; an end that moved moves back."""

    model = Membership
    permission = MANAGE_MEMBERS
    actions = frozenset({"create", "update", "delete"})

    def knows(self, event: AuditEvent) -> bool:
        return super().knows(event) and (event.action != "update" or event.changes.keys() == {"valid_until"})

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        """Whoever may give the role where it was; a changed end is changed again with the button beside the role."""
        if event.action != "delete":
            return False
        held = {name: pair[0] for name, pair in event.changes.items()}
        place: Node | Project | None = None
        if held.get("project"):
            place = Project.objects.filter(pk=held["project"]).first()
        elif held.get("node"):
            place = Node.objects.filter(pk=held["node"]).first()
        gone = place is None and (held.get("project") or held.get("node"))
        return not gone and held.get("role") in roles_given_by(user, place)

    def delete(self, event: AuditEvent, *, by: User, on: date) -> None:
        revoke_membership(by=by, membership=editing.hold(Membership, event.target_id))

    def create(self, event: AuditEvent, *, by: User, on: date) -> None:
        held = {name: pair[0] for name, pair in event.changes.items()}
        user = editing.hold(User, held["user"])
        node = editing.hold(Node, held["node"]) if held.get("node") else None
        project = editing.hold(Project, held["project"]) if held.get("project") else None
        limits = {name: undo.former_value(Membership(), name, held[name]) for name in TERMS & held.keys()}
        unit = editing.hold(apps.get_model("projects", "Unit"), held["unit"]) if held.get("unit") else None
        grant_membership(by=by, user=user, role=held["role"], node=node, project=project, unit=unit, **limits)

    def update(self, event: AuditEvent, *, by: User, on: date) -> None:
        row = editing.hold(Membership, event.target_id)
        undo.check_untouched(row, event)
        former = undo.former_value(row, "valid_until", event.changes["valid_until"][0])
        change_end(by=by, membership=row, valid_until=former, now=timezone.now())


class UserWay(undo.Way):
    """What an account says of somebody; a password is never known, so it never goes back."""

    model = User
    actions = frozenset({"update"})

    def knows(self, event: AuditEvent) -> bool:
        return super().knows(event) and event.changes.keys() <= USER_FIELDS

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        return allowed_everywhere(user, MANAGE_ACCOUNTS)

    def update(self, event: AuditEvent, *, by: User, on: date) -> None:
        check_manages_everything(by)
        row = editing.hold(User, event.target_id)
        undo.check_untouched(row, event)
        former = {name: undo.former_value(row, name, pair[0]) for name, pair in event.changes.items()}
        update_user(by=by, user=row, changes=former)


undo.ways.add("projects.Membership", MembershipWay())
undo.ways.add("core.User", UserWay())
