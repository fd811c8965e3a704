"""Ending somebody's sessions, and nothing else: a laptop left behind, a doubt. The account stays as it is."""

from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.identity import sessions
from pmo_portal.core.identity.journal import tell
from pmo_portal.core.models import User
from projects.access.services import check_manages_everything, may_change_account
from projects.access.services.telling import send


def end_sessions(*, by: User, user: User, reason: str) -> int:
    """Sign somebody out everywhere and tell them by letter who did it, and why; how many sessions were known.

    Not oneself, which has a page of its own; and an administrator only as an administrator.
    """
    check_manages_everything(by)
    if not reason.strip():
        raise DomainError(_("Say why: the person will read it."), field="reason")
    with editing.writing():
        row = editing.hold(User, user.pk)
        if not may_change_account(row, by=by):
            raise NotAllowed(_("Only an administrator may change an administrator's account."))
        if row.pk == by.pk:
            raise NotAllowed(_("End your own sessions under “Sign-in and security”."))
        count = sessions.end_all(row)
        tell("sessions_ended", request=None, user=row, by=by, count=count, reason=reason)
        if row.email:
            told = {"by": by.label, "why": reason}
            transaction.on_commit(partial(send, "identity/sessions_ended", row.email, row, told))
        return count
