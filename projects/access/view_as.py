"""The middleware of "see as…": the request of an administrator is answered as if someone else had asked, and changes nothing.

The session keeps whom, since when and until when; each request asks anew whether it may go on. What is refused is refused three
times: by method, by page (what belongs to a person alone stays closed), and by the database connection itself. Nothing is ever
done in the name of the person looked at: whoever acts is still the administrator, `request.real_user`.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from django.contrib.auth import SESSION_KEY
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import Resolver404, resolve
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.api.problems import MEDIA_TYPE, TYPE, words_of
from pmo_portal.core.error_pages import error_page
from pmo_portal.core.models import User
from projects.access.backend import PolicyBackend
from projects.access.policy import VIEW_AS, allowed_everywhere
from projects.access.services.viewing import LONGEST_LOOK, end_viewing, why_not

KEY, OVER = "view_as", "view_as_over"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
SIGN_OUT = frozenset({"core:sign-out", "account_logout"})
ENDS = SIGN_OUT | {"projects:view-as-end"}
# What is open while looking; accounts, factors, sessions, tokens and preferences belong to the person alone.
APPS = frozenset({"projects", "portfolio", "reporting"})
PAGES = frozenset({"core:home", "core:help", "core:search", "healthz"})
READS = re.compile(
    r"(?:\s|/\*.*?\*/)*(SELECT|WITH|SHOW|EXPLAIN|SET|SAVEPOINT|RELEASE|ROLLBACK|DECLARE|FETCH|CLOSE)\b", re.IGNORECASE
)
WRITES = re.compile(r"\b(INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|MERGE\s+INTO)\b", re.IGNORECASE)

NOTHING_CHANGED = _("You are looking at the portal as someone else: nothing can be changed.")
THEIRS_ALONE = _("This page belongs to this person alone. It stays closed while you look as them.")


@dataclass(frozen=True, slots=True)
class Look:
    """What the banner says."""

    target: User
    until: datetime

    @property
    def minutes(self) -> int:
        """Left, rounded up."""
        return max(1, -int(-(self.until - timezone.now()).total_seconds() // 60))


class ViewAsMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        kept = request.session.get(KEY)
        if kept is None:
            return self.get_response(request)
        target = User.objects.get(pk=kept["user"])  # accounts are never deleted
        real = request.user
        name = view_name(request)
        reason = over(real, target, kept) or ("sign_out" if name in SIGN_OUT and request.method == "POST" else "")
        if reason:
            leave(request, target, reason)
        if reason or name in ENDS:
            return self.get_response(request)
        seen = PolicyBackend().get_user(target.pk)
        request.real_user, request.user = real, seen  # type: ignore[attr-defined,assignment]
        request.view_as = Look(cast(User, seen), datetime.fromisoformat(kept["until"]))  # type: ignore[attr-defined]
        if request.method not in SAFE:
            return refused(request, NOTHING_CHANGED)
        if not is_open(name):
            return refused(
                request, _("This page belongs to this person alone. It stays closed while you look as them.")
            )
        with looking():
            return self.get_response(request)


def begin(request: HttpRequest, target: User) -> None:
    """From the next request on, for half an hour."""
    now = timezone.now()
    kept = {"user": target.pk, "since": now.isoformat(), "until": (now + LONGEST_LOOK).isoformat()}
    request.session[KEY] = kept


def leave(request: HttpRequest, target: User, why: str) -> None:
    """Out of the session and into the audit log."""
    kept = request.session.pop(KEY)
    seconds = int((timezone.now() - datetime.fromisoformat(kept["since"])).total_seconds())
    by = User.objects.get(pk=request.session[SESSION_KEY])  # who may be signed out by now
    end_viewing(by=by, target=target, seconds=seconds, why=why)
    if why in ("time", "rights"):
        request.session[OVER] = target.label


def over(real: Any, target: User, kept: dict[str, Any]) -> str:
    """Why it cannot go on, "" when it can."""
    if datetime.fromisoformat(kept["until"]) <= timezone.now():
        return "time"
    return "" if real.is_active and allowed_everywhere(real, VIEW_AS) and not why_not(target, by=real) else "rights"


def view_name(request: HttpRequest) -> str:
    try:
        return resolve(request.path_info).view_name
    except Resolver404:
        return ""


def is_open(name: str) -> bool:
    """Whether a page of this name is for looking at; an address that leads nowhere may say so."""
    open_to_all = name in PAGES or name.partition(":")[0] in APPS or name.startswith("api-")
    return not name or (open_to_all and "token" not in name)


def refused(request: HttpRequest, words: Promise) -> HttpResponse:
    """403 in the language of the page, as a page or as the API says it."""
    with translation.override(cast(User, request.user).language):
        if not request.path_info.startswith("/api/"):
            return error_page(request, PermissionDenied(str(words)), status=403)
        slug, title = words_of(403)
        body = {"type": TYPE + slug, "title": title, "status": 403, "detail": str(words), "errors": []}
        return JsonResponse(body, status=403, content_type=MEDIA_TYPE)


@contextmanager
def looking() -> Iterator[None]:
    """Nothing is written in here. In front of the other wrappers: they put words of their own before a statement."""
    connection.execute_wrappers.insert(0, only_reads)
    try:
        yield
    finally:
        connection.execute_wrappers.remove(only_reads)


def only_reads(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
    """Refuse any statement that would change a row, whichever page sends it."""
    text = sql if isinstance(sql, str) else sql.as_string(context["cursor"].cursor)
    if not READS.match(text) or WRITES.search(text):
        raise PermissionDenied(str(NOTHING_CHANGED))
    return execute(sql, params, many, context)
