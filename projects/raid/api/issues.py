"""Issues of the API."""

from typing import Any, ClassVar

from django.db.models import Model
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.rows import Link, Worked, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.hierarchy.api import OF_PROJECT, BulkOfProject, between
from projects.raid.api.register_params import OWNER, of_register
from projects.raid.models import Issue
from projects.raid.services import create_issue, delete_issue, update_issue


def level(urgency: int, impact: int) -> int:
    """What comes first, 1–25."""
    return urgency * impact


class IssueSerializer(StrictSerializer):
    """Something that happened and hinders the project."""

    expands = {**OF_PROJECT, "owner": Expand("person", "owner_id")}
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    owner_name = serializers.CharField(source="owner.name", read_only=True, allow_null=True)
    level = serializers.IntegerField(read_only=True, help_text="urgency × impact, 1–25.")
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Issue
        fields = (
            "id", "project", "project_code", "portfolio", "code", "external_ref", "title", "title_en", "description",
            "status", "urgency", "impact", "level", "size", "owner", "owner_name", "due_date", "closed_on",
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "size": {"help_text": "Effort to resolve it, 1–5."},
            "closed_on": {"help_text": "The day it was resolved or closed: today unless given; null while it is open."},
        }


class IssueViewSet(BulkOfProject, ScopedViewSet):
    noun = ("issue", "issues")
    area = "risks"
    queryset = Issue.objects.all()
    serializer_class = IssueSerializer
    listing = of_serializer(IssueSerializer, level=Worked(("urgency", "impact"), level), url=Link("/api/v1/issues/{}/"))
    rights = Rights("projects.edit_registers", "projects.edit_registers", "projects.edit_project")
    orders = ("id", "due_date", "closed_on", "updated_at")
    examples: ClassVar = {
        "create": {"project": 1, "title": "Recette bloquée", "urgency": 4, "impact": 4, "due_date": "2027-01-15"},
        "change": {"status": "resolved"},
    }
    params: ClassVar = of_register(
        Issue, "due_date", owner=OWNER, **between("due_date", "Due"), **between("closed_on", "Resolved")
    )

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_issue(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_issue(issue=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_issue(issue=row, version=version, **self.changing())


expandable.add(
    "issue", Expandable(IssueSerializer, IssueViewSet.listing, Issue.objects.visible_to, area=IssueViewSet.area)
)
