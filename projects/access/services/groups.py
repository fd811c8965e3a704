"""Roles that come from the groups of a sign-in service: given and taken away at each sign-in, told apart by their source."""

import logging

from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.identity import roles, sessions
from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.services import LAST_PMO, events
from projects.hierarchy.models import Node

log = logging.getLogger(__name__)


def take(user: User, named: frozenset[str]) -> None:
    """Make the memberships of source "sso" those named, "role" or "role@CODE"; the ones given by people stay as they are."""
    wanted = {place for name in named if (place := place_of(name))}
    with editing.writing():
        editing.advisory_lock(*LAST_PMO)
        held = {(row.role, row.node_id): row for row in Membership.objects.filter(user=user, project=None, unit=None)}
        from_groups = {place: row for place, row in held.items() if row.source == Membership.Source.SSO}
        gone = [from_groups[place] for place in from_groups.keys() - wanted]
        for row in gone:
            events.role("role_withdrawn", row, by=None, source="sso")
            with trace.acting(None):
                row.delete()
        for role, node in sorted(wanted - held.keys(), key=str):
            row = Membership(user=user, role=role, node_id=node, source=Membership.Source.SSO, reason=_("group"))
            with trace.acting(None):
                row.save()
            events.role("role_given", row, by=None, source="sso")
        if gone:
            sessions.end_all(user)
    user.__dict__.pop("_access", None)


def place_of(name: str) -> tuple[str, int | None] | None:
    """(role, id of the portfolio or programme, or None for the whole organisation); None, and a line in the log, for nonsense."""
    role, _at, code = name.partition("@")
    node = Node.objects.filter(code=code).values_list("pk", flat=True).first() if code else None
    if (
        role not in Membership.Role.values
        or (code and node is None)
        or (code and role == Membership.Role.ADMINISTRATOR)
    ):
        log.error("the map of groups to roles names no role or no place: %s", name)
        return None
    return role, node


roles.takers.add("memberships", take)
