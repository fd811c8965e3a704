"""Reads of users and memberships for pages."""

from datetime import datetime
from typing import Any

from django.db.models import Count, Prefetch, Q
from django.db.models.functions import Now

from pmo_portal.core import ledger
from pmo_portal.core.models import AuditEvent, User
from projects.access.limited import LimitedAccess
from projects.access.models import Delegation, Membership
from projects.access.policy import (
    MANAGE_ACCOUNTS,
    MANAGE_MEMBERS,
    POLICY,
    VIEW_AUDIT,
    able,
    allowed,
    allowed_everywhere,
    roles_given_by,
)  # fmt: skip
from projects.hierarchy.history import kept_from, without_changes_of
from projects.hierarchy.models import Node, Project
from projects.hierarchy.selectors import nodes_where
from projects.hierarchy.visibility import ANY_PROJECT, EVERYTHING, GUARDED, HISTORY_OF_WORK, MONEY_GROUPS, Access

# Who got in with which rights: whoever runs the portal answers for it, also on projects they may not read.
OF_RIGHTS = (Membership._meta.label, Delegation._meta.label, User._meta.label)

LONGEST = 90  # days of a delegation, the first and the last included
NEVER_LENT = frozenset({Membership.Role.ADMINISTRATOR.value, Membership.Role.SERVICE_ACCOUNT.value})


def memberships_managed_by(user: User) -> Any:
    """The memberships this user may take away: those over places they manage.

    One on a confidential project names it: it is shown to who sees the project, and to nobody else, whatever they manage.
    """
    access = able(user, MANAGE_MEMBERS)
    rows = Membership.objects.select_related("user", "node", "project", "unit", "granted_by").filter(
        Q(project__isnull=True)
        | Q(project__confidentiality=Project.Confidentiality.PUBLIC)
        | access.projects("project")
    )
    if access.is_administrator:
        return rows
    if isinstance(
        access, LimitedAccess
    ):  # a token sees the roles in its places, whatever its owner manages beside them
        return rows.filter(Q(node__in=nodes_managed_by(user)) | Q(project__in=projects_managed_by(user).order_by()))
    condition = Q(pk__in=[])
    for grant in access.grants:
        if grant.role not in POLICY[MANAGE_MEMBERS]:
            continue
        if grant.path == "":
            return rows
        if grant.path is not None:
            condition |= Q(node__path__startswith=grant.path) | Q(project__path__startswith=grant.path)
        else:
            condition |= Q(project=grant.project_id)
    return rows.filter(condition)


def roles_of_account(owner: User, *, reader: User) -> Any:
    """The memberships of an account that hold or will, as far as this reader may know of them."""
    return memberships_managed_by(reader).filter(user=owner).exclude(valid_until__lte=Now()).order_by("role", "pk")


def may_manage(row: Membership, *, by: User) -> bool:
    """Whether this user may take the membership away."""
    place = row.project or row.node
    reaches = by.has_perm(MANAGE_MEMBERS, place) if place else allowed_everywhere(by, MANAGE_MEMBERS)
    return reaches and row.role in roles_given_by(by, place)


def nodes_managed_by(user: User) -> Any:
    """The containers over which this user may give roles."""
    return nodes_where(user, MANAGE_MEMBERS)


def projects_managed_by(user: User) -> Any:
    """The projects on which this user may give roles: at most those they see, in managed places."""
    return Project.objects.visible_to(user).filter(
        Q(node__in=nodes_managed_by(user)) | Q(pk__in=_named(user))
    ).order_by("name")  # fmt: skip


def people_to_name() -> Any:
    """Whom a role can be given to: everybody who can sign in."""
    return User.objects.filter(is_active=True).order_by("last_name", "first_name", "username")


def _named(user: User) -> list[int]:
    grants = able(user, MANAGE_MEMBERS).grants
    return [g.project_id for g in grants if g.project_id and g.role in POLICY[MANAGE_MEMBERS]]


def service_accounts() -> Any:
    """The accounts of programs with their memberships and the number of their `tokens`, in two queries."""
    return User.objects.filter(is_service=True).annotate(tokens=Count("api_tokens")).prefetch_related(roles_in_force())


def users_with_roles() -> Any:
    """Every account of a person with its memberships, in two queries."""
    return (
        User.objects.filter(is_service=False)
        .prefetch_related(roles_in_force())
        .order_by("last_name", "first_name", "username")
    )


def roles_in_force() -> Any:
    """The memberships that hold now: a role that is over, or still to come, is none a list of accounts should name."""
    return Prefetch("memberships", Membership.objects.in_force().select_related("node", "project", "unit"))


def accounts_within_reach(user: User) -> Any:
    """The accounts this user may look up: every one for whoever manages accounts, else those with a role where theirs reach."""
    if allowed_everywhere(user, MANAGE_ACCOUNTS):
        return User.objects.all()
    if not allowed(user, MANAGE_MEMBERS, None):
        return User.objects.none()
    return User.objects.filter(pk__in=memberships_managed_by(user).values("user"))


def events_visible_to(user: User) -> Any:
    """The changes this user may read: with the right to the audit log those it shows them, else those of what they see."""
    if allowed_everywhere(user, VIEW_AUDIT):
        return log_shown_to(user)
    of_projects = Q(project_id__in=Project.objects.visible_to(user).values("pk"))
    of_nodes = Q(target_type="projects.Node", target_id__in=Node.objects.visible_to(user).values("pk"))
    return telling(AuditEvent.objects.filter(of_projects | of_nodes), user)


def log_shown_to(user: User) -> Any:
    """The events of what this reader of the audit log sees: nothing of a project that is hidden from them.

    For a PMO of the organisation that is everything, without a condition. An administrator, who reads no project by their
    role, sees what concerns none, and the rights given on public projects, which they answer for. What hangs off no project
    and tells of them all the same (`Record.inside`) is for who wrote it.
    """
    events, seen = AuditEvent.objects.all(), Access.of(user).projects()
    if seen != EVERYTHING:
        of_portal = Q(project_id__isnull=True) & (~Q(target_type__in=ledger.inside()) | Q(actor=user))
        # The public ones that are there: of a deleted one nobody can say any more what it was.
        public = Project.objects.filter(confidentiality=Project.Confidentiality.PUBLIC)
        rights = Q(target_type__in=OF_RIGHTS, project_id__in=public.values("pk"))
        events = events.filter(of_portal | rights | Q(project_id__in=Project.objects.filter(seen).values("pk")))
    return telling(events, user)


def telling(events: Any, user: User) -> Any:
    """Without the events that tell this user nothing: amounts where money is hidden, a change of a hidden field alone,
    what was written in a report by others than who writes and reviews it.
    """
    access = Access.of(user)
    if not access.sees_all_money():
        money = Project.objects.filter(*(access.projects(group=group) for group in MONEY_GROUPS)).values("pk")
        events = events.filter(~Q(target_type="projects.BudgetLine") | Q(project_id__in=money))
    if kept := kept_from(user):
        events = events.exclude(target_type__in=kept)
    for label, roles in HISTORY_OF_WORK.items():
        if (mine := access.projects(roles=roles)) != EVERYTHING:
            events = events.filter(~Q(target_type=label) | Q(project_id__in=Project.objects.filter(mine).values("pk")))
    for (label, name), known in guarded_from(user).items():
        if GUARDED[label, name] != ANY_PROJECT:  # those are never all that an event tells
            events = without_changes_of(events, label, name, but=Q(project_id__in=known))
    return events


def guarded_from(user: User) -> dict[tuple[str, str], set[int]]:
    """{(kind of record, field): ids of the projects where this reader does see it} for the fields not seen everywhere."""
    access, known = Access.of(user), {ANY_PROJECT: set[int]()}  # the events that name any project belong to none
    for group in set(GUARDED.values()) - known.keys():
        if not access.sees_everywhere(group):
            rows = Project.objects.filter(access.projects(group=group))
            known[group] = set(rows.values_list("pk", flat=True))
    return {
        field: known[group] for field, group in GUARDED.items() if group in known and not access.sees_everywhere(group)
    }


def lendable(lender: User) -> Any:
    """The memberships this user may lend: their own, in force, but neither running the portal nor an emergency access."""
    rows = Membership.objects.in_force().filter(user=lender).exclude(role__in=NEVER_LENT)
    rows = rows.exclude(source=Membership.Source.EMERGENCY).select_related("user", "node", "project", "unit")
    return rows.order_by("role", "pk")


def people_to_stand_in(lender: User | None = None) -> Any:
    """Whoever can sign in and is a person, but the lender: a program stands in for nobody."""
    programs = Membership.objects.filter(role=Membership.Role.SERVICE_ACCOUNT).values("user")
    people = User.objects.filter(is_active=True, is_service=False).exclude(pk__in=programs)
    people = people.exclude(pk=lender.pk) if lender else people
    return people.order_by("last_name", "first_name", "username")


def seen_place(user: User, prefix: str = "") -> Q:
    """The place of a membership is one this user sees."""
    containers, projects = Node.objects.visible_to(user).values("pk"), Project.objects.visible_to(user).values("pk")
    return Q(**{f"{prefix}project__in": projects}) | Q(**{f"{prefix}node__in": containers})


def within_limits(user: User, own: Q, prefix: str = "") -> Q:
    """What is one's own; through a token with places, in these alone."""
    return own & seen_place(user, prefix) if isinstance(Access.of(user), LimitedAccess) else own


def memberships_within_reach(user: User) -> Any:
    """The memberships this user may name: their own, and those over places they manage."""
    own = within_limits(user, Q(user=user))
    return Membership.objects.filter(own | Q(pk__in=memberships_managed_by(user).values("pk")))


def delegations_visible_to(user: User) -> Any:
    """Those this user gave or has, and those of the memberships they manage."""
    own = within_limits(user, Q(delegate=user) | Q(membership__user=user), "membership__")
    return Delegation.objects.filter(own | Q(membership__in=memberships_managed_by(user).values("pk")))


def told_without_place(rows: Any, user: User) -> Any:
    """Of these delegations, those that are over and whose place this user does not see today: it may have got secrets since."""
    everywhere = Q(membership__project__isnull=True, membership__node__isnull=True)
    managed = Q(membership__in=memberships_managed_by(user).values("pk"))
    return rows.filter(valid_until__lte=Now()).exclude(seen_place(user, "membership__") | everywhere | managed)


def delegations_of(user: User, *, since: datetime) -> Any:
    """Those this user gave or has, from those still to come to those that ended since then; the newest first."""
    sides = Q(delegate=user) | Q(membership__user=user)
    rows = Delegation.objects.filter(sides, valid_until__gte=since)
    related = ("delegate", "membership__user", "membership__node", "membership__project", "membership__unit")
    return rows.select_related(*related).order_by("-valid_until", "-pk")
