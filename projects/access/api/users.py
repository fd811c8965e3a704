"""Accounts of the API: who can sign in. No password ever passes here; a new account gets its first one by other ways."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.expand import Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import FLAG, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.models import User
from projects.access.policy import MANAGE_ACCOUNTS, MANAGE_MEMBERS, allowed, allowed_everywhere
from projects.access.selectors import accounts_within_reach
from projects.access.services import create_user, update_user
from projects.hierarchy.api import words_in


class UserSerializer(StrictSerializer):
    """Somebody who can sign in. An account is never deleted, only made inactive: what it did stays its own."""

    is_superuser = serializers.BooleanField(read_only=True, help_text="Installs the portal; may do everything.")
    url = serializers.URLField(read_only=True)

    class Meta:
        model = User
        fields = (
            "id", "username", "first_name", "last_name", "email", "language", "is_active", "is_superuser", "date_joined", "url",
        )  # fmt: skip
        read_only_fields = ("date_joined",)


class UserViewSet(Fingerprinted, ScopedViewSet):
    """Read by whoever gives roles, as far as theirs reach; created and changed by those who manage all accounts."""

    noun = ("user", "users")
    area = "administration"
    queryset = User.objects.all()
    serializer_class = UserSerializer
    listing = of_serializer(UserSerializer, url=Link("/api/v1/users/{}/"))
    rights = Rights(MANAGE_ACCOUNTS, MANAGE_ACCOUNTS, MANAGE_ACCOUNTS)
    place = ""
    related = ()
    http_method_names = ["get", "head", "post", "put", "patch"]
    orders = ("id", "username", "last_name", "date_joined")
    params: ClassVar = {
        "username": Param("Exactly this user name.", member="username"),
        "is_active": Param("Those who can sign in (true), or no longer (false).", FLAG, member="is_active"),
        "q": words_in("first_name", "last_name", "username", "email"),
    }
    examples: ClassVar = {
        "create": {
            "username": "lea.martin",
            "first_name": "Léa",
            "last_name": "Martin",
            "email": "lea.martin@example.org",
        },
        "change": {"is_active": False},
    }

    def get_queryset(self) -> QuerySet[Any]:
        return accounts_visible_to(self.request.user)

    def require(self, right: str, target: Any) -> None:
        if not allowed_everywhere(self.request.user, right):
            raise PermissionDenied(_("Your role does not allow this here."))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_user(by=self.actor, **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_user(by=self.actor, user=row, changes=changes)


def accounts_visible_to(user: Any) -> QuerySet[Any]:
    """The accounts a reader may look up; 403 for whoever gives no role."""
    if not allowed(user, MANAGE_MEMBERS, None):
        raise PermissionDenied(_("Your role does not allow this here."))
    return accounts_within_reach(user)


expandable.add("user", Expandable(UserSerializer, UserViewSet.listing, accounts_within_reach, area="administration"))
