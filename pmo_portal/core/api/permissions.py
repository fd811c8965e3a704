"""Who may ask at all: a token reaches only the areas it was given, which each resource names (`area`). Roles are asked after."""

from typing import Any, NoReturn

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from pmo_portal.core import scopes
from pmo_portal.core.api.expand import expandable
from pmo_portal.core.models import ApiToken
from pmo_portal.core.security_events import security_event

ANY = ""  # the area of what every token may read: where everything is


class MissingScope(PermissionDenied):
    """The token was not given this area, or only to read; `scope` is what it lacks."""

    def __init__(self, scope: str) -> None:
        super().__init__(_("This token lacks the scope %(scope)s. Make one that has it.") % {"scope": scope})
        self.scope = scope
        self.auth_header = f'Token error="insufficient_scope", scope="{scope}"'


def refuse(request: Request, wanted: str) -> NoReturn:
    """403 for a token without this scope, told in the security log."""
    token = request.auth
    security_event(
        "scope_refused", request=request._request, user=request.user, scope=wanted, key_id=getattr(token, "key_id", ""),
    )  # fmt: skip
    raise MissingScope(wanted)


class WithinScopes(BasePermission):
    """403 naming the scope that is missing. A browser's session has them all: its reader's roles decide alone."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if isinstance(request.auth, ApiToken):
            for wanted in asked_for(request, view):
                if not scopes.covered(wanted, request.auth.scopes):
                    refuse(request, wanted)
        return True


def asked_for(request: Request, view: Any) -> list[str]:
    """The scopes a request needs: its resource's, and to read what it embeds. Whoever names no area is for administrators."""
    area: str | tuple[str, ...] = getattr(view, "area", scopes.ADMINISTRATION)
    areas = area if isinstance(area, tuple) else (area,)
    embeds = getattr(view, "expands", {})
    named = request.query_params.get("expand", "").split(",")
    kinds = {embeds[name].kind for name in named if name in embeds}
    own = [scopes.needed(one, str(request.method)) for one in areas if one != ANY]
    return own + sorted(f"{expandable[kind].area}:{scopes.READ}" for kind in kinds)
