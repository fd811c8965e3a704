"""When people work, in the API: their patterns and their absences."""

from typing import ClassVar

from rest_framework import serializers

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from projects.hierarchy.api import EXTERNAL_REF, UPDATED_SINCE, between
from projects.resources.api.base import ByWhatTheyAre, OfPerson, SupplyViewSet
from projects.resources.api.people import PERSON
from projects.resources.api.vocabulary import STAMPS
from projects.resources.models import Absence, UnitShare, WorkPattern
from projects.resources.models.calendar import DAYS

OF_PERSON = {"person": Expand("person", "person_id")}


class WorkPatternSerializer(StrictSerializer):
    """How somebody works from a day on, until their next pattern: per cent of a whole day, for each day of the week."""

    expands = OF_PERSON
    fixed = ("person",)
    person_name = serializers.CharField(source="person.name", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = WorkPattern
        fields: ClassVar = ("id", "person", "person_name", "starts_on", *DAYS, "percent_run", *STAMPS)
        extra_kwargs: ClassVar = {
            "percent_run": {"help_text": "Share of what is worked that goes to daily operations: no capacity."}
        }


class WorkPatternViewSet(OfPerson, ByWhatTheyAre):
    """Working patterns. In bulk a row is recognised by `person` and `starts_on`."""

    noun = ("working pattern", "working patterns")
    queryset = WorkPattern.objects.all()
    serializer_class = WorkPatternSerializer
    listing = of_serializer(WorkPatternSerializer, url=Link("/api/v1/work-patterns/{}/"))
    alike = ("person", "starts_on")
    orders = ("id", "starts_on", "updated_at")
    params: ClassVar = {"person": PERSON, **between("starts_on", "From"), "updated_since": UPDATED_SINCE}
    examples: ClassVar = {
        "create": {"person": 1, "starts_on": "2027-01-04", "thursday": 0, "friday": 0},
        "change": {"percent_run": 20},
    }


class AbsenceSerializer(StrictSerializer):
    """Days on which somebody is not there, both included. Why they are away is not kept beyond `kind`."""

    expands = OF_PERSON
    fixed = ("person",)
    person_name = serializers.CharField(source="person.name", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Absence
        fields: ClassVar = (
            "id", "person", "person_name", "kind", "first_day", "last_day", "share", "external_ref", "source", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "share": {"help_text": "Per cent of what they would have worked on each day."},
            "source": {"help_text": "The system or file it comes from; the next file of it says what is gone."},
        }


class AbsenceViewSet(OfPerson, SupplyViewSet):
    """Absences. In bulk a row is recognised by `person` and `external_ref`."""

    noun = ("absence", "absences")
    queryset = Absence.objects.all()
    serializer_class = AbsenceSerializer
    listing = of_serializer(AbsenceSerializer, url=Link("/api/v1/absences/{}/"))
    bulk_scope = "person_id"
    orders = ("id", "first_day", "last_day", "updated_at")
    params: ClassVar = {
        "person": PERSON,
        "external_ref": EXTERNAL_REF,
        "kind": Param("Away, training, or other work.", member="kind", choices=Absence.Kind.values),
        "unit": Param(
            "Id of a unit the person belongs to.",
            ID,
            where=lambda rows, value, user: rows.filter(
                person__in=UnitShare.objects.filter(unit=value).values("person")
            ),
        ),
        **between("first_day", "Beginning"),
        **between("last_day", "Ending"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"person": 1, "kind": "leave", "first_day": "2027-02-15", "last_day": "2027-02-19"},
        "change": {"last_day": "2027-02-26"},
    }
