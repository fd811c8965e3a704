"""How long a role holds: its end moves where it stands, so that the history tells of one role and nobody is signed out."""

from datetime import datetime

from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.models import Delegation, Membership
from projects.access.services import LAST_PMO, check_gives, check_kind, check_reach, check_someone_remains, events

FIELDS = frozenset({"valid_until"})


def change_end(*, by: User, membership: Membership, valid_until: datetime | None, now: datetime) -> Membership:
    """Let the role hold until then, or (None) until it is taken away, by whoever could give it there today.

    What was lent of it ends with it. A role that is over comes back this way: that asks for nothing less than giving it.
    """
    with editing.writing():
        editing.advisory_lock(*LAST_PMO)
        row = editing.hold(Membership, membership.pk)
        check_reach(node=row.node, project=row.project, by=by)
        check_gives(row.role, node=row.node, project=row.project, by=by)
        check_kind(row.user, row.role, place=row.project or row.node, by=by)
        if row.user_id == by.pk and not by.is_superuser:
            raise NotAllowed(_("You cannot change how long your own role holds. Ask someone else who manages roles."))
        if row.valid_until == valid_until:
            return row
        check_end(row, valid_until, now=now)
        row.valid_until = valid_until
        editing.clean(row, FIELDS)
        with trace.acting(by):
            row.save(update_fields=["valid_until"])
            if valid_until is not None:
                lent = Delegation.objects.filter(membership=row)
                lent.filter(valid_from__gte=valid_until).delete()
                lent.filter(valid_until__gt=valid_until).update(valid_until=valid_until)
        events.role("role_changed", row, by=by)
        return row


def check_end(row: Membership, end: datetime | None, *, now: datetime) -> None:
    """A role that a person gave, an end that is still to come, and somebody who manages everything for good."""
    if row.source == Membership.Source.SSO:
        words = _(
            "This role comes from a group of the sign-in service, and holds as long as the group names the person."
        )
        raise DomainError(words, field="valid_until")
    if row.source == Membership.Source.EMERGENCY:
        raise DomainError(_("An emergency access is not prolonged. Open another one."), field="valid_until")
    if end is None:
        return
    if end <= now:
        raise DomainError(_("This moment is over. Take the role away instead."), field="valid_until")
    if row.role == Membership.Role.PMO and row.node_id is None and row.project_id is None:
        check_someone_remains(Membership.objects.exclude(pk=row.pk).filter(valid_until__isnull=True))
