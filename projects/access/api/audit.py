"""What happened, as the API tells it: also how an integrator learns of deleted rows (`?action=delete&since=…`)."""

from dataclasses import replace
from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown
from pmo_portal.core.api.params import ID, MOMENT, Param
from pmo_portal.core.api.rows import Listing, Row, of_serializer
from pmo_portal.core.api.selection import Selection
from pmo_portal.core.api.viewsets import ScopedReadings
from pmo_portal.core.models import AuditEvent
from projects.access.selectors import events_visible_to, guarded_from


class AuditEventSerializer(Shown, serializers.ModelSerializer):
    """One change of one record: `changes` maps each field to [before, after]; relations are ids."""

    expands = {
        "actor": Expand("user", "actor_id"),
        "on_behalf_of": Expand("user", "on_behalf_of_id"),
        "project": Expand("project", "project_id"),
    }
    actor_username = serializers.CharField(source="actor.username", allow_null=True)
    project = serializers.IntegerField(source="project_id", allow_null=True, help_text="Id of the project concerned.")
    changes = serializers.DictField(child=serializers.ListField(child=serializers.JSONField()))

    class Meta:
        model = AuditEvent
        fields: ClassVar = (
            "id", "at", "actor", "actor_username", "on_behalf_of", "action", "target_type", "target_id", "target_label",
            "project", "changes", "source", "request_id",
        )  # fmt: skip
        read_only_fields = fields


class AuditEventViewSet(ScopedReadings):
    """The history of what you may see: of visible projects and containers; for who may read the audit log, what it shows."""

    noun = ("change", "changes")
    area = "administration"
    queryset = AuditEvent.objects.all()
    serializer_class = AuditEventSerializer
    listing = of_serializer(AuditEventSerializer)
    orders = ("id", "at")
    params: ClassVar = {
        "action": Param("What was done: create, update, delete, declare, undo…", member="action"),
        "target_type": Param("Kind of record, for example projects.Risk.", member="target_type"),
        "target_id": Param("Id of the record.", ID, member="target_id"),
        "project": Param("Id of the project.", ID, member="project"),
        "actor": Param("Id of the user.", ID, member="actor"),
        "source": Param("From where.", member="source", choices=AuditEvent.Source.values),
        "request_id": Param("The request it was part of.", member="request_id"),
        "since": Param("At or after this instant.", MOMENT, member="at", lookup="gte"),
        "until": Param("Before this instant.", MOMENT, member="at", lookup="lt"),
    }

    def needed(self, selection: Selection) -> Listing:
        """What an event is about decides what is told of it."""
        return replace(selection, members=None).listing(self.listing, self.unique)

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without the single fields this reader may not see, as on the history page."""
        hidden = guarded_from(self.request.user)  # type: ignore[arg-type]
        for row in rows:
            unseen = [name for (label, name) in hidden if label == row["target_type"] and name in row["changes"]]
            for name in unseen:
                if row["project"] not in hidden[row["target_type"], name]:
                    row["changes"] = {key: pair for key, pair in row["changes"].items() if key != name}
        return rows

    def get_queryset(self) -> QuerySet[Any]:
        return events_visible_to(self.request.user)  # type: ignore[arg-type]
