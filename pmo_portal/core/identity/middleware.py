"""What ends a session in time, and what keeps whoever still owes a second factor at the door."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse

from pmo_portal.core.identity import sessions
from pmo_portal.core.identity.journal import tell

GetResponse = Callable[[HttpRequest], HttpResponse]


class SessionClockMiddleware:
    """Ends a session that was idle for too long or is too old; the request goes on as a stranger's. Costs no statement."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user: Any = request.user
        if user.is_authenticated:
            if reason := sessions.why_over(request):
                tell("session_ended", request=request, user=user, by=user, reason=reason)
                logout(request)
            else:
                sessions.remember(request)
        return self.get_response(request)
