"""API tokens: `pmo_<8 characters>_<43 characters>`, recognisable by leak scanners, stored as an HMAC with a pepper.

A pepper is rotated by putting the new one first: tokens hashed with an older pepper keep working and are re-hashed at use.
"""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from pmo_portal.core import trace
from pmo_portal.core.models import ApiToken, User

PREFIX = "pmo"


def digest(secret: str, pepper: str) -> str:
    """Hex HMAC-SHA-256 of the secret part of a token."""
    return hmac.new(pepper.encode(), secret.encode(), hashlib.sha256).hexdigest()


def issue(*, user: User, name: str, expires_at: datetime | None = None) -> tuple[ApiToken, str]:
    """Make a token and return it with its full text, which is never readable again."""
    key_id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _place in range(8))
    secret = secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name, key_id=key_id, digest=digest(secret, settings.TOKEN_PEPPERS[0]), expires_at=expires_at
    )
    return token, f"{PREFIX}_{key_id}_{secret}"


def find_token(text: str) -> ApiToken | None:
    """The live token this text opens, or None (wrong, expired, or of an inactive user)."""
    prefix, _sep, rest = text.partition("_")
    key_id, _sep, secret = rest.partition("_")
    if prefix != PREFIX or not secret:
        return None
    token = ApiToken.objects.select_related("user").filter(key_id=key_id).first()
    if token is None or not token.user.is_active or (token.expires_at and token.expires_at <= timezone.now()):
        return None
    matching = [p for p in settings.TOKEN_PEPPERS if hmac.compare_digest(token.digest, digest(secret, p))]
    if not matching:
        return None
    _remember_use(token, secret, matching[0])
    return token


def _remember_use(token: ApiToken, secret: str, pepper: str) -> None:
    now, newest = timezone.now(), settings.TOKEN_PEPPERS[0]
    changed: dict[str, object] = {}
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        changed["last_used_at"] = now
    if pepper != newest:
        changed["digest"] = digest(secret, newest)
    if changed:
        ApiToken.objects.filter(pk=token.pk).update(**changed)


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token pmo_…`; a wrong token is always 401, never a silent anonymous request."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _sep, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "token":
            return None
        token = find_token(text.strip())
        if token is None:
            raise exceptions.AuthenticationFailed(_("This token is wrong, expired or revoked."))
        trace.acts(token.user.pk)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"
