"""The API over plain HTTP is refused.

A page is sent on to HTTPS, since a person typed its address; a program that is sent on would go on sending its token in clear at
each call, and nobody would notice.
"""

import json
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from pmo_portal.core import token_leaks, tokens
from pmo_portal.core.api.problems import MEDIA_TYPE, TYPE
from pmo_portal.core.security_events import security_event


class PlainHttpMiddleware:
    """403 for `/api/` where pages are redirected to HTTPS; a token that came along is marked as seen by others."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not settings.SECURE_SSL_REDIRECT or request.is_secure() or not request.path.startswith("/api/"):
            return self.get_response(request)
        token = tokens.find_by_secret(request.headers.get("Authorization", "").partition(" ")[2].strip())
        if token is not None:
            token_leaks.remember(token)
            security_event("token_leaked", request=request, user=token.user, key_id=token.key_id, known=True)
        why = _("The API answers over HTTPS only. A token that was sent here was sent in clear: rotate it.")
        told = {"type": f"{TYPE}not-allowed", "title": _("Not allowed"), "status": 403, "detail": why, "errors": []}
        return HttpResponse(json.dumps(told), content_type=MEDIA_TYPE, status=403)
