"""Proving who one is once more, before what a stolen session must not do: at most ten minutes ago."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import get_authentication_records
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.http import urlencode

from pmo_portal.core.identity.configuration import FRESH_SECONDS
from pmo_portal.core.identity.factors import has_factor
from pmo_portal.core.identity.sessions import BEGUN


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person signed in, or proved again, in the last ten minutes; with a second factor, by that factor."""
    since = time.time() - FRESH_SECONDS
    if request.session.get(BEGUN, 0) > since:
        return True
    user: Any = request.user
    recent = {str(record["method"]) for record in get_authentication_records(request, user) if record["at"] > since}
    return bool(recent) and ("mfa" in recent or not has_factor(user))


def fresh_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """A view that asks first who one is. What was typed is not kept meanwhile: it may be a password."""

    @wraps(view)
    def asking(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return ask(request) or view(request, *args, **kwargs)

    return asking


def ask(request: HttpRequest, *, back: str = "") -> HttpResponseBase | None:
    """The way to prove it and then to `back` (here, unless said otherwise), or None when it was proved."""
    if not request.user.is_authenticated or is_fresh(request):
        return None
    ways = get_adapter(request).get_reauthentication_methods(request.user)
    if not ways:
        raise PermissionDenied
    return redirect(f"{ways[0]['url']}?{urlencode({'next': back or request.get_full_path()})}")
