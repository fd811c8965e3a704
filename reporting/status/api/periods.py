"""Reporting periods of the API: their days, how far their collection is, and the steps of their life."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import NothingSerializer, Shown
from pmo_portal.core.api.idempotency import once, once_apart
from pmo_portal.core.api.params import DAY, ID, Param, check_query
from pmo_portal.core.api.rows import Link, Row, Source, Worked, of_serializer
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import ScopedSteps
from projects.hierarchy.api import UPDATED_SINCE, between, inside
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.selectors import coverage
from reporting.status.services import freezing, periods, review


class ReportingPeriodRow(Shown, serializers.ModelSerializer):
    """One period of a calendar: upcoming → open → review → frozen."""

    expands = {
        "calendar": Expand("reporting-calendar", "calendar_id"),
        "node": Expand("container", "calendar__node_id"),
    }
    node = serializers.IntegerField(help_text="Id of the portfolio or programme that reports.")
    node_code = serializers.CharField()
    url = serializers.URLField()
    reports_url = serializers.URLField(help_text="The reports of the period.")
    snapshots_url = serializers.URLField(help_text="What its freeze kept.")

    class Meta:
        model = ReportingPeriod
        fields: tuple[str, ...] = (
            "id", "calendar", "node", "node_code", "cadence", "starts_on", "ends_on", "opens_on", "due_on", "review_until",
            "state", "opened_at", "frozen_at", "version", "created_at", "updated_at", "url", "reports_url", "snapshots_url",
        )  # fmt: skip
        read_only_fields = fields


class CoverageSerializer(serializers.Serializer):
    """How many reports, of the projects you may see."""

    def get_fields(self) -> dict[str, serializers.Field]:
        told = {
            "asked": "Projects that report in this period.",
            **{str(state): f"Reports in this state: {state.label}." for state in StatusReport.State},
            "received": "Submitted at least once.",
            "timely": "Received by the due day.",
        }
        return {name: serializers.IntegerField(help_text=words) for name, words in told.items()}


class ReportingPeriodSerializer(ReportingPeriodRow):
    """A period with the state of its collection."""

    coverage = CoverageSerializer()

    class Meta(ReportingPeriodRow.Meta):
        fields = (*ReportingPeriodRow.Meta.fields, "coverage")
        read_only_fields = fields


COMMON: dict[str, Source] = {
    "node": "calendar__node_id",
    "node_code": "calendar__node__code",
    "url": Link("/api/v1/reporting-periods/{}/"),
    "reports_url": Link("/api/v1/status-reports/?period={}"),
    "snapshots_url": Link("/api/v1/snapshots/?period={}"),
}


def nothing_yet(_pk: int) -> dict[str, int]:
    """The counts come with a query of their own."""
    return {}


ROW = of_serializer(ReportingPeriodRow, **COMMON)
WHOLE = of_serializer(ReportingPeriodSerializer, **COMMON, coverage=Worked(("id",), nothing_yet))


def on_day(queryset: QuerySet[Any], value: Any, user: Any) -> QuerySet[Any]:
    return queryset.filter(starts_on__lte=value, ends_on__gte=value)


class PeriodViewSet(ScopedSteps):
    """The clock moves periods by their days; who runs the reporting may be ahead of it."""

    noun = ("reporting period", "reporting periods")
    area = "reports"
    queryset = ReportingPeriod.objects.all()
    http_method_names = ("get", "post", "head", "options")
    related = ("calendar__node",)
    orders = ("id", "starts_on", "due_on", "updated_at")
    default_order = "-starts_on"
    examples: ClassVar = {"open": {}, "close": {}, "freeze": {}}
    params: ClassVar = {
        "calendar": Param("Id of the calendar.", ID, member="calendar"),
        "node": Param("Id of the portfolio or programme.", ID, member="node"),
        "portfolio": inside("portfolio", "calendar__node__path"),
        "state": Param("State.", member="state", choices=ReportingPeriod.State.values),
        "on": Param("The period in which this day lies.", DAY, where=on_day),
        **between("starts_on", "Starts"),
        **between("due_on", "Due"),
        "updated_since": UPDATED_SINCE,
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.listing = ROW if self.action == "list" else WHOLE

    listing = WHOLE

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        special: dict[str, type[serializers.BaseSerializer]] = {
            "list": ReportingPeriodRow, "retrieve": ReportingPeriodSerializer,
        }  # fmt: skip
        return special.get(self.action, NothingSerializer)

    def shown(self, rows: list[Row]) -> list[Row]:
        for row in rows:
            if "coverage" in row:
                row["coverage"] = coverage(self.request.user, ReportingPeriod(pk=row["id"], state=row["state"]))
        return rows

    @extend_schema(request=NothingSerializer, responses=ReportingPeriodSerializer)
    @action(detail=True, methods=["post"], url_path="open")
    @once
    def open(self, request: Request, pk: str) -> Response:
        """A report is made for each project that reports here; it may be written from now on."""
        return self.step(pk, lambda row: periods.open_period(row, at=timezone.now(), **self.changing()))

    @extend_schema(request=NothingSerializer, responses=ReportingPeriodSerializer)
    @action(detail=True, methods=["post"], url_path="close")
    @once
    def close(self, request: Request, pk: str) -> Response:
        """The review begins; who is late may still submit until the freeze."""
        return self.step(pk, lambda row: periods.close_collection(row, by=self.actor))

    @extend_schema(request=NothingSerializer, responses=ReportingPeriodSerializer)
    @action(detail=True, methods=["post"], url_path="freeze")
    @once_apart
    def freeze(self, request: Request, pk: str) -> Response:
        """Keep every report and what was computed beside it, as all of it is at one instant. There is no way back."""
        return self.step(pk, lambda row: freezing.freeze(row, at=timezone.now(), **self.changing()))

    def step(self, pk: str, move: Callable[[ReportingPeriod], ReportingPeriod]) -> Response:
        """The right where the period is, the version seen, an empty body, the service."""
        check_query(self.request, ())
        row = self.find(pk)
        review.check_running(row, by=self.actor)
        version = version_seen(self.request)
        self.checked(self.request)
        if row.version != version:
            raise self.stale(pk)
        move(row)
        return self.written(pk)


expandable.add(
    "reporting-period", Expandable(ReportingPeriodRow, ROW, ReportingPeriod.objects.visible_to, area="reports")
)
