"""Working calendars of the API, and the days on which they are otherwise."""

from typing import ClassVar

from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import FLAG, ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from projects.hierarchy.api import EXTERNAL_REF, UPDATED_SINCE, between, words_in
from projects.resources.api.base import ByWhatTheyAre, SupplyViewSet
from projects.resources.api.vocabulary import STAMPS, rows_of
from projects.resources.models import CalendarException, WorkingCalendar
from projects.resources.models.calendar import DAYS


class WorkingCalendarSerializer(StrictSerializer):
    """A working week, in per cent of each day, without the public holidays of `country` and `region`."""

    url = serializers.URLField(read_only=True)

    class Meta:
        model = WorkingCalendar
        fields: ClassVar = (
            "id", "name", "country", "region", *DAYS, "hours_per_day", "is_default", "external_ref", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "country": {"help_text": "ISO 3166-1, two letters; empty for no public holidays."},
            "region": {
                "help_text": "One with holidays of its own, by its ISO 3166-2 code: in FR `57` Moselle, `6AE` Alsace."
            },
            "hours_per_day": {"help_text": "What a day of other systems is in hours; the portal counts in days."},
            "is_default": {"help_text": "Used where nothing else is said; the former one gives way."},
        }


class WorkingCalendarViewSet(SupplyViewSet):
    noun = ("working calendar", "working calendars")
    queryset = WorkingCalendar.objects.all()
    serializer_class = WorkingCalendarSerializer
    listing = of_serializer(WorkingCalendarSerializer, url=Link("/api/v1/working-calendars/{}/"))
    alike = ("name",)
    orders = ("id", "name", "updated_at")
    params: ClassVar = {
        "external_ref": EXTERNAL_REF,
        "country": Param("Exactly this country.", member="country"),
        "is_default": Param("The usual one, or the others.", FLAG, member="is_default"),
        "q": words_in("name"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"name": "Strasbourg", "country": "FR", "region": "6AE", "friday": 50},
        "change": {"friday": 100},
    }


class CalendarExceptionSerializer(StrictSerializer):
    """Days that are not as the week says, public holidays included: a closure (0), a Saturday worked (100)."""

    expands: ClassVar = {"calendar": Expand("working-calendar", "calendar_id")}
    fixed = ("calendar",)
    calendar_name = serializers.CharField(source="calendar.name", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = CalendarException
        fields: ClassVar = ("id", "calendar", "calendar_name", "name", "first_day", "last_day", "share", *STAMPS)


class CalendarExceptionViewSet(ByWhatTheyAre):
    """Exceptions of calendars; those of one calendar do not overlap. In bulk: by `calendar` and `first_day`."""

    noun = ("exception of a calendar", "exceptions of calendars")
    queryset = CalendarException.objects.all()
    serializer_class = CalendarExceptionSerializer
    listing = of_serializer(CalendarExceptionSerializer, url=Link("/api/v1/calendar-exceptions/{}/"))
    alike = ("calendar", "first_day")
    orders = ("id", "first_day", "updated_at")
    params: ClassVar = {
        "calendar": Param("Id of the calendar.", ID, member="calendar"),
        **between("first_day", "Beginning"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"calendar": 1, "name": "Fermeture d’été", "first_day": "2027-08-02", "last_day": "2027-08-13"},
        "change": {"last_day": "2027-08-20"},
    }


expandable.add(
    "working-calendar",
    Expandable(WorkingCalendarSerializer, WorkingCalendarViewSet.listing, rows_of(WorkingCalendar), area="people"),
)
