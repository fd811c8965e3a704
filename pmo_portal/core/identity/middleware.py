"""What ends a session in time, and what keeps whoever still owes a second factor at the door."""

from collections.abc import Callable
from typing import Any

from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from rest_framework.views import APIView

from pmo_portal.core.identity import sessions
from pmo_portal.core.identity.factors import owes_factor
from pmo_portal.core.identity.journal import tell

# What it takes to set up a factor, and to leave.
SETTING_UP = frozenset({
    "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "mfa_view_recovery_codes", "account_reauthenticate",
    "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "account_logout", "core:sign-out", "core:appearance",
    "openid_connect_login", "saml_login",
})  # fmt: skip
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


class SecondFactorMiddleware:
    """Whoever has a role that needs a second factor, and none yet, is led to set one up and reaches nothing else.

    The API by session answers 403 (`core.identity.api_session`); a token is not a session and is not asked.
    """

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not request.user.is_authenticated or not getattr(view, "login_required", True):
            return None  # what a stranger may reach, so may they
        if issubclass(getattr(view, "cls", object), APIView):
            return None
        match = request.resolver_match
        if (match and match.view_name in SETTING_UP) or not owes_factor(request):
            return None
        return redirect("mfa_index")
