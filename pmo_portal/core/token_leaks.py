"""A token in an address is lost: proxies, histories and logs keep addresses. It is refused there, and its owner is told."""

from collections.abc import Callable
from urllib.parse import unquote

import orjson
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import error_pages, tokens, trace
from pmo_portal.core.api.problems import MEDIA_TYPE, answer
from pmo_portal.core.api.rendering import plain
from pmo_portal.core.models import ApiToken
from pmo_portal.core.security_events import security_event


class TokenLeakMiddleware:
    """Refuses a request with something that looks like a token in its address, whatever else it carries."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        found = tokens.PATTERN.search(unquote(f"{request.path_info}?{request.META.get('QUERY_STRING', '')}"))
        if found is None:
            return self.get_response(request)
        token = tokens.find_by_secret(found[0])
        if token is not None:
            remember(token)
        security_event(
            "token_leaked", request=request, user=token and token.user, key_id=found[1], known=token is not None
        )
        return refused(request)


def remember(token: ApiToken) -> None:
    """Marks the token, once, for its page and its history."""
    with trace.acting(None, action="leak"):
        ApiToken.objects.filter(pk=token.pk, leaked_at=None).update(leaked_at=timezone.now())


def forget_address(request: HttpRequest) -> None:
    """A page repeats its address in its forms; this one's is told to nobody again."""
    request.path = request.path_info = "/"
    request.META["QUERY_STRING"] = ""
    request.GET = QueryDict()


def refused(request: HttpRequest) -> HttpResponse:
    why = _("A token never goes into an address: send it in the header Authorization. This one was seen: rotate it.")
    if not request.path_info.startswith("/api/"):
        forget_address(request)
        return error_pages.error_page(request, PermissionDenied(why), status=403)
    problem = answer(400, why)
    body = orjson.dumps(problem.data, default=plain)
    return HttpResponse(body, status=400, content_type=MEDIA_TYPE, headers={"Cache-Control": "private, no-store"})
