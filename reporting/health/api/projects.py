"""Projects of the API: facts and health in one row, now or as they were at the end of a past day.

Facts are written through the services of `projects`; health is read, never written.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.rows import of_serializer
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import StaleVersion
from projects.hierarchy.models import Project
from projects.hierarchy.services import create_project, declare_status, delete_project, update_project
from reporting.health.api.days import at_end_of, past_day
from reporting.health.api.project_fields import (
    AS_OF,
    CURRENT,
    DETAIL,
    NAMED_THEN,
    ProjectRow,
    ProjectSerializer,
    StatusSerializer,
)  # fmt: skip
from reporting.health.api.project_params import PARAMS
from reporting.health.api.withheld import MoneyWithheld, without_money
from reporting.health.models import HealthHistory

EXPECTED_END = Coalesce("actual_end", "forecast_end")


def shown_to(user: Any) -> QuerySet[Any]:
    """The projects a reader may open, as lists show them."""
    return Project.objects.visible_to(user).annotate(expected_end=EXPECTED_END)


expandable.add("project", Expandable(ProjectRow, CURRENT, shown_to, without_money))


class ProjectViewSet(MoneyWithheld, ScopedViewSet):
    """Lists show the projects that are in their portfolio (on the day asked for); an item also opens by id once it left."""

    noun = ("project", "projects")
    queryset = Project.objects.all()
    serializer_class = ProjectSerializer
    listing = of_serializer(ProjectSerializer, **DETAIL)
    place = "node"
    related = ()
    rights = Rights("projects.create_project", "projects.edit_project", "projects.delete_project")
    params: ClassVar = PARAMS
    examples: ClassVar = {
        "create": {
            "code": "T4",
            "name": "Ligne 4",
            "node": 1,
            "baseline_start": "2026-01-05",
            "baseline_end": "2027-06-30",
        },
        "change": {"forecast_end": "2027-09-15", "percent_complete": "45"},
        "status": {"declared": "amber", "trend": "down", "key_message": "Le fournisseur a deux mois de retard."},
    }
    orders = (
        "id",
        "code",
        "name",
        "baseline_end",
        "forecast_end",
        "slip_days",
        "budget",
        "eac",
        "data_date",
        "computed_at",
    )

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if self.action == "list":
            self.day = past_day(request, self.params)
            self.listing = AS_OF if self.day else CURRENT

    @property
    def expands(self) -> Mapping[str, Expand]:
        return NAMED_THEN if getattr(self, "day", None) else super().expands

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {"list": ProjectRow, "status": StatusSerializer}
        return special.get(self.action, ProjectSerializer)

    def get_queryset(self) -> QuerySet[Any]:
        day = getattr(self, "day", None)
        if day:
            return at_end_of(day, HealthHistory.objects.visible_to(self.request.user))
        rows = super().get_queryset()
        if self.action != "list":
            return rows
        rows = rows.filter(Q(left_on__isnull=True) | Q(left_on__gt=timezone.localdate()))
        return rows.annotate(expected_end=EXPECTED_END)

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_project(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_project(project=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_project(project=row, by=self.actor, version=version)

    @extend_schema(request=StatusSerializer, responses=ProjectSerializer)
    @action(detail=True, methods=["post"], url_path="status")
    @once
    def status(self, request: Request, pk: str) -> Response:
        """Declare the status of a project on the scale of its portfolio, with a trend and a key message."""
        check_query(request, ())
        row = self.find(pk)
        self.require(self.rights.update, row)
        version = version_seen(request)
        fields = self.checked(request)
        level, trend = fields.pop("declared"), fields.pop("trend")
        try:
            declare_status(project=row, version=version, level=level, trend=trend, **fields, **self.changing())
        except StaleVersion as stale:
            raise self.stale(pk) from stale
        return self.written(pk)
