"""API tokens: made, rotated and revoked by their owner, or for a service account by those who manage accounts."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import editing, tokens, trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import ApiToken, User
from pmo_portal.core.scopes import check_scopes
from pmo_portal.core.security_events import security_event
from projects.access.policy import MANAGE_ACCOUNTS, allowed_everywhere

MOST = 20


def create_token(
    *,
    by: User,
    owner: User,
    name: str,
    scopes: Sequence[str],
    days: int,
    nodes: Sequence[int] = (),
    projects: Sequence[int] = (),
    networks: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """A token of `owner` and its full text, which is never readable again."""
    check_manages(owner, by=by)
    with editing.writing():
        editing.hold(User, owner.pk)  # of many at once, each sees how many there are
        if ApiToken.objects.filter(user=owner).count() >= MOST:
            raise DomainError(
                _("There are already %(count)s tokens. Revoke one that is no longer used.") % {"count": MOST}
            )
        check(scopes)
        with trace.acting(by):
            token, text = tokens.issue(
                user=owner, name=name, scopes=scopes, expires_at=timezone.now() + life(days), nodes=nodes,
                projects=projects, networks=networks,
            )  # fmt: skip
    security_event("token_created", user=owner, by=by.pk, key_id=token.key_id, scopes=" ".join(scopes))
    return token, text


def rotate_token(*, by: User, token: ApiToken, overlap_hours: int, days: int) -> tuple[ApiToken, str]:
    """A new secret for the token, for `days` from now; the former one works on for `overlap_hours`, at most 24."""
    check_manages(token.user, by=by)
    overlap = timedelta(hours=overlap_hours)
    if not timedelta() <= overlap <= tokens.LONGEST_OVERLAP:
        raise DomainError(_("The former token works on for 24 hours at most."), field="overlap_hours")
    with editing.writing():
        held = editing.hold(ApiToken, token.pk)
        with trace.acting(by, action="rotate"):
            text = tokens.renew(held, overlap=overlap, expires_at=timezone.now() + life(days))
    security_event("token_rotated", user=token.user, by=by.pk, key_id=token.key_id, overlap_hours=overlap_hours)
    return held, text


def revoke_token(*, by: User, token: ApiToken) -> None:
    """End a token at once."""
    check_manages(token.user, by=by)
    with editing.writing():
        held = editing.hold(ApiToken, token.pk)
        with trace.acting(by, action="revoke"):
            held.delete()
    security_event("token_revoked", user=token.user, by=by.pk, key_id=token.key_id)


def manages(owner: User, *, by: User) -> bool:
    """One's own tokens are nobody else's business; those of a service account belong to whoever manages accounts."""
    return allowed_everywhere(by, MANAGE_ACCOUNTS) if owner.is_service else owner.pk == by.pk


def check_manages(owner: User, *, by: User) -> None:
    if not manages(owner, by=by):
        raise NotAllowed(_("This token belongs to someone else."))


def check(scopes: Sequence[str]) -> None:
    try:
        check_scopes(scopes)
    except ValidationError as error:
        raise DomainError(error.messages[0]) from error


def life(days: int) -> timedelta:
    if not timedelta() < timedelta(days=days) <= tokens.LONGEST_LIFE:
        raise DomainError(_("A token lives one year at most."), field="days")
    return timedelta(days=days)
