"""Risks of the API."""

from typing import Any, ClassVar

from django.db.models import Model
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import Param
from pmo_portal.core.api.rows import Link, Worked, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.hierarchy.api import EXTERNAL_REF, OF_PROJECT, BulkOfProject, between, of_project, words_in
from projects.raid.api.register_params import OWNER, is_open, overdue
from projects.raid.models import Risk
from projects.raid.services import create_risk, delete_risk, update_risk


def level(probability: int, impact: int) -> int:
    """Inherent level, 1–25."""
    return probability * impact


def level_left(probability: int, impact: int, residual_probability: int | None, residual_impact: int | None) -> int:
    """Level after the response, 1–25; the inherent one while no residual was assessed."""
    if residual_probability is None or residual_impact is None:
        return probability * impact
    return residual_probability * residual_impact


class RiskSerializer(StrictSerializer):
    """A threat or an opportunity: likelihood × impact, before and after the response."""

    expands = {**OF_PROJECT, "owner": Expand("person", "owner_id")}
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    owner_name = serializers.CharField(source="owner.name", read_only=True, allow_null=True)
    level = serializers.IntegerField(read_only=True, help_text="probability × impact, 1–25.")
    residual_level = serializers.IntegerField(
        read_only=True, help_text="After the response, 1–25; `level` while not assessed."
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Risk
        fields = (
            "id", "project", "project_code", "portfolio", "code", "external_ref", "title", "title_en", "description", "kind",
            "status", "probability", "impact", "level", "residual_probability", "residual_impact", "residual_level",
            "owner", "owner_name", "response", "response_note", "due_date", "last_reviewed_on",
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip


class RiskViewSet(BulkOfProject, ScopedViewSet):
    noun = ("risk", "risks")
    area = "risks"
    queryset = Risk.objects.all()
    serializer_class = RiskSerializer
    listing = of_serializer(
        RiskSerializer,
        level=Worked(("probability", "impact"), level),
        residual_level=Worked(("probability", "impact", "residual_probability", "residual_impact"), level_left),
        url=Link("/api/v1/risks/{}/"),
    )
    rights = Rights("projects.edit_registers", "projects.edit_registers", "projects.edit_project")
    orders = ("id", "due_date", "last_reviewed_on", "updated_at")
    examples: ClassVar = {
        "create": {"project": 1, "title": "Fournisseur unique", "probability": 3, "impact": 4, "response": "reduce"},
        "change": {"residual_probability": 2, "residual_impact": 3},
    }
    params: ClassVar = of_project(
        kind=Param("Threats or opportunities.", member="kind", choices=Risk.Kind.values),
        status=Param("Status.", member="status", choices=Risk.Status.values),
        open=is_open(Risk),
        owner=OWNER,
        overdue=overdue(Risk, "due_date"),
        external_ref=EXTERNAL_REF,
        q=words_in("title", "title_en", "code", "description"),
        **between("due_date", "Due"),
    )

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_risk(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_risk(risk=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_risk(risk=row, version=version, **self.changing())


expandable.add("risk", Expandable(RiskSerializer, RiskViewSet.listing, Risk.objects.visible_to, area=RiskViewSet.area))
