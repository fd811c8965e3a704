"""The one shape of an error (RFC 9457, application/problem+json), whatever went wrong and wherever it was noticed.

`errors` lists the culprits: `path` is the dotted path of a field of the body, `?name` for a query parameter, '' for the whole;
`rule` and `kind` are those of a numbered rule of the domain (VR-16), where one refuses.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.signals import got_request_exception
from django.http import Http404, HttpRequest
from django.utils.translation import gettext as _
from rest_framework import exceptions, status
from rest_framework.response import Response
from rest_framework.settings import api_settings

from pmo_portal.core import outage
from pmo_portal.core.editing import Busy, InvalidFields
from pmo_portal.core.errors import DomainError, SeveralErrors, TooMuch
from pmo_portal.core.security_events import security_event

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
TYPE = "urn:pmo-portal:problem:"
RETRY_SECONDS = 1

Errors = list[dict[str, str]]


class PreconditionRequired(exceptions.APIException):
    """A change without `If-Match`: nobody said which version they saw."""

    status_code = status.HTTP_428_PRECONDITION_REQUIRED


class Stale(exceptions.APIException):
    """The version seen is not the stored one; `current` is the row as it is now, `errors` the fields that differ if known."""

    status_code = status.HTTP_412_PRECONDITION_FAILED

    def __init__(self, *, current: dict[str, Any], etag: str, errors: Errors | None = None) -> None:
        super().__init__()
        self.errors = errors
        self.current = current
        self.etag = etag


def problem_handler(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """Any exception as a problem; what nobody foresaw is logged and told without its details (None while debugging)."""
    if isinstance(exc, DomainError | PermissionDenied | exceptions.PermissionDenied):
        tell_refusal(exc, context["request"]._request)
    if isinstance(exc, DomainError):
        return refused(exc)
    if isinstance(exc, Http404):
        exc = exceptions.NotFound()
    if isinstance(exc, PermissionDenied):
        exc = exceptions.PermissionDenied()
    if isinstance(exc, exceptions.APIException):
        return foreseen(exc)
    if outage.database_is_away(exc):
        retry = {"Retry-After": str(outage.RETRY_SECONDS)}
        return answer(503, _("The database does not answer; try again in a moment."), headers=retry)
    if settings.DEBUG:
        return None
    got_request_exception.send(sender=None, request=context["request"]._request)
    log.error("unforeseen error in the API", exc_info=exc)
    return answer(500, _("Something went wrong on our side. It was recorded under the request id."))


def tell_refusal(exc: Exception, request: HttpRequest) -> None:
    """A 403 is an event of the security log, a rule of the domain is not."""
    told = str(exc)
    if told.startswith("CSRF Failed: "):
        security_event("csrf_refused", request=request, reason=told.removeprefix("CSRF Failed: "))
    elif hasattr(exc, "scope"):
        pass  # told by who missed it, with its name
    elif not isinstance(exc, DomainError) or exc.status == status.HTTP_403_FORBIDDEN:
        security_event("permission_refused", request=request)


def answer(
    code: int,
    detail: str,
    *,
    errors: Errors | None = None,
    headers: Mapping[str, str] | None = None,
    busy: bool = False,
    **more: Any,
) -> Response:
    """A problem of this status; `more` are members of its own, such as `current`."""
    slug, title = busy_words() if busy else words_of(code)
    told = [{name: writable(text) for name, text in one.items()} for one in errors or []]
    body = {"type": TYPE + slug, "title": title, "status": code, "detail": writable(detail), "errors": told, **more}
    return Response(body, status=code, headers=dict(headers or {}), content_type=MEDIA_TYPE)


def writable(text: str) -> str:
    """The text without half characters (lone surrogates), which a message may quote from a request and JSON cannot carry."""
    return text.encode("utf-8", "replace").decode()


def busy_words() -> tuple[str, str]:
    """The other 409: trying again is safe, and may go well."""
    return "busy", _("Someone else is changing the same records")


def words_of(code: int) -> tuple[str, str]:
    """(last part of `type`, title) of a status."""
    known = {
        400: ("invalid", _("The request is not valid")),
        401: ("sign-in", _("Sign in first")),
        403: ("not-allowed", _("Not allowed")),
        404: ("not-found", _("Not found")),
        405: ("method", _("This method does not exist here")),
        406: ("not-acceptable", _("Not answered in this format")),
        409: ("conflict", _("What is stored does not allow this")),
        412: ("stale", _("Someone saved this meanwhile")),
        415: ("media-type", _("Only JSON is read")),
        422: ("refused", _("A rule refuses this change")),
        428: ("no-version", _("Say which version you saw")),
        429: ("too-many", _("Too many requests")),
        503: ("away", _("The database does not answer")),
    }
    return known.get(code, ("internal", _("Internal error")))


def refused(exc: DomainError) -> Response:
    """What a service refused. Values that fields refuse are an invalid request; rules of the domain are 422."""
    if isinstance(exc, InvalidFields):
        found = [{"path": name, "message": str(text)} for name, texts in exc.errors.items() for text in texts]
        return answer(400, found[0]["message"], errors=found)
    if isinstance(exc, SeveralErrors):
        return answer(exc.status, exc.message, errors=exc.errors)
    errors = [{"path": exc.field, "message": exc.message}] if exc.field else []
    if isinstance(exc, Busy):
        return answer(exc.status, exc.message, errors=errors, headers={"Retry-After": str(RETRY_SECONDS)}, busy=True)
    wait = {"Retry-After": str(exc.wait)} if isinstance(exc, TooMuch) else {}
    return answer(exc.status, exc.message, errors=errors, headers=wait)


def foreseen(exc: exceptions.APIException) -> Response:
    code = exc.status_code
    headers = {}
    if (scheme := getattr(exc, "auth_header", None)) is not None:
        headers["WWW-Authenticate"] = str(scheme)
    if (wait := getattr(exc, "wait", None)) is not None:
        headers["Retry-After"] = str(int(wait) + 1)
    if isinstance(exc, Stale):
        detail = _("Nothing was saved. Compare with `current`, then send your change again with its version.")
        return answer(code, detail, errors=exc.errors, headers={"ETag": exc.etag}, current=exc.current)
    if isinstance(exc, exceptions.ValidationError):
        errors = list(flattened(exc.detail))
        return answer(code, _("See `errors` for each field and its remedy."), errors=errors)
    if isinstance(exc, exceptions.NotFound):  # word for word the same whether it is hidden or does not exist
        return answer(code, _("It does not exist, or it is outside what you may see."))
    if (scope := getattr(exc, "scope", None)) is not None:
        return answer(code, str(exc.detail), headers=headers, missing_scope=scope)
    return answer(code, str(exc.detail), headers=headers)


def flattened(detail: Any, path: str = "") -> Iterator[dict[str, str]]:
    """A nested validation error as (path, message) pairs."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            step = "" if name == api_settings.NON_FIELD_ERRORS_KEY else str(name)
            yield from flattened(inner, ".".join(part for part in (path, step) if part))
    elif isinstance(detail, list):
        for position, inner in enumerate(detail):
            nested = isinstance(inner, Mapping | list)
            yield from flattened(inner, f"{path}.{position}".lstrip(".") if nested else path)
    else:
        yield {"path": path, "message": str(detail)}
