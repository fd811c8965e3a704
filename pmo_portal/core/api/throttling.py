"""How often one caller may ask: by token, by person in a browser, and by address. Asked first, so that refusals count too."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import Throttled
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from pmo_portal.core.caller import address_of
from pmo_portal.core.models import ApiToken
from pmo_portal.core.rate_limits import Limit, take
from pmo_portal.core.scopes import SAFE_METHODS
from pmo_portal.core.security_events import security_event


class WithinLimits(BasePermission):
    """429 beyond the limits (`settings.API_RATES`, requests a minute). The first of the permission classes."""

    def has_permission(self, request: Request, view: Any) -> bool:
        address, verb = address_of(request._request), "reads" if request.method in SAFE_METHODS else "writes"
        if isinstance(request.auth, ApiToken):
            own = Limit(f"token:{request.auth.pk}:{verb}", settings.API_RATES[verb])
        elif request.user.is_authenticated:
            own = Limit(f"user:{request.user.pk}:{verb}", settings.API_RATES[verb])
        else:
            own = of_strangers(address)
        count(request._request, own, Limit(f"address:{address}", settings.API_RATES["address"]))
        return True


def of_strangers(address: str) -> Limit:
    """Requests from this address without a token that works."""
    return Limit(f"failed:{address}", settings.API_RATES["failures"])


def count(request: HttpRequest, *limits: Limit) -> None:
    """Count the request, or refuse it; what is left is told by `RateLimitMiddleware`."""
    verdict = take(limits)
    request.rate_limit = verdict  # type: ignore[attr-defined]
    if verdict and not verdict.allowed:
        security_event("rate_limited", request=request, limit=verdict.limit, wait=verdict.wait)
        raise Throttled(wait=verdict.wait)
