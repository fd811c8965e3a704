"""Health of the API: the photograph of each project with its reasons, now, on a past day, and through time."""

from typing import Any, ClassVar

from django.db.models import DateTimeField, QuerySet, Value
from django.http import Http404, HttpResponseBase
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.pages import PARAMETERS
from pmo_portal.core.api.params import ID, MOMENT, Param, check_query
from pmo_portal.core.api.rows import Link, Source, of_serializer
from pmo_portal.core.api.selection import PARAMETERS as SELECTION
from pmo_portal.core.api.viewsets import ScopedReadings
from projects.hierarchy.models import Project
from reporting.health.api.days import AS_OF_PARAM, past_day
from reporting.health.api.project_params import RAGS, below
from reporting.health.api.withheld import MoneyWithheld
from reporting.health.as_of_models import HealthAsOf
from reporting.health.models import RAG_CHOICES, HealthHistory, ProjectHealth

PLACED = {
    "project": Expand("project", "project_id"),
    "portfolio": Expand("portfolio", "portfolio_id"),
    "node": Expand("container", "node_id"),
}


class ReasonSerializer(serializers.Serializer):
    """Why a dimension has its colour: a code and the facts that gave it."""

    dimension = serializers.ChoiceField(choices=["schedule", "cost", "risk", "freshness", "resources", "overall"])
    code = serializers.CharField(help_text="What was found, for example slip, variance, highest, dated.")
    colour = serializers.ChoiceField(choices=RAG_CHOICES)
    params = serializers.DictField(child=serializers.JSONField(), help_text="The facts behind it; see docs/api.md.")


@extend_schema_field(ReasonSerializer(many=True))
class Reasons(serializers.JSONField):
    """The stored list of reasons."""


class HealthSerializer(Shown, serializers.ModelSerializer):
    """The health of a project while it was so: from `valid_from` (included) to `valid_to` (excluded; null: still)."""

    expands = PLACED

    project = serializers.IntegerField(help_text="Id of the project.")
    portfolio = serializers.CharField(help_text="Code of the portfolio.")
    node = serializers.IntegerField(help_text="Id of the container the project is (was) in.")
    reasons = Reasons()
    gap = serializers.IntegerField(allow_null=True, help_text="Positive when declared better than computed.")
    project_url = serializers.URLField()
    url = serializers.URLField()

    class Meta:
        model = HealthHistory
        fields: ClassVar = (
            "project", "code", "name", "portfolio", "node", "state", "counted", "computed", "schedule", "cost", "risk",
            "freshness", "resources", "declared",
            "declared_rag", "declared_on", "gap", "reasons", "baseline_end", "forecast_end", "slip_days",
            "slip_percent", "percent_complete", "budget", "eac", "committed", "actual", "year_budget", "year_forecast",
            "cost_variance", "cost_variance_percent", "currency", "open_risks", "max_risk", "late_milestones", "next_milestone",
            "next_milestone_date", "next_milestone_slip", "data_date", "valid_from", "valid_to", "project_url", "url",
        )  # fmt: skip
        read_only_fields = fields


COMMON: dict[str, Source] = {
    "project": "project_id",
    "portfolio": "portfolio__code",
    "node": "node_id",
    "project_url": Link("/api/v1/projects/{}/", "project_id"),
    "url": Link("/api/v1/health/{}/", "project_id"),
}
HISTORY = of_serializer(HealthSerializer, **COMMON)
THEN = of_serializer(HealthSerializer, **COMMON, valid_to="still")  # that day nobody knew when it would end
NOW = of_serializer(HealthSerializer, **COMMON, valid_from="computed_at", valid_to="still")


EVER = Value(None, output_field=DateTimeField())


class HealthViewSet(MoneyWithheld, ScopedReadings):
    """One row per project, under the id of the project."""

    noun = ("project's health", "health of the projects")
    project_member = "project"
    area = "reports"
    queryset = ProjectHealth.objects.all()
    serializer_class = HealthSerializer
    listing = NOW
    unique = "project"
    orders = ("project", "valid_from", "slip_days", "gap")
    default_order = "project"
    csv_actions = ("list", "history")
    params: ClassVar = {
        "project": Param("Id of the project.", ID, member="project"),
        "portfolio": below("portfolio"),
        "programme": below("programme"),
        "as_of": AS_OF_PARAM,
        "computed": Param("Computed colour.", member="computed", choices=RAGS),
        "changed_since": Param("So since this instant or later.", MOMENT, member="valid_from", lookup="gte"),
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.day = past_day(request, self.params) if self.action == "list" else None
        if self.day or self.action == "history":
            self.listing = THEN if self.day else HISTORY

    def get_queryset(self) -> QuerySet[Any]:
        day = getattr(self, "day", None)
        if day:
            return HealthAsOf.objects.on(day).visible_to(self.request.user).annotate(still=EVER)
        return super().get_queryset().annotate(still=EVER)

    @extend_schema(filters=False, responses=HealthSerializer(many=True), operation_id="health_history_list")
    @action(detail=True, methods=["get"], url_path="history", filter_backends=[])
    def history(self, request: Request, pk: str) -> HttpResponseBase:
        """Every state of a project that history keeps, oldest first."""
        check_query(request, PARAMETERS | SELECTION)
        if not Project.objects.visible_to(request.user).filter(pk=pk).exists():
            raise Http404
        states = HealthHistory.objects.visible_to(request.user).filter(project=pk)
        return self.listed(states)
