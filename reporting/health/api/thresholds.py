"""Thresholds of the API: where amber and red start, for the organisation and for the subtrees that override it."""

from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.access.policy import EDIT_THRESHOLDS, allowed
from projects.hierarchy.api import UPDATED_SINCE, missing_or_not
from projects.hierarchy.models import Node, Project
from reporting.health.models import Threshold
from reporting.health.services.thresholds import create_limit, delete_limit, update_limit


class ThresholdSerializer(StrictSerializer):
    """Where amber and red start for one measure: for the organisation (node null) or everything below a container, for every
    size of project (size empty) or for one."""

    expands = {"node": Expand("container", "node_id")}
    fixed = ("node", "size", "key")
    node_code = serializers.CharField(source="node.code", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Threshold
        fields = (
            "id",
            "node",
            "node_code",
            "size",
            "key",
            "amber",
            "red",
            "version",
            "created_at",
            "updated_at",
            "url",
        )


class ThresholdViewSet(ScopedViewSet):
    """A change computes the health of everything below again; to see what it would change, use the page."""

    noun = ("threshold", "thresholds")
    area = "reports"
    queryset = Threshold.objects.all()
    serializer_class = ThresholdSerializer
    listing = of_serializer(ThresholdSerializer, url=Link("/api/v1/thresholds/{}/"))
    rights = Rights(EDIT_THRESHOLDS, EDIT_THRESHOLDS, EDIT_THRESHOLDS)
    place = ""  # the service asks for the right on the container
    related = ("node",)
    orders = ("id", "key", "updated_at")
    params: ClassVar = {
        "key": Param("Measure.", member="key", choices=Threshold.Key.values),
        "size": Param("Size class; empty: for every size.", member="size", choices=Project.Size.values),
        "node": Param("Id of the portfolio or programme.", ID, member="node"),
        "organisation": missing_or_not(
            "node", "Those of the organisation (true), or those that override them (false)."
        ),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"node": 1, "key": "slip_percent", "amber": "5.00", "red": "12.00"},
        "change": {"red": "15.00"},
    }

    def get_queryset(self) -> QuerySet[Any]:
        self.require(EDIT_THRESHOLDS, None)
        return Threshold.objects.filter(Q(node__isnull=True) | Q(node__in=Node.objects.visible_to(self.request.user)))

    def require(self, right: str, target: Any) -> None:
        """Anywhere at all, as on the page; on the container by the services."""
        if not allowed(self.request.user, right, None):
            raise PermissionDenied(_("Your role does not allow this here."))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_limit(by=self.actor, **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_limit(by=self.actor, limit=row, version=version, changes=changes)

    def delete_row(self, row: Any, version: int) -> None:
        delete_limit(by=self.actor, limit=row, version=version)
