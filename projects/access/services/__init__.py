"""Who may do what, and who may sign in. The actor's own reach is checked here: nobody gives away more than they hold."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db.models import Model, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from pmo_portal.core import audit, editing, trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.identity import addresses, sessions
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.access.models import Membership, in_force
from projects.access.policy import MANAGE_ACCOUNTS, MANAGE_MEMBERS, allowed_everywhere, roles_given_by
from projects.access.services import events
from projects.access.services.telling import tell_owner
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import SEES_CONFIDENTIAL, Access

USER_FIELDS = frozenset({"username", "email", "first_name", "last_name", "language", "is_active"})
LAST_PMO = (7201, 2)  # held while someone may lose the role that manages everything


def grant_membership(
    *,
    by: User,
    user: User,
    role: str,
    node: Node | None = None,
    project: Project | None = None,
    unit: Model | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    reason: str = "",
) -> Membership:
    """Give a role over a subtree, on one project, or (neither) over the whole organisation, within the actor's own reach.

    `unit`: a resource manager answers for the people of this unit and of those below it alone. Without `valid_until` it holds
    until it is taken away.
    """
    with editing.writing():
        check_reach(node=node, project=project, by=by)
        check_gives(role, node=node, project=project, by=by)
        check_not_oneself(user, by=by)
        check_kind(user, role, place=project or node, by=by)
        check_unit(user, role, unit, node=node, project=project)
        with trace.acting(by):  # one that is over makes room: who comes back for a second time is given the role again
            place = {"node": node, "project": project, "unit": unit}
            same = Membership.objects.filter(user=user, role=role, **place, valid_until__lte=Now())
            same.exclude(source=Membership.Source.EMERGENCY).delete()
        membership = Membership(
            user=user,
            role=role,
            **place,
            valid_from=valid_from,
            valid_until=valid_until,
            reason=reason,
            granted_by=by,
        )
        saved = editing.create(membership, by=by, project_id=project.pk if project else None)
        events.role("role_given", saved, by=by)
        return saved


def revoke_membership(*, by: User, membership: Membership) -> None:
    """Take a role away, and sign its holder out. The last PMO of the whole organisation keeps theirs."""
    with editing.writing():
        editing.advisory_lock(*LAST_PMO)
        held = editing.hold(Membership, membership.pk)
        check_reach(node=held.node, project=held.project, by=by)
        check_gives(held.role, node=held.node, project=held.project, by=by)
        if held.role == Membership.Role.PMO and held.node_id is None and held.project_id is None:
            check_someone_remains(Membership.objects.exclude(pk=held.pk))
        with trace.acting(by):
            held.delete()
        events.role("role_withdrawn", held, by=by)
        sessions.end_all(held.user)


def create_user(*, by: User, username: str, password: str | None = None, **fields: Any) -> User:
    """An account. Without a password nobody can sign in to it yet."""
    editing.only(fields, USER_FIELDS)
    check_manages_everything(by)
    with editing.writing():
        user = User(username=username.strip(), **fields)
        if password is None:
            user.set_unusable_password()
        else:
            set_password(user, password)
        editing.clean(user, ("username", *fields))
        with trace.acting(by):
            user.save(force_insert=True)
        addresses.forget(user)
        security_event("account_created", user=user, by=by.pk)
        return user


def create_service_account(*, by: User, username: str, last_name: str) -> User:
    """An account for a program: tokens are its only way in."""
    check_manages_everything(by)
    with editing.writing():
        account = User(username=username.strip(), last_name=last_name, is_service=True)
        account.set_unusable_password()
        editing.clean(account, ("username", "last_name"))
        with trace.acting(by):
            account.save(force_insert=True)
    security_event("account_created", user=account, by=by.pk, service=True)
    return account


def update_user(*, by: User, user: User, changes: Mapping[str, Any], password: str = "") -> User:
    """Change an account, or set a new password (which ends its sessions and is told to its owner, as a new address is).

    The history never holds a password.
    """
    editing.only(changes, USER_FIELDS)
    check_manages_everything(by)
    with editing.writing():
        editing.advisory_lock(*LAST_PMO)
        row = editing.hold(User, user.pk)
        if not may_change_account(row, by=by):
            raise NotAllowed(_("Only an administrator may change an administrator's account."))
        if changes.get("is_active") is False and row.is_active:
            check_may_leave(row, by=by)
        if row.is_service and password:
            raise DomainError(_("A service account has no password: give it a token."), field="password")
        before, address = editing.values(row, changes), row.email
        for name, value in changes.items():
            setattr(row, name, value)
        editing.clean(row, changes)
        different = list(audit.differences(before, editing.values(row, changes)))
        if password:
            set_password(row, password)
            different.append("password")
        if different:
            with trace.acting(by):
                row.save(update_fields=different)
            events.account(row, different, by=by)
            tell_owner(row, different, former=address, by=by)
        if "email" in different:
            addresses.forget(row)
        if {"is_active", "password"} & set(different):
            sessions.end_all(row)
        return row


def deactivate_user(*, by: User, user: User) -> User:
    """Nobody can sign in to it any more, its sessions and tokens stop working; what it did stays in the history."""
    return update_user(by=by, user=user, changes={"is_active": False})


def may_change_account(user: User, *, by: User) -> bool:
    """Whoever may change an account can take it over: a superuser's is theirs, an administrator's is for administrators."""
    if user.is_superuser:
        return by.is_superuser
    return Access.of(by).is_administrator or not Access.of(user).is_administrator


def check_kind(user: User, role: str, *, place: Project | Node | None, by: User) -> None:
    """A program never runs the portal, and sees confidential projects only by somebody who does (decision 0144)."""
    if user.is_service and role == Membership.Role.ADMINISTRATOR:
        raise DomainError(_("A service account cannot be an administrator."), field="role")
    own = Access.of(by).own
    held = own.roles_on(place) if isinstance(place, Project) else own.roles_on_node(place)
    if user.is_service and role in SEES_CONFIDENTIAL and not held & SEES_CONFIDENTIAL:
        words = _("This role reads confidential projects: only who reads them here gives it to a service account.")
        raise NotAllowed(words, field="role")


def check_reach(*, node: Node | None, project: Project | None, by: User) -> None:
    """Refuse a place the actor does not manage; one they cannot see is answered as if it did not exist."""
    target = project or node
    if target is None:
        if not allowed_everywhere(by, MANAGE_MEMBERS):
            raise NotAllowed(
                _("Your role does not reach the whole organisation. Choose a place below it."), field="node"
            )
    elif not by.has_perm(MANAGE_MEMBERS, target):
        model, field = (Project, "project") if project else (Node, "node")
        if not model.objects.visible_to(by).filter(pk=target.pk).exists():
            raise DomainError(_("This place does not exist. Choose another one."), field=field)
        raise NotAllowed(_("You may give roles only where you are PMO yourself."), field=field)


def check_gives(role: str, *, node: Node | None, project: Project | None, by: User) -> None:
    """Nobody gives, or takes away, a role that sees or does more than they may there."""
    if role not in roles_given_by(by, project or node):
        raise NotAllowed(_("Your role does not let you give or take away this role here."), field="role")


def check_unit(user: User, role: str, unit: Model | None, *, node: Node | None, project: Project | None) -> None:
    """A limit is of resource managers, and of those who have no such role without one: it would limit nothing."""
    if unit is None:
        return
    if role != Membership.Role.RESOURCE_MANAGER:
        words = _("Only a resource manager answers for a unit: leave it empty for this role.")
        raise DomainError(words, field="unit")
    here = Q(node__isnull=True, project__isnull=True) | Q(node=node, project=project)
    if Membership.objects.in_force().filter(here, user=user, role=role, unit__isnull=True).exists():
        raise DomainError(_("This person answers for everybody here: take that role away first."), field="unit")


def check_not_oneself(user: User, *, by: User) -> None:
    """Nobody gives themselves a role; who installed the portal has them all."""
    if user.pk == by.pk and not by.is_superuser:
        raise NotAllowed(_("You cannot give yourself a role. Ask someone else who manages roles."), field="user")


def check_manages_everything(by: User) -> None:
    if not allowed_everywhere(by, MANAGE_ACCOUNTS):
        raise NotAllowed(_("Only an administrator or a PMO of the whole organisation may do this."))


def check_may_leave(user: User, *, by: User) -> None:
    """Nobody locks themselves out, nor leaves the organisation without a PMO."""
    if user.pk == by.pk:
        raise DomainError(_("You cannot deactivate your own account. Ask another PMO."), field="is_active")
    if whole_organisation_pmos().filter(user=user).exists():
        check_someone_remains(Membership.objects.exclude(user=user))


def check_someone_remains(others: Any) -> None:
    if not others.filter(pk__in=whole_organisation_pmos()).exists():
        raise DomainError(_("This is the last PMO of the whole organisation. Give the role to someone else first."))


def whole_organisation_pmos() -> Any:
    """Memberships that manage everything, in force and of people who can sign in."""
    everywhere = Q(node__isnull=True, project__isnull=True)
    return Membership.objects.filter(everywhere, in_force(), role=Membership.Role.PMO, user__is_active=True).values(
        "pk"
    )


def set_password(user: User, password: str) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise editing.InvalidFields({"password": list(error.messages)}) from error
    user.set_password(password)
