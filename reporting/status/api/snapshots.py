"""Snapshots of the API: what a freeze kept, as it was kept, without what the reader may not see under the rights of today."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.params import FLAG, ID, MOMENT, Param
from pmo_portal.core.api.rows import Link, Listing, Row, Source, of_serializer
from pmo_portal.core.api.selection import Selection
from pmo_portal.core.api.viewsets import ScopedReadings
from projects.hierarchy.api import inside
from projects.hierarchy.declared import Rag
from projects.hierarchy.visibility import Access
from reporting.status.models import Snapshot
from reporting.status.snapshots import shown_to

AMOUNTS = ("budget", "eac", "actual")
HIDDEN = "In the currency of the row; null for who does not see the project's money."


@extend_schema_field({"type": "object", "additionalProperties": {}})
class Content(serializers.JSONField):
    """The stored whole."""


class SnapshotRow(Shown, serializers.ModelSerializer):
    """A project in a frozen period. It never changes; only what is withheld follows the rights of its reader."""

    expands = {"project": Expand("project", "project_id"), "period": Expand("reporting-period", "period_id")}
    code = serializers.CharField(help_text="Of the project, then; as `name`, `state` and all else.")
    is_reported = serializers.BooleanField(help_text="False: nobody submitted a report; silence is kept as silence.")
    gap = serializers.IntegerField(allow_null=True, help_text="Positive when declared better than computed.")
    period_starts_on = serializers.DateField()
    url = serializers.URLField()

    class Meta:
        model = Snapshot
        fields: tuple[str, ...] = (
            "id", "report", "project", "period", "period_starts_on", "revision", "frozen_at", "is_reported", "code", "name",
            "name_en", "state", "declared", "declared_rag", "computed", "gap", "trend", "baseline_end", "forecast_end",
            "percent_complete", *AMOUNTS, "currency", "max_risk", "url",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar = {name: {"help_text": HIDDEN} for name in AMOUNTS}


class SnapshotSerializer(SnapshotRow):
    """The same with everything that was kept."""

    content = Content(
        help_text="The whole, format 1: `project`, `report` (empty when nothing was reported), `health` with its reasons,"
        " `milestones`, `risks`, `issues`, `decisions`, `money`,"
        " `assessment` and `confidential` (each null for who may not see it)."
    )
    digest = serializers.CharField(
        allow_null=True,
        help_text="SHA-256 of the whole content as canonical JSON; null for who does not see all of it.",
    )

    class Meta(SnapshotRow.Meta):
        fields = (*SnapshotRow.Meta.fields, "content", "digest")
        read_only_fields = fields


COMMON: dict[str, Source] = {"period_starts_on": "period__starts_on", "url": Link("/api/v1/snapshots/{}/")}
ROW = of_serializer(SnapshotRow, **COMMON)
WHOLE = of_serializer(SnapshotSerializer, **COMMON)
PLACE: dict[str, Source] = {"@project": "project_id", "@path": "path", "@confidential": "confidential"}


class SnapshotViewSet(ScopedReadings):
    """Of the projects you see today, as each was; its place is the one it had."""

    noun = ("snapshot", "snapshots")
    area = "reports"
    queryset = Snapshot.objects.all()
    listing = WHOLE
    orders = ("id", "frozen_at", "gap", *AMOUNTS)
    params: ClassVar = {
        "project": Param("Id of the project.", ID, member="project"),
        "period": Param("Id of the period.", ID, member="period"),
        "portfolio": inside("portfolio", "path"),
        "programme": inside("programme", "path"),
        "reported": Param("With a report (true), or without (false).", FLAG, member="is_reported"),
        "computed": Param("Computed colour.", member="computed", choices=tuple(str(rag) for rag in Rag)),
        "frozen_since": Param("Frozen at or after this instant.", MOMENT, member="frozen_at", lookup="gte"),
    }

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.listing = ROW if self.action == "list" else WHOLE

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return SnapshotRow if self.action == "list" else SnapshotSerializer

    def check_order(self, name: str) -> None:
        if name in AMOUNTS and not Access.of(self.request.user).sees_all_money():
            raise PermissionDenied(
                _("Your role does not show these figures everywhere: rows cannot be put in their order.")
            )

    def needed(self, selection: Selection) -> Listing:
        """Where the project was decides what is told of it."""
        listing = super().needed(selection)
        return listing.only(listing.sources, **PLACE)

    def shown(self, rows: list[Row]) -> list[Row]:
        """As the page that reads the same snapshot: `snapshots.shown_to`."""
        access = Access.of(self.request.user)
        for row in rows:
            project, path, confidential = (row.pop(name) for name in PLACE)
            if "content" in row:
                kept = Snapshot(project_id=project, path=path, confidential=confidential, content=row["content"])
                row["content"] = told = shown_to(kept, access)
                withheld = told["money"] is None or told["confidential"] is None
                if "digest" in row and (withheld or told.get("assessment") != kept.content.get("assessment")):
                    row["digest"] = None  # it would tell a guess from the truth
            if not access.sees_money_at(project, path, confidential):
                row.update({name: None for name in AMOUNTS if name in row})
        return rows
