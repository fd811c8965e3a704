"""Standing in for someone: a membership is lent for a while, ends by itself, and can be ended by either side before.

Only an own membership that is in force is lent, so nothing is ever passed on; what would outlast the delegation (giving roles,
accounts) is not lent with it (`policy.NOT_LENT`), nor is running the portal.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import editing, formats, trace
from pmo_portal.core.as_of import end_of
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.access.models import Delegation, Membership
from projects.access.selectors import LONGEST, NEVER_LENT, may_manage, people_to_stand_in
from projects.access.services import check_gives, check_not_oneself, check_reach


def lend(
    *, by: User, memberships: Sequence[Membership], to: User, first: date, last: date, reason: str = "", now: datetime
) -> list[Delegation]:
    """Lend these memberships to `to` from the first day to the end of the last; from now on when the first is today.

    Their holder does it, or whoever could give the roles themselves.
    """
    check_period(first, last, today=timezone.localdate(now))
    begins = max(now, timezone.make_aware(datetime.combine(first, datetime.min.time())))
    if not memberships:
        raise DomainError(_("Choose at least one role to lend."), field="memberships")
    with editing.writing():
        delegate = editing.hold(User, to.pk)
        rows = [editing.hold(Membership, one.pk) for one in sorted(memberships, key=lambda one: one.pk)]
        for row in rows:
            check_lender(row, by=by, to=delegate)
            check_lent(row, begins=begins, ends=end_of(last))
            check_delegate(delegate, row, begins=begins, ends=end_of(last))
        return [_lend(row, delegate, by=by, begins=begins, ends=end_of(last), reason=reason) for row in rows]


def _lend(row: Membership, to: User, *, by: User, begins: datetime, ends: datetime, reason: str) -> Delegation:
    made = Delegation(membership=row, delegate=to, valid_from=begins, valid_until=ends, reason=reason)
    editing.create(made, by=by, project_id=row.project_id)
    security_event("delegation_given", user=by, delegation=made.pk, lender=row.user_id, delegate=to.pk, role=row.role)
    return made


def end_delegation(*, by: User, delegation: Delegation) -> None:
    """End it now, by the clock of the database: the next request of the delegate no longer has the role.

    One that has not begun never was; one that is over stays as it was.
    """
    with editing.writing():
        row = editing.hold(Delegation, delegation.pk)
        if by.pk not in (row.delegate_id, row.membership.user_id) and not may_manage(row.membership, by=by):
            raise NotAllowed(_("Only who lent the role, who has it, and who manages roles there may end this."))
        lasting = Delegation.objects.filter(pk=row.pk, valid_until__gt=Now())
        with trace.acting(by, action="end"):
            if not lasting.filter(valid_from__lt=Now()).update(valid_until=Now()) and not lasting.delete()[0]:
                raise DomainError(_("This delegation is over already."))
        security_event("delegation_ended", user=by, delegation=delegation.pk, delegate=row.delegate_id)


def check_period(first: date, last: date, *, today: date) -> None:
    if first < today:
        raise DomainError(_("This day is over. Choose today or a later one."), field="first")
    if last < first:
        raise DomainError(_("The last day comes before the first."), field="last")
    if last - first >= timedelta(days=LONGEST):
        raise DomainError(_("A delegation lasts %(days)s days at most.") % {"days": LONGEST}, field="last")


def check_lender(row: Membership, *, by: User, to: User) -> None:
    """One's own membership, or one that the actor could give; nobody lends themselves what somebody else holds."""
    if row.user_id != by.pk:
        check_not_oneself(to, by=by)
        check_reach(node=row.node, project=row.project, by=by)
        check_gives(row.role, node=row.node, project=row.project, by=by)


def check_lent(row: Membership, *, begins: datetime, ends: datetime) -> None:
    """A membership that exists for the whole time, and may be lent at all."""
    if row.role in NEVER_LENT or row.source == Membership.Source.EMERGENCY or row.user.is_service:
        raise DomainError(_("This role cannot be lent."), field="memberships")
    if (row.valid_from and row.valid_from > begins) or (row.valid_until and row.valid_until <= begins):
        raise DomainError(_("This role is not in force on the first day."), field="memberships")
    if row.valid_until and row.valid_until < ends:
        day = formats.date(timezone.localdate(row.valid_until), "long")
        raise DomainError(
            _("This role itself ends on %(day)s: lend it until then at most.") % {"day": day}, field="last"
        )


def check_delegate(to: User, row: Membership, *, begins: datetime, ends: datetime) -> None:
    """Someone else, a person who can sign in, who does not have it already."""
    if to.pk == row.user_id:
        raise DomainError(_("Choose someone else: this role is theirs already."), field="delegate")
    if not people_to_stand_in(row.user).filter(pk=to.pk).exists():
        raise DomainError(_("Choose a person who can sign in."), field="delegate")
    if row.delegations.filter(delegate=to, valid_from__lt=ends, valid_until__gt=begins).exists():
        raise DomainError(_("This role is lent to this person already in that time."), field="delegate")
