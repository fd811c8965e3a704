"""Who calls the API with a token: its owner, as far as the token's limits go."""

from dataclasses import replace

from django.utils.translation import gettext as _
from rest_framework import authentication, exceptions
from rest_framework.request import Request

from pmo_portal.core import scopes, tokens, trace
from pmo_portal.core.api.throttling import count, of_strangers
from pmo_portal.core.caller import address_of
from pmo_portal.core.models import ApiToken, User
from pmo_portal.core.security_events import security_event
from projects.access.limited import LimitedAccess
from projects.hierarchy.visibility import MONEY_GROUPS, Access

SCHEMES = ("token", "bearer")


class TokenAuthentication(authentication.BaseAuthentication):
    """`Authorization: Token pmo_…` (or `Bearer`); a wrong token is always 401, never a silent anonymous request."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        scheme, _sep, text = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() not in SCHEMES:
            return None
        address = address_of(request._request)
        token, refused = tokens.judge(text.strip(), address)
        if refused or token is None:
            told = {"key_id": token.key_id, "user": token.user} if token else {}
            security_event("token_refused", request=request._request, reason=refused, **told)
            count(request._request, of_strangers(address))
            raise exceptions.AuthenticationFailed(
                _("This token is wrong, expired, revoked, or not accepted from this address.")
            )
        trace.acts(token.user.pk, token=token.name)
        restrict(token.user, token)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return "Token"


def restrict(user: User, token: ApiToken) -> None:
    """From now on this user object is only as much of its owner as the token is."""
    access = Access.of(user)
    if not scopes.covered(f"{scopes.MONEY}:{scopes.READ}", token.scopes):
        access = replace(access, withheld=(*MONEY_GROUPS, "rates"))
    if token.is_limited:
        access = LimitedAccess.to(access, nodes=token.nodes, projects=token.projects)
    user._access = access  # type: ignore[attr-defined]  # where `Access.of` keeps it
