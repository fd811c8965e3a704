"""Sessions: how long one lives, how a person sees and ends theirs, and how all of somebody's are ended at once."""

import time
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import F
from django.http import HttpRequest
from django.utils import timezone

from pmo_portal.core.caller import address_of
from pmo_portal.core.models import User

BEGUN, SEEN, FACTOR = (
    "identity_begun",
    "identity_seen",
    "identity_factor",
)  # keys: two Unix times, and whether a second factor exists
SEEN_EVERY = 60  # seconds: how often "last seen" is written


def begin(request: HttpRequest) -> None:
    """Start the two clocks of a session that was just signed in."""
    request.session[BEGUN] = request.session[SEEN] = int(time.time())


def renew(request: HttpRequest) -> None:
    """Give this session another key, so that the one somebody may have copied is dead; the list keeps its line."""
    former = request.session.session_key
    request.session.cycle_key()
    UserSession.objects.filter(session_key=former).update(session_key=request.session.session_key)


def why_over(request: HttpRequest) -> str:
    """ "idle" or "absolute" when the session has lived too long, else "". A session without clocks is older than they are."""
    now = time.time()
    if now - request.session.get(BEGUN, 0) >= settings.IDENTITY.absolute_seconds:
        return "absolute"
    return "idle" if now - request.session.get(SEEN, 0) >= settings.IDENTITY.idle_seconds else ""


def remember(request: HttpRequest) -> None:
    """Note that the person is there: at most once a minute, and never for a page that asks by itself what changed."""
    by_itself = request.method == "GET" and request.headers.get("X-Requested-With") == "fetch"
    if by_itself or time.time() - request.session.get(SEEN, 0) < SEEN_EVERY:
        return
    request.session[SEEN] = int(time.time())
    rows = UserSession.objects.filter(session_key=request.session.session_key)
    rows.update(last_seen_at=timezone.now(), ip=address_of(request), user_agent=agent_of(request))


def agent_of(request: HttpRequest) -> str:
    return request.headers.get("User-Agent", "")[:200]


def end_all(user: User, *, but: str = "") -> int:
    """End every session of somebody, known to the list or not, except the one with the key `but`; how many the list held.

    The number in the session's hash moves on, so a cookie that escaped the list is dead too. Whoever keeps one session has to
    renew its hash (`django.contrib.auth.update_session_auth_hash`).
    """
    User.objects.filter(pk=user.pk).update(session_epoch=F("session_epoch") + 1)
    user.refresh_from_db(fields=["session_epoch"])
    return end_listed(user, but=but)


def end_listed(user: User, *, but: str) -> int:
    """Delete the sessions on the person's list, except the one with the key `but`; how many there were."""
    rows = UserSession.objects.filter(user=user).exclude(session_key=but)
    keys = list(rows.values_list("session_key", flat=True))
    Session.objects.filter(session_key__in=keys).delete()
    rows.delete()
    return len(keys)


def end_one(user: User, pk: int) -> UserSession | None:
    """End one session of one's own; None when there is no such session."""
    row = UserSession.objects.filter(user=user, pk=pk).first()
    if row is not None:
        Session.objects.filter(session_key=row.session_key).delete()
        row.delete()
    return row


def sessions_of(user: User) -> list[UserSession]:
    """The sessions that still live, the last seen first, in two statements."""
    rows = list(UserSession.objects.filter(user=user).order_by("-last_seen_at"))
    alive = Session.objects.filter(session_key__in=[row.session_key for row in rows], expire_date__gt=timezone.now())
    keys = set(alive.values_list("session_key", flat=True))
    return [row for row in rows if row.session_key in keys]


def device_of(agent: str) -> str:
    """ "Firefox · Windows" from what the browser says of itself; the first words of it when unknown."""
    browsers = (
        ("Edg/", "Edge"),
        ("OPR/", "Opera"),
        ("Firefox/", "Firefox"),
        ("Chrome/", "Chrome"),
        ("Safari/", "Safari"),
    )
    systems = (
        ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Mac OS", "macOS"),
        ("Linux", "Linux"),
    )  # fmt: skip
    found = [next((name for mark, name in known if mark in agent), "") for known in (browsers, systems)]
    return " · ".join(part for part in found if part) or agent[:40] or "?"


def clear_marks(session: Any) -> None:
    """Forget what was known of the second factor: it is asked again at the next request that needs it."""
    session.pop(FACTOR, None)
