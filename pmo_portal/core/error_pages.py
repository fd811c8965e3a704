"""What somebody reads when it did not work: plain words, a reference that finds the log lines, a way back, and no details.

Under /api/ the same is a problem document (core/api/problems.py answers there what reaches the API itself).
"""

import json

from django.core.exceptions import DisallowedHost
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

from pmo_portal.core import outage, trace
from pmo_portal.core.security_events import security_event

RETRY_SECONDS = 300  # after too many tries


def bad_day(request: HttpRequest, why: str) -> HttpResponse:
    """400: the day in the address is none, or has not come yet; with a way to another one."""
    return render(request, "400.html", {"status": 400, "why": why}, status=400)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: Django refused the request before a view saw it (a foreign host name, too many fields, a broken form)."""
    name = "host_refused" if isinstance(exception, DisallowedHost) else "request_refused"
    security_event(name, address=request.META.get("REMOTE_ADDR", ""), path=request.path, why=type(exception).__name__)
    return bare(request, 400)


@requires_csrf_token
def error_page(request: HttpRequest, exception: Exception | None = None, *, status: int) -> HttpResponse:
    """403 and 404 in plain words, with a reference and a way back."""
    context = {
        "status": status,
        "reference": trace.current().request_id,
        "why": str(exception) if status == 403 else "",
    }
    return render(request, f"{status}.html", context, status=status)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    security_event("permission_refused", request=request)
    return error_page(request, exception, status=403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return error_page(request, exception, status=404)


def too_many(request: HttpRequest) -> HttpResponse:
    """429: a limit of the sign-in pages was reached."""
    answer = render(request, "429.html", {"status": 429}, status=429)
    answer.headers["Retry-After"] = str(RETRY_SECONDS)
    return answer


def server_error(request: HttpRequest) -> HttpResponse:
    away = outage.database_is_away()
    answer = bare(request, 500, away=away)
    return outage.unavailable(request, answer) if away else answer


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """An expired or foreign form."""
    security_event("csrf_refused", request=request, reason=reason)
    return render(request, "403_csrf.html", {"status": 403, "reference": trace.current().request_id}, status=403)


def bare(request: HttpRequest, status: int, *, away: bool = False) -> HttpResponse:
    """A page that needs neither the database nor the session nor a context processor."""
    reference = trace.current().request_id
    if request.path.startswith("/api/"):
        title = _("The request is not valid") if status == 400 else _("Internal error")
        told = {"type": "about:blank", "title": title, "status": status, "detail": title, "errors": []}
        return HttpResponse(json.dumps(told), content_type="application/problem+json", status=status)
    words = {"status": status, "reference": reference, "language": translation.get_language(), "away": away}
    return render(None, "500.html", words, status=status)
