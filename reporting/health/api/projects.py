"""Projects of the API: facts and health in one row, now or as they were at the end of a past day.

Facts are written through the services of `projects`; health is read, never written.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.bulk import BulkUpsert, Sent
from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.rows import of_serializer
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import StaleVersion
from projects.hierarchy.models import Node, Portfolio, Project
from projects.hierarchy.services import create_project, declare_status, delete_project, update_project
from projects.hierarchy.services.places import hold_tree
from reporting.health.api.days import past_day
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
from reporting.health.as_of_models import HealthAsOf

EXPECTED_END = Coalesce("actual_end", "forecast_end")


def shown_to(user: Any) -> QuerySet[Any]:
    """The projects a reader may open, as lists show them."""
    return Project.objects.visible_to(user).annotate(expected_end=EXPECTED_END)


expandable.add("project", Expandable(ProjectRow, CURRENT, shown_to, without_money, area="projects"))


def moved(row: Sent, node: int, parent: int | None) -> bool:
    """Whether a row of many puts its project elsewhere."""
    return row.data.get("node", node) != node or row.data.get("parent", parent) != parent


class ProjectViewSet(MoneyWithheld, BulkUpsert, ScopedViewSet):
    """Lists show the projects that are in their portfolio (on the day asked for); an item also opens by id once it left."""

    noun = ("project", "projects")
    area = "projects"
    queryset = Project.objects.all()
    serializer_class = ProjectSerializer
    listing = of_serializer(ProjectSerializer, **DETAIL)
    place = "node"
    bulk_scope = "portfolio_id"
    bulk_example: ClassVar = {"portfolio": "GMPP"}
    alike = ("code",)
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
        "priority",
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
            return HealthAsOf.objects.on(day).visible_to(self.request.user)
        rows = super().get_queryset()
        if self.action != "list":
            return rows
        rows = rows.filter(Q(left_on__isnull=True) | Q(left_on__gt=timezone.localdate()))
        return rows.annotate(expected_end=EXPECTED_END)

    def place_rows(self, rows: list[Sent], portfolio: str) -> None:
        found = Portfolio.objects.visible_to(self.request.user).filter(code=portfolio.upper()).first()
        if found is None:
            raise serializers.ValidationError({"portfolio": [_("No such code among those you may see.")]})
        below = set(Node.objects.below(found).values_list("pk", flat=True))
        for row in rows:
            row.scope = found.pk
            if isinstance(row.data.get("node"), int) and row.data["node"] not in below:
                row.refuse("node", _("It is not below `portfolio`."))

    def hold_for_bulk(self, rows: list[Sent]) -> None:
        """The shape of the tree first, for others too where a project moves; then the projects."""
        refs, codes = {row.ref for row in rows} - {""}, {row.text("code") for row in rows} - {""}
        meant = Q(external_ref__in=refs) | Q(code__in=codes)
        stored = Project.objects.visible_to(self.request.user).filter(meant, portfolio__in={row.scope for row in rows})
        places = {(one.external_ref or one.code): (one.node_id, one.parent_id) for one in stored}
        moves = any(moved(row, *places[key]) for row in rows for key in (row.ref, row.text("code")) if key in places)
        hold_tree(shared=not moves)
        list(stored.select_for_update(no_key=True, of=("self",)).order_by("pk").values("pk"))

    def complete(self, rows: list[Sent]) -> None:
        for row in rows:
            row.data.setdefault("node", row.scope)

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
