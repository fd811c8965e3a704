"""Delegations of the API: who stands in for whom, with which role, from which day to which."""

from typing import Any, ClassVar

from django.db.models import Model, QuerySet
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import ScopedField, StrictSerializer
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import FLAG, ID, Param, check_query
from pmo_portal.core.api.rows import Link, Row, Worked, of_serializer
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.access.api.memberships import only_in_force
from projects.access.models import Delegation, Membership
from projects.access.selectors import (
    delegations_visible_to,
    memberships_within_reach,
    people_to_stand_in,
    told_without_place,
)
from projects.access.services.delegations import end_delegation, lend
from projects.hierarchy.api import words_in


class LentField(ScopedField):
    """One's own membership, or one that one manages."""

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        return memberships_within_reach(request.user) if request is not None else Membership.objects.all()


class DelegateField(ScopedField):
    """Somebody of the list a page offers: a program and a closed account are answered as if they were not there."""

    def get_queryset(self) -> Any:
        request = self.context.get("request")
        return people_to_stand_in() if request is not None else User.objects.all()


class DelegationSerializer(StrictSerializer):
    """A role lent to somebody for some days, 90 at most; both days count whole. What is over is kept, and told without
    its place to whoever does not see that place today."""

    expands = {
        "lender": Expand("user", "membership__user_id"),
        "delegate": Expand("user", "delegate_id"),
        "node": Expand("container", "membership__node_id"),
        "project": Expand("project", "membership__project_id"),
    }
    membership = LentField(queryset=Membership.objects.all(), help_text="One's own, or one that one manages.")
    lender = serializers.IntegerField(read_only=True, help_text="Id of the user whose role it is.")
    lender_username = serializers.CharField(read_only=True)
    delegate = DelegateField(queryset=User.objects.all(), help_text="Id of a person who can sign in.")
    delegate_username = serializers.CharField(read_only=True)
    role = serializers.ChoiceField(choices=Membership.Role.choices, read_only=True)
    node = serializers.IntegerField(read_only=True, allow_null=True)
    node_code = serializers.CharField(read_only=True, allow_null=True)
    project = serializers.IntegerField(read_only=True, allow_null=True)
    project_code = serializers.CharField(read_only=True, allow_null=True)
    first = serializers.DateField(help_text="The first day: today or a later one.")
    last = serializers.DateField(help_text="The last day; the day it was ended, when it was ended before.")
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Delegation
        fields = (
            "id", "membership", "lender", "lender_username", "delegate", "delegate_username", "role", "node", "node_code",
            "project", "project_code", "first", "last", "valid_from", "valid_until", "reason", "url",
        )  # fmt: skip
        read_only_fields = ("valid_from", "valid_until")
        extra_kwargs: ClassVar = {"reason": {"required": True, "allow_blank": False}}  # as on the page


PLACE = ("node", "node_code", "project", "project_code")


def on_place(name: str) -> Any:
    """Rows of this place; where it is not to be told, there are none."""

    def where(queryset: QuerySet[Any], value: int, user: Any) -> QuerySet[Any]:
        rows = queryset.filter(**{f"membership__{name}": value})
        return rows.exclude(pk__in=told_without_place(rows, user).values("pk"))

    return where


class DelegationViewSet(Fingerprinted, ScopedViewSet):
    """One's own, given and held, and those of the roles one manages. Never changed: end it and lend again."""

    noun = ("delegation", "delegations")
    area = "administration"
    queryset = Delegation.objects.all()
    serializer_class = DelegationSerializer
    listing = of_serializer(
        DelegationSerializer,
        lender="membership__user_id",
        lender_username="membership__user__username",
        delegate_username="delegate__username",
        role="membership__role",
        node="membership__node_id",
        node_code="membership__node__code",
        project="membership__project_id",
        project_code="membership__project__code",
        first=Worked(("valid_from",), timezone.localdate),
        last=Worked(("valid_until",), timezone.localdate),
        url=Link("/api/v1/delegations/{}/"),
    )
    rights = Rights("", "", "")
    place = ""
    related = ("delegate", "membership__user", "membership__node", "membership__project")
    http_method_names = ["get", "head", "post", "delete"]
    orders = ("id", "valid_from", "valid_until")
    params: ClassVar = {
        "lender": Param("Id of the user whose role it is.", ID, member="lender"),
        "delegate": Param("Id of the user who stands in.", ID, member="delegate"),
        "membership": Param("Id of the membership.", ID, member="membership"),
        "role": Param("Role.", member="role", choices=Membership.Role.values),
        "node": Param("Id of the portfolio or programme.", ID, where=on_place("node")),
        "project": Param("Id of the project.", ID, where=on_place("project")),
        "in_force": Param("Those that count now (true), or not yet or no longer (false).", FLAG, where=only_in_force),
        "q": words_in(
            "membership__user__last_name", "membership__user__first_name", "membership__user__username",
            "delegate__last_name", "delegate__first_name", "delegate__username",
        ),
    }  # fmt: skip
    examples: ClassVar = {
        "create": {
            "membership": 12, "delegate": 5, "first": "2027-08-02", "last": "2027-08-20", "reason": "Summer holidays",
        },
    }  # fmt: skip

    def get_queryset(self) -> QuerySet[Any]:
        found: QuerySet[Any] = delegations_visible_to(self.actor)
        return found

    def require(self, right: str, target: Any) -> None:
        """Whoever has a role may lend it; the services ask for the rest."""

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without the place of what is over, for whoever no longer sees it."""
        if not any(name in row for row in rows[:1] for name in PLACE):
            return rows
        over = Delegation.objects.filter(pk__in=[row["id"] for row in rows])
        hidden = set(told_without_place(over, self.actor).values_list("pk", flat=True))
        return [{**row, **dict.fromkeys(row.keys() & PLACE)} if row["id"] in hidden else row for row in rows]

    def create_row(self, fields: dict[str, Any]) -> Model:
        membership, delegate = fields.pop("membership"), fields.pop("delegate")
        try:
            [made] = lend(by=self.actor, memberships=[membership], to=delegate, now=timezone.now(), **fields)
        except DomainError as refused:
            refused.field = {"memberships": "membership"}.get(refused.field or "", refused.field)
            raise
        return made

    def delete_row(self, row: Any, version: int) -> None:
        if has_begun(row):
            raise DomainError(_("It has begun: it can be ended, and is kept."))
        end_delegation(by=self.actor, delegation=row)

    @extend_schema(request=None, responses=DelegationSerializer)
    @action(detail=True, methods=["post"], url_path="end")
    @once
    def end(self, request: Request, pk: str) -> Response:
        """End it now, by its lender, its delegate, or whoever manages the role. It is kept; one to come is deleted instead."""
        check_query(request, ())
        self.compare(pk, "")
        row = self.find(pk)
        if not has_begun(row):
            raise DomainError(_("It has not begun: delete it."))
        end_delegation(by=self.actor, delegation=row)
        return self.written(pk)


def has_begun(row: Delegation) -> bool:
    return Delegation.objects.filter(pk=row.pk, valid_from__lt=Now()).exists()
