"""API tokens: `pmo_<8 characters>_<43 characters>`, recognisable by leak scanners, stored as an HMAC with a pepper.

A pepper is rotated by putting the new one first: tokens hashed with an older pepper keep working and are re-hashed at use.
A token is rotated by giving it a new secret; the one it had works on for the hours its owner chose, so that programs can follow.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from pmo_portal.core.models import ApiToken, User
from pmo_portal.core.networks import is_within
from pmo_portal.core.scopes import EVERYTHING

PREFIX = "pmo"
PATTERN = re.compile(r"pmo_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")
LONGEST_LIFE = timedelta(days=365)
LONGEST_OVERLAP = timedelta(hours=24)
USUAL_LIFE = timedelta(days=90)


def digest(secret: str, pepper: str) -> str:
    """Hex HMAC-SHA-256 of the secret part of a token."""
    return hmac.new(pepper.encode(), secret.encode(), hashlib.sha256).hexdigest()


def issue(
    *,
    user: User,
    name: str,
    scopes: Sequence[str] = EVERYTHING,
    expires_at: datetime | None = None,
    nodes: Sequence[int] = (),
    projects: Sequence[int] = (),
    networks: Sequence[str] = (),
) -> tuple[ApiToken, str]:
    """Make a token and return it with its full text, which is never readable again. It lives 90 days unless told otherwise."""
    key_id = "".join(secrets.choice("abcdefghijklmnopqrstuvwxyz234567") for _place in range(8))
    secret = secrets.token_urlsafe(32)
    now = timezone.now()
    token = ApiToken.objects.create(
        user=user,
        name=name,
        key_id=key_id,
        digest=digest(secret, settings.TOKEN_PEPPERS[0]),
        secret_at=now,
        expires_at=expires_at or now + USUAL_LIFE,
        scopes=list(scopes),
        nodes=list(nodes),
        projects=list(projects),
        networks=list(networks),
    )
    return token, text_of(token, secret)


def renew(token: ApiToken, *, overlap: timedelta, expires_at: datetime) -> str:
    """Give a held token a new secret and return its full text; the former one works on for `overlap`."""
    now, secret = timezone.now(), secrets.token_urlsafe(32)
    token.former_digest = token.digest if overlap else ""
    token.former_until = min(now + overlap, token.expires_at) if overlap else None
    token.digest, token.secret_at, token.expires_at = digest(secret, settings.TOKEN_PEPPERS[0]), now, expires_at
    token.leaked_at = None
    token.save(update_fields=["digest", "former_digest", "former_until", "secret_at", "expires_at", "leaked_at"])
    return text_of(token, secret)


def text_of(token: ApiToken, secret: str) -> str:
    return f"{PREFIX}_{token.key_id}_{secret}"


def find_token(text: str, address: str | None = None) -> ApiToken | None:
    """The live token this text opens, or None. Without `address`, from wherever."""
    token, refused = judge(text, address)
    return None if refused else token


def judge(text: str, address: str | None) -> tuple[ApiToken | None, str]:
    """(the token the text names, '' when it is good or why not: unknown, wrong, expired, inactive or address)."""
    prefix, _sep, rest = text.partition("_")
    key_id, _sep, secret = rest.partition("_")
    if prefix != PREFIX or not secret:
        return None, "unknown"
    token = ApiToken.objects.select_related("user").filter(key_id=key_id).first()
    if token is None:
        return None, "unknown"
    now = timezone.now()
    pepper = matching(token.digest, secret)
    former = not pepper and matching(token.former_digest, secret)
    if not pepper and not (former and token.former_until and token.former_until > now):
        return token, "wrong"
    if token.expires_at <= now:
        return token, "expired"
    if not token.user.is_active:
        return token, "inactive"
    if address is not None and token.networks and not is_within(address, token.networks):
        return token, "address"
    _remember_use(token, secret, pepper, now)
    return token, ""


def find_by_secret(text: str) -> ApiToken | None:
    """The token this text once opened, whether it still does or not."""
    found = PATTERN.fullmatch(text)
    token = ApiToken.objects.select_related("user").filter(key_id=found[1]).first() if found else None
    known = found and token and (matching(token.digest, found[2]) or matching(token.former_digest, found[2]))
    return token if known else None


def matching(kept: str, secret: str) -> str:
    """The pepper with which `kept` was made of this secret; '' when it was not."""
    found = [pepper for pepper in settings.TOKEN_PEPPERS if hmac.compare_digest(kept, digest(secret, pepper))]
    return found[0] if found else ""


def _remember_use(token: ApiToken, secret: str, pepper: str, now: datetime) -> None:
    """When it was last used, to the minute; and its secret under the newest pepper, unless it was rotated meanwhile."""
    newest = settings.TOKEN_PEPPERS[0]
    if token.last_used_at is None or now - token.last_used_at > timedelta(minutes=1):
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    if pepper and pepper != newest:
        ApiToken.objects.filter(pk=token.pk, digest=token.digest).update(digest=digest(secret, newest))
