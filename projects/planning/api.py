"""Milestones of the API."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import Model
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import Shown, StrictSerializer
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, Worked, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedReadings, ScopedViewSet
from projects.hierarchy.api import (
    EXTERNAL_REF,
    OF_PROJECT,
    BulkOfProject,
    between,
    inside,
    missing_or_not,
    of_project,
    words_in,
)
from projects.planning.models import Milestone, MilestoneForecast
from projects.planning.services import PROGRESS, create_milestone, delete_milestone, update_milestone


def slip(baseline: date | None, forecast: date | None, actual: date | None) -> int | None:
    """Days between the baseline and the actual (else the forecast) date; None when one is missing."""
    reached = actual or forecast
    return (reached - baseline).days if reached and baseline else None


class MilestoneSerializer(StrictSerializer):
    """A dated event of a project, with its baseline, its forecast and the day it was reached."""

    expands = {**OF_PROJECT, "owner": Expand("person", "owner_id")}
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    owner_name = serializers.CharField(source="owner.name", read_only=True, allow_null=True)
    slip_days = serializers.IntegerField(
        read_only=True,
        allow_null=True,
        help_text="Calendar days after the baseline, negative when ahead; null when unknown.",
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Milestone
        fields = (
            "id", "project", "project_code", "portfolio", "code", "external_ref", "name", "name_en", "is_key", "is_fixed",
            "weight", "position", "baseline_date", "forecast_date", "actual_date", "slip_days", "owner", "owner_name",
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip


class MilestoneViewSet(BulkOfProject, ScopedViewSet):
    """Contributors may move the forecast and say when a milestone was reached; the rest belongs to whoever edits the project."""

    noun = ("milestone", "milestones")
    area = "planning"
    queryset = Milestone.objects.all()
    serializer_class = MilestoneSerializer
    listing = of_serializer(
        MilestoneSerializer,
        slip_days=Worked(("baseline_date", "forecast_date", "actual_date"), slip),
        url=Link("/api/v1/milestones/{}/"),
    )
    rights = Rights("projects.edit_project", "projects.edit_registers", "projects.edit_project")
    orders = ("id", "baseline_date", "forecast_date", "actual_date", "updated_at")
    examples: ClassVar = {
        "create": {"project": 1, "name": "Mise en service", "is_key": True, "baseline_date": "2027-06-30"},
        "change": {"forecast_date": "2027-09-15"},
    }
    params: ClassVar = of_project(
        is_key=Param("Key milestones only, or the others only.", FLAG, member="is_key"),
        is_fixed=Param("Fixed dates only, or the others only.", FLAG, member="is_fixed"),
        open=missing_or_not("actual_date", "Not reached yet (true) or reached (false)."),
        external_ref=EXTERNAL_REF,
        q=words_in("name", "name_en", "code"),
        **between("baseline_date", "Baseline"),
        **between("forecast_date", "Forecast"),
    )

    def check_changes(self, row: Any, changes: Any) -> None:
        if not changes.keys() <= PROGRESS:
            self.require("projects.edit_project", row)

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_milestone(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_milestone(milestone=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_milestone(milestone=row, version=version, **self.changing())


expandable.add(
    "milestone",
    Expandable(MilestoneSerializer, MilestoneViewSet.listing, Milestone.objects.visible_to, area="planning"),
)


class ForecastSerializer(Shown, serializers.ModelSerializer):
    """What was forecast for a milestone from `recorded_on` until the next row of the same milestone."""

    expands = {"milestone": Expand("milestone", "milestone_id"), "project": Expand("project", "milestone__project_id")}
    milestone_name = serializers.CharField(source="milestone.name")
    project = serializers.IntegerField(source="milestone.project_id", help_text="Id of the project.")
    project_code = serializers.CharField(source="milestone.project.code")

    class Meta:
        model = MilestoneForecast
        fields: ClassVar = (
            "id", "milestone", "milestone_name", "project", "project_code", "forecast_date", "recorded_on",
        )  # fmt: skip
        read_only_fields = fields


class ForecastViewSet(ScopedReadings):
    """Kept by the portal, one row a day at most: the milestone trend reads it. `recorded_on_from` gives what is new."""

    noun = ("former forecast", "former forecasts of the milestones")
    area = "planning"
    queryset = MilestoneForecast.objects.all()
    serializer_class = ForecastSerializer
    listing = of_serializer(ForecastSerializer)
    orders = ("id", "recorded_on", "forecast_date")
    params: ClassVar = {
        "milestone": Param("Id of the milestone.", ID, member="milestone"),
        "project": Param("Id of the project.", ID, member="project"),
        "portfolio": inside("portfolio", "milestone__project__path"),
        "programme": inside("programme", "milestone__project__path"),
        **between("recorded_on", "Recorded"),
        **between("forecast_date", "Forecast"),
    }
