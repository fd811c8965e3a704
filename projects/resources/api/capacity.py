"""Capacity without names, and what a day costs, in the API."""

from typing import Any, ClassVar

from django.db.models import QuerySet
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import ID, Param
from pmo_portal.core.api.rows import Link, of_serializer
from projects.hierarchy.api import EXTERNAL_REF, UPDATED_SINCE, between
from projects.resources.api.base import ByWhatTheyAre, OfPerson, SupplyViewSet, check_sees_rates
from projects.resources.api.people import PERSON
from projects.resources.api.vocabulary import STAMPS
from projects.resources.models import PooledCapacity, Rate


class PooledCapacitySerializer(StrictSerializer):
    """So many full-time equivalents of a role over some months, nobody named; several add up."""

    expands: ClassVar = {"role": Expand("role", "role_id"), "unit": Expand("unit", "unit_id")}
    role_name = serializers.CharField(source="role.name", read_only=True)
    unit_name = serializers.CharField(source="unit.name", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = PooledCapacity
        fields: ClassVar = (
            "id", "role", "role_name", "unit", "unit_name", "name", "first_month", "last_month", "fte", "external_ref",
            *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "first_month": {"help_text": "Its first day."},
            "last_month": {"help_text": "Its first day; the month is included."},
            "fte": {"help_text": "Full-time equivalents; may exceed one."},
        }


class PooledCapacityViewSet(SupplyViewSet):
    noun = ("generic capacity", "generic capacities")
    queryset = PooledCapacity.objects.all()
    serializer_class = PooledCapacitySerializer
    listing = of_serializer(PooledCapacitySerializer, url=Link("/api/v1/pooled-capacities/{}/"))
    orders = ("id", "first_month", "fte", "updated_at")
    params: ClassVar = {
        "role": Param("Id of the role.", ID, member="role"),
        "unit": Param("Id of the unit.", ID, member="unit"),
        "external_ref": EXTERNAL_REF,
        **between("first_month", "Beginning"),
        **between("last_month", "Ending"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"role": 1, "unit": 1, "first_month": "2027-01-01", "last_month": "2027-06-01", "fte": "2.50"},
        "change": {"fte": "3.00"},
    }


class RateSerializer(StrictSerializer):
    """What a day of a person, or of anybody of a role, costs from a day on, until the next rate of the same."""

    expands: ClassVar = {"person": Expand("person", "person_id"), "role": Expand("role", "role_id")}
    fixed = ("person", "role")
    person_name = serializers.CharField(source="person.name", read_only=True, allow_null=True)
    role_name = serializers.CharField(source="role.name", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Rate
        fields: ClassVar = (
            "id", "person", "person_name", "role", "role_name", "starts_on", "daily_rate", "currency", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            "person": {"help_text": "Of this person; null for that of a role."},
            "role": {"help_text": "Of anybody of this role; null for that of a person."},
        }


class RateViewSet(OfPerson, ByWhatTheyAre):
    """Rates, for who sees them over the whole organisation; 403 for the others. In bulk: by `person`, `role`, `starts_on`."""

    noun = ("rate", "rates")
    queryset = Rate.objects.all()
    serializer_class = RateSerializer
    listing = of_serializer(RateSerializer, url=Link("/api/v1/rates/{}/"))
    alike = ("starts_on", "person", "role")
    orders = ("id", "starts_on", "updated_at")
    params: ClassVar = {
        "person": PERSON,
        "role": Param("Id of the role.", ID, member="role"),
        **between("starts_on", "From"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {
        "create": {"role": 1, "starts_on": "2027-01-01", "daily_rate": "650.00"},
        "change": {"daily_rate": "680.00"},
    }

    def get_queryset(self) -> QuerySet[Any]:
        check_sees_rates(self.request)
        return Rate.objects.all()

    def require(self, right: str, target: Any) -> None:
        super().require(right, target)
        check_sees_rates(self.request)
