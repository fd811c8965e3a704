"""The API by session: as a page, it is closed to whoever still owes a second factor, and asks who one is where pages do."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from pmo_portal.core import scopes
from pmo_portal.core.identity.factors import owes_factor
from pmo_portal.core.identity.fresh import is_fresh


class FactorSessionAuthentication(SessionAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found is not None and owes_factor(request._request):
            raise PermissionDenied(_("Your role needs a second factor. Set one up under “Sign-in and security”."))
        return found


class ProvedLately(BasePermission):
    """What a stolen session must not do: change accounts and roles, or take a whole list away as a file.

    A token is not asked: it was made by proving who one is, for the areas it names.
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        if not isinstance(request.successful_authenticator, SessionAuthentication):
            return True
        changes = request.method not in scopes.SAFE_METHODS and getattr(view, "area", "") == scopes.ADMINISTRATION
        takes = request.accepted_renderer.format == "csv"
        if (changes or takes) and not is_fresh(request._request):
            raise PermissionDenied(_("Sign in again first: this needs a proof of the last ten minutes that it is you."))
        return True
