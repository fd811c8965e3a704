"""Actions of the API."""

from typing import Any, ClassVar

from django.db.models import Model
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.hierarchy.api import OF_PROJECT, BulkOfProject, between
from projects.raid.api.register_params import OWNER, of_register
from projects.raid.models import Action
from projects.raid.models.action import ORIGINS
from projects.raid.services import create_action, delete_action, update_action


class ActionSerializer(StrictSerializer):
    """Something to do by a day; it may come from one risk, issue or decision of its project."""

    expands = {
        **OF_PROJECT,
        "owner": Expand("person", "owner_id"),
        **{name: Expand(name, f"{name}_id") for name in ORIGINS},
    }
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    owner_name = serializers.CharField(source="owner.name", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Action
        fields = (
            "id", "project", "project_code", "portfolio", "code", "external_ref", "title", "title_en", "description",
            "status", "priority", "owner", "owner_name", "due_date", "done_on", "percent_complete", *ORIGINS,
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "priority": {"help_text": "1 very low … 5 very high."},
            "done_on": {"help_text": "The day it was done: today unless given; null until then."},
            "percent_complete": {"help_text": "0–100, null when nobody said; 100 once done."},
            **{name: {"help_text": f"Id of the {name} it comes from; one origin at most."} for name in ORIGINS},
        }


class ActionViewSet(BulkOfProject, ScopedViewSet):
    noun = ("action", "actions")
    area = "risks"
    queryset = Action.objects.all()
    serializer_class = ActionSerializer
    listing = of_serializer(ActionSerializer, url=Link("/api/v1/actions/{}/"))
    rights = Rights("projects.edit_registers", "projects.edit_registers", "projects.edit_project")
    orders = ("id", "due_date", "done_on", "updated_at")
    examples: ClassVar = {
        "create": {"project": 1, "title": "Relancer le fournisseur", "priority": 4, "due_date": "2027-01-15"},
        "change": {"status": "done"},
    }
    params: ClassVar = of_register(
        Action,
        "due_date",
        owner=OWNER,
        **{name: Param(f"Id of the {name} it comes from.", ID, member=name) for name in ORIGINS},
        **between("due_date", "Due"),
        **between("done_on", "Done"),
    )

    def create_row(self, fields: dict[str, Any]) -> Model:
        return create_action(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return update_action(action=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        delete_action(action=row, version=version, **self.changing())


expandable.add(
    "action", Expandable(ActionSerializer, ActionViewSet.listing, Action.objects.visible_to, area=ActionViewSet.area)
)
