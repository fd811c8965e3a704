"""Budget lines of the API."""

from typing import Any, ClassVar

from django.db.models import Model
from rest_framework import serializers

from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.hierarchy.api import EXTERNAL_REF, OF_PROJECT, BulkOfProject, between, missing_or_not, of_project
from projects.money.models import BudgetLine
from projects.money.services import create_budget_line, delete_budget_line, update_budget_line


class BudgetLineSerializer(StrictSerializer):
    """An amount in the project's currency, for a month (its first day) or for the whole life of the project (null)."""

    expands = OF_PROJECT
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    currency = serializers.CharField(source="project.currency", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = BudgetLine
        fields = (
            "id", "project", "project_code", "portfolio", "month", "kind", "cost_type", "category", "external_ref", "amount",
            "currency", "source", "document_ref", "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        read_only_fields = ("source",)


class BudgetLineViewSet(BulkOfProject, ScopedViewSet):
    noun = ("budget line", "budget lines")
    area = "money"
    queryset = BudgetLine.objects.all()
    serializer_class = BudgetLineSerializer
    listing = of_serializer(BudgetLineSerializer, url=Link("/api/v1/budget-lines/{}/"))
    rights = Rights("projects.edit_money", "projects.edit_money", "projects.edit_money")
    orders = ("id", "month", "amount", "updated_at")
    examples: ClassVar = {
        "create": {"project": 1, "kind": "actual", "month": "2026-10-01", "cost_type": "capex", "amount": "125000.00"},
        "change": {"amount": "131500.50"},
    }
    alike = ("month", "kind", "cost_type", "category")
    ref_required = False  # the cell itself says which line is meant
    params: ClassVar = of_project(
        external_ref=EXTERNAL_REF,
        kind=Param("Kind of money.", member="kind", choices=BudgetLine.Kind.values),
        cost_type=Param("CAPEX or OPEX.", member="cost_type", choices=BudgetLine.CostType.values),
        category=Param("Exactly this category.", member="category"),
        whole_life=missing_or_not("month", "Figures for the whole life (true) or for one month (false)."),
        **between("month", "Month"),
    )

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_budget_line(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_budget_line(line=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_budget_line(line=row, version=version, **self.changing())
