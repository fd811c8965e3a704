"""The API by session: as a page, it is closed to whoever still owes a second factor."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from pmo_portal.core.identity.factors import owes_factor


class FactorSessionAuthentication(SessionAuthentication):
    def authenticate(self, request: Request) -> tuple[Any, None] | None:
        found = super().authenticate(request)
        if found is not None and owes_factor(request._request):
            raise PermissionDenied(_("Your role needs a second factor. Set one up under “Sign-in and security”."))
        return found
