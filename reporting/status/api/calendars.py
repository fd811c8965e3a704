"""Reporting calendars of the API: how a portfolio or programme reports."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from projects.access.policy import RUN_REPORTING, allowed
from projects.hierarchy.api import UPDATED_SINCE, inside
from reporting.status.models import ReportingCalendar
from reporting.status.services import calendars


class ReportingCalendarSerializer(StrictSerializer):
    """The rhythm of a container, and of everything below it that has no calendar of its own. Delays are working days."""

    expands = {"node": Expand("container", "node_id")}
    fixed = ("node",)
    node_code = serializers.CharField(source="node.code", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = ReportingCalendar
        fields = (
            "id", "node", "node_code", "cadence", "since", "opens_before", "due_after", "review_days", "country", "region",
            "ambers_before_red", "pmo_edits", "is_active", "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "since": {
                "required": False,
                "help_text": "The first period is the one of this day: today unless given, at most a year ago.",
            },
            "country": {
                "help_text": "ISO 3166-1, two letters, whose public holidays are no working days; empty: none."
            },
            "is_active": {"help_text": "Periods open, close and freeze by themselves."},
        }


class CalendarViewSet(ScopedViewSet):
    """A change makes the periods to come again; those that opened keep their days."""

    noun = ("reporting calendar", "reporting calendars")
    area = "reports"
    queryset = ReportingCalendar.objects.all()
    serializer_class = ReportingCalendarSerializer
    listing = of_serializer(ReportingCalendarSerializer, url=Link("/api/v1/reporting-calendars/{}/"))
    rights = Rights(RUN_REPORTING, RUN_REPORTING, RUN_REPORTING)
    place = ""  # the service asks for the right on the container
    related = ("node",)
    orders = ("id", "node", "updated_at")
    params: ClassVar = {
        "node": Param("Id of the portfolio or programme.", ID, member="node"),
        "portfolio": inside("portfolio", "node__path"),
        "cadence": Param("Cadence.", member="cadence", choices=ReportingCalendar.Cadence.values),
        "is_active": Param("Running (true) or paused (false).", FLAG, member="is_active"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"node": 1, "cadence": "monthly", "opens_before": 4, "due_after": 2},
        "change": {"due_after": 3},
    }

    def require(self, right: str, target: Any) -> None:
        """Anywhere at all; on the container by the services."""
        if not allowed(self.request.user, right, None):
            raise PermissionDenied(_("Your role does not allow this here."))

    def create_row(self, fields: dict[str, Any]) -> Model:
        return calendars.create_calendar(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return calendars.update_calendar(calendar=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        calendars.delete_calendar(calendar=row, by=self.actor, version=version)


expandable.add(
    "reporting-calendar",
    Expandable(
        ReportingCalendarSerializer, CalendarViewSet.listing, ReportingCalendar.objects.visible_to, area="reports"
    ),
)
