"""What every request carries: an id that joins logs, SQL and audit rows, who asks, and a language."""

import logging
import re
import time
from collections.abc import Callable

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from pmo_portal.core import error_pages, trace
from pmo_portal.core.as_of import NoSuchDay, asked_day
from pmo_portal.core.caller import address_of

log = logging.getLogger("pmo.request")
QUIET = ("/healthz", "/readyz")  # asked every few seconds, by machines
METHODS = (
    "GET",
    "HEAD",
    "POST",
    "PUT",
    "PATCH",
    "DELETE",
    "OPTIONS",
)  # TRACE and the like would reach views that mean GET

GetResponse = Callable[[HttpRequest], HttpResponse]
_REQUEST_ID = re.compile(r"[A-Za-z0-9-]{8,40}")


class RequestContextMiddleware:
    """Opens the trace of a request (`page` or `api`); a sane X-Request-ID given by a proxy is kept, and answered back."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        source = "api" if request.path_info.startswith("/api/") else "page"
        identity = given if _REQUEST_ID.fullmatch(given) else trace.fresh_id()  # never one that a thread has left over
        started = time.monotonic()
        with trace.tracing(source=source, request_id=identity) as opened:
            trace.acts(None)  # nobody a thread has left over
            known = request.method in METHODS
            response = self.get_response(request) if known else HttpResponseNotAllowed(METHODS)
            tell(request, response, milliseconds=round((time.monotonic() - started) * 1000, 1))
        response["X-Request-ID"] = opened.request_id
        return response


class RateLimitMiddleware:
    """Tells a caller of the API how many requests are left (`core.api.throttling` counts them)."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        verdict = getattr(request, "rate_limit", None)
        if verdict is not None:
            for name, told in verdict.headers.items():
                response[name] = told
        return response


def tell(request: HttpRequest, response: HttpResponse, *, milliseconds: float) -> None:
    """One line of the web log. Without the query: what people search for is theirs."""
    if request.path_info not in QUIET:
        what = f"{request.method} {request.path} {response.status_code}"
        told = {
            "method": request.method,
            "path": request.path,
            "status": response.status_code,
            "milliseconds": milliseconds,
            "address": address_of(request),
        }
        log.info("%s", f"{what} {milliseconds} ms", extra={"event": "request", "details": told})


class ActorMiddleware:
    """From here on log lines, SQL and audit rows know who asks."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        trace.acts(request.user.pk)
        return self.get_response(request)


class UserLanguageMiddleware:
    """The signed-in user's language; else the language cookie, then Accept-Language, then French."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        language = user.language if user.is_authenticated else chosen_language(request)
        with translation.override(language):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        if not user.is_authenticated:
            patch_vary_headers(response, ("Accept-Language", "Cookie"))
        response.setdefault("Content-Language", language)
        return response


class NoNulMiddleware:
    """A page whose address holds a NUL character names nothing: no text in PostgreSQL has one. The API refuses by itself."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        told = [request.path_info, *(value for _name, values in request.GET.lists() for value in values)]
        if not request.path_info.startswith("/api/") and any("\0" in value for value in told):
            raise Http404
        return self.get_response(request)


class AskedDayMiddleware:
    """A page asked as of a day that is none, or not yet, says so instead of showing today. The API has its own answer."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "as_of" in request.GET and request.user.is_authenticated and not request.path_info.startswith("/api/"):
            try:
                asked_day(request)
            except NoSuchDay as wrong:
                return error_pages.bad_day(request, str(wrong))
        return self.get_response(request)


def chosen_language(request: HttpRequest) -> str:
    """Language of someone not signed in, among those the site speaks."""
    known = dict(settings.LANGUAGES)
    cookie = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if cookie in known:
        return cookie
    for accepted, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        if accepted.partition("-")[0] in known:
            return accepted.partition("-")[0]
    return settings.LANGUAGE_CODE
