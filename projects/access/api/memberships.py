"""Memberships of the API: who has which role, where and until when."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.access.models import Membership, in_force
from projects.access.policy import MANAGE_MEMBERS, allowed
from projects.access.selectors import memberships_managed_by
from projects.access.services import grant_membership, revoke_membership
from projects.access.services.terms import change_end
from projects.hierarchy.api import words_in


class MembershipSerializer(StrictSerializer):
    """A role over the whole organisation (neither node nor project), over a subtree, or on one project.

    `unit`: a resource manager who answers for the people of this unit and of those below it alone.
    """

    expands = {
        "user": Expand("user", "user_id"),
        "node": Expand("container", "node_id"),
        "project": Expand("project", "project_id"),
        "unit": Expand("unit", "unit_id"),
    }
    username = serializers.CharField(source="user.username", read_only=True)
    node_code = serializers.CharField(source="node.code", read_only=True, allow_null=True)
    project_code = serializers.CharField(source="project.code", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Membership
        fields = (
            "id", "user", "username", "role", "node", "node_code", "project", "project_code", "unit", "source", "valid_from",
            "valid_until", "granted_by", "reason", "url",
        )  # fmt: skip
        read_only_fields = ("source", "granted_by")


class MembershipEndSerializer(StrictSerializer):
    """What of a role can change: until when it holds; null until it is taken away."""

    class Meta:
        model = Membership
        fields = ("valid_until",)


def only_in_force(queryset: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    return queryset.filter(in_force()) if value else queryset.exclude(in_force())


class MembershipViewSet(Fingerprinted, ScopedViewSet):
    """Given and taken away; only its end can change, by whoever could give it. Only over the places one manages."""

    noun = ("membership", "memberships")
    area = "administration"
    queryset = Membership.objects.all()
    serializer_class = MembershipSerializer
    listing = of_serializer(MembershipSerializer, url=Link("/api/v1/memberships/{}/"))
    rights = Rights(MANAGE_MEMBERS, MANAGE_MEMBERS, MANAGE_MEMBERS)
    place = ""  # the service asks for the right on the place
    related = ("user", "node", "project", "unit")
    http_method_names = ["get", "head", "post", "patch", "delete"]
    orders = ("id", "username", "role", "valid_until")
    params: ClassVar = {
        "user": Param("Id of the user.", ID, member="user"),
        "role": Param("Role.", member="role", choices=Membership.Role.values),
        "node": Param("Id of the portfolio or programme.", ID, member="node"),
        "project": Param("Id of the project.", ID, member="project"),
        "unit": Param("Id of the unit whose people a resource manager answers for.", ID, member="unit"),
        "in_force": Param("Those that count now (true), or not yet or no longer (false).", FLAG, where=only_in_force),
        "q": words_in("user__last_name", "user__first_name", "user__username"),
    }
    examples: ClassVar = {
        "create": {"user": 3, "role": "viewer", "node": 1, "valid_until": "2027-06-30T22:00:00Z"},
        "change": {"valid_until": "2027-12-31T23:00:00Z"},
    }

    def get_queryset(self) -> QuerySet[Any]:
        self.require(MANAGE_MEMBERS, None)
        found: QuerySet[Any] = memberships_managed_by(self.actor)
        return found

    def require(self, right: str, target: Any) -> None:
        """Anywhere at all; where the roles of the actor reach is asked by the services."""
        if not allowed(self.request.user, right, None):
            raise PermissionDenied(_("Your role does not allow this here."))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return grant_membership(by=self.actor, **fields)

    @extend_schema(request=MembershipEndSerializer, responses=MembershipSerializer)
    def partial_update(self, request: Request, pk: str, **kwargs: Any) -> Response:
        return super().partial_update(request, pk, **kwargs)

    def checked(self, request: Request, row: Any = None, *, partial: bool = False) -> dict[str, Any]:
        if row is None:
            return super().checked(request)
        serializer = MembershipEndSerializer(row, data=request.data, partial=partial)
        serializer.is_valid(raise_exception=True)
        return dict(serializer.validated_data)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return change_end(by=self.actor, membership=row, now=timezone.now(), **changes) if changes else row

    def delete_row(self, row: Any, version: int) -> None:
        revoke_membership(by=self.actor, membership=row)
