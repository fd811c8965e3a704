"""Letting somebody in again who lost their second factor."""

from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.identity import lost_factor
from pmo_portal.core.models import User
from projects.access.models import Notice
from projects.access.services import check_manages_everything, may_change_account
from projects.access.services.telling import leave_word


def remove_second_factor(*, by: User, user: User, reason: str) -> None:
    """Take every factor off somebody's account, end their sessions and tell them who did it, and why.

    Never one's own, which asks for the factor itself; and an administrator's only as an administrator.
    """
    check_manages_everything(by)
    if not reason.strip():
        raise DomainError(_("Say why: the person will read it."), field="reason")
    with editing.writing():
        row = editing.hold(User, user.pk)
        if not may_change_account(row, by=by):
            raise NotAllowed(_("Only an administrator may change an administrator's account."))
        if row.pk == by.pk:
            raise NotAllowed(_("Nobody removes their own factor this way. Ask another administrator."))
        if not lost_factor.remove_all(user=row, by=by, reason=reason):
            raise DomainError(_("This account has no second factor."))
        leave_word(row, Notice.Kind.MFA_RESET, by=by, why=reason)
