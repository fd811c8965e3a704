"""Looking at the portal as someone else: only to look, for half an hour, and the person is told who did and why."""

from datetime import timedelta

from django.utils.translation import gettext as _

from pmo_portal.core import audit, editing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from pmo_portal.core.security_events import security_event
from projects.access.models import Notice
from projects.access.policy import VIEW_AS, allowed_everywhere
from projects.access.services.telling import tell
from projects.hierarchy.visibility import Access

LONGEST_LOOK = timedelta(minutes=30)


def start_viewing(*, by: User, target: User, reason: str) -> None:
    """Record that `by` begins to look, and leave word on the pages of `target`."""
    if not allowed_everywhere(by, VIEW_AS):
        raise NotAllowed(_("Only an administrator may look at the portal as someone else."))
    if refused := why_not(target, by=by):
        raise DomainError(refused)
    if not reason.strip():
        raise DomainError(_("Say why: the person will read it."), field="reason")
    with editing.writing():
        audit.record(by=by, action="view_as", target=target, changes={"reason": [None, reason]})
        tell([target], Notice.Kind.VIEWED_AS, by=by, why=reason)
        security_event("view_as_started", user=by, target=target.pk)


def end_viewing(*, by: User, target: User, seconds: int, why: str) -> None:
    """Record that it is over: `why` is one of "asked", "time", "sign_out", "rights"; `seconds` how long it took."""
    audit.record(by=by, action="view_as_end", target=target, changes={"seconds": [None, seconds]})
    security_event("view_as_ended", user=by, target=target.pk, why=why)


def why_not(target: User, *, by: User) -> str:
    """Why this person cannot be looked at as, "" when they can: nobody borrows the eyes of who runs the portal."""
    if target.pk == by.pk:
        return _("This is yourself.")
    if target.is_service:
        return _("A program has no pages to look at.")
    if not target.is_active:
        return _("This account is deactivated.")
    if target.is_superuser or Access.of(target).is_administrator:
        return _("Nobody looks at the portal as another administrator.")
    return ""
