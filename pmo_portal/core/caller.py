"""Whose address a request comes from, when a known number of proxies stands in front."""

from django.conf import settings
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """The address the outermost of our own proxies saw; what a caller writes into X-Forwarded-For itself never counts.

    Each proxy appends the address it was called from, so with `NUM_PROXIES` of them the caller is that many from the right.
    """
    direct = str(request.META.get("REMOTE_ADDR", ""))
    passed = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
    if not settings.NUM_PROXIES or not passed:
        return direct
    return passed[-min(settings.NUM_PROXIES, len(passed))]
