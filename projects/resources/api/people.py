"""People of the API: whom a project may name, what they can do, and the units they belong to."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.db.models.functions import Lower
from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from pmo_portal.core.api.bulk import Sent
from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import StrictSerializer
from pmo_portal.core.api.params import DAY, FLAG, ID, Param
from pmo_portal.core.api.rows import Link, Row, of_serializer
from pmo_portal.core.api.viewsets import Rights
from projects.access.policy import VIEW_PEOPLE
from projects.hierarchy.api import EXTERNAL_REF, UPDATED_SINCE, words_in
from projects.hierarchy.visibility import Access
from projects.resources.api.base import ByWhatTheyAre, OfPeople, OfPerson, check_scope_of_rates, of_addresses, shared
from projects.resources.api.vocabulary import STAMPS, rows_of
from projects.resources.models import Person, PersonSkill, UnitShare
from projects.resources.services import RATE, create_person, may_name, update_person
from projects.resources.services.people import check_rate, hold_addresses

PERSON = Param("Id of the person.", ID, member="person")


class PersonSerializer(StrictSerializer):
    """Somebody who works on projects; `id` is what `project_manager`, `sponsor`, `owner` and the like take."""

    expands: ClassVar = {
        "role": Expand("role", "role_id"),
        "calendar": Expand("working-calendar", "calendar_id"),
    }
    role_name = serializers.CharField(source="role.name", read_only=True, allow_null=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Person
        fields: ClassVar = (
            "id", "name", "external_ref", "email", "organisation", "role", "role_name", "calendar", "is_external",
            "arrives_on", "leaves_on", "daily_rate", "rate_currency", *STAMPS,
        )  # fmt: skip
        extra_kwargs: ClassVar = {
            **{
                name: {"allow_null": True, "help_text": "Cost of a day; null for who does not see rates."}
                for name in sorted(RATE)
            },
            "calendar": {"help_text": "Null for that of their unit, else the usual one."},
            "leaves_on": {"help_text": "Their last day; null for nobody knows."},
        }


def present_on(queryset: QuerySet[Any], value: Any, user: Any) -> QuerySet[Any]:
    arrived = Q(arrives_on__isnull=True) | Q(arrives_on__lte=value)
    return queryset.filter(arrived, Q(leaves_on__isnull=True) | Q(leaves_on__gte=value))


class PersonViewSet(OfPeople):
    """The people whom projects name. They are not deleted: what they did keeps their name."""

    noun = ("person", "people")
    queryset = Person.objects.all()
    serializer_class = PersonSerializer
    listing = of_serializer(PersonSerializer, url=Link("/api/v1/people/{}/"))
    rights = Rights(VIEW_PEOPLE, VIEW_PEOPLE, VIEW_PEOPLE)  # and `may_name`; the services ask which fields
    http_method_names = ["get", "head", "post", "put", "patch"]
    alike = ("email",)
    orders = ("id", "name", "organisation", "updated_at")
    params: ClassVar = {
        "email": Param("Exactly this e-mail address, whatever its case.", member="email", lookup="iexact"),
        "external_ref": EXTERNAL_REF,
        "organisation": Param("Exactly this organisation.", member="organisation"),
        "role": Param("Id of the role they have.", ID, member="role"),
        "unit": Param("Id of a unit they belong to.", ID, where=lambda rows, value, user: rows.filter(
            pk__in=UnitShare.objects.filter(unit=value).values("person"))),
        "skill": Param("Id of a skill they have.", ID, where=lambda rows, value, user: rows.filter(
            pk__in=PersonSkill.objects.filter(skill=value).values("person"))),
        "is_external": Param("From outside, or not.", FLAG, member="is_external"),
        "present_on": Param("Arrived by this day, and not gone before it.", DAY, where=present_on),
        "q": words_in("name", "email", "organisation"),
        "updated_since": UPDATED_SINCE,
    }  # fmt: skip
    examples: ClassVar = {
        "create": {"name": "Léa Martin", "email": "lea.martin@example.org", "organisation": "DSI"},
        "change": {"organisation": "Direction des travaux"},
    }

    def require(self, right: str, target: Any) -> None:
        """A person belongs to no project: the right is asked anywhere at all."""
        super().require(right, target)
        if self.request.method not in ("GET", "HEAD") and not may_name(self.request.user):
            raise PermissionDenied(_("Your role does not allow this here."))

    def shown(self, rows: list[Row]) -> list[Row]:
        return without_rates(rows, self.request.user)

    def hold_for_bulk(self, rows: list[Sent]) -> None:
        named = Q(external_ref__in={row.ref for row in rows}) & ~Q(external_ref="")
        emails = {row.text("email").lower() for row in rows} - {""}
        if emails:
            hold_addresses()
        people = Person.objects.annotate(address=Lower("email")).filter(named | Q(address__in=emails))
        list(people.select_for_update().order_by("pk").values("pk"))

    def recognise(self, rows: list[Sent]) -> None:
        """An address that several people have means none of them."""
        super().recognise(rows)
        for row in rows:
            among = self.by_address.get(row.text("email").lower(), [])
            if row.known is not None and row.known.external_ref != row.ref and len(among) > 1:
                row.refuse("email", shared(among))

    def by_likeness(self, rows: list[Sent], stored: Any) -> dict[Any, Any]:
        self.by_address = of_addresses(row.text("email") for row in rows)
        found = [one for among in self.by_address.values() for one in among if not one.external_ref]
        return {(None, self.likeness({"email": one.email})): one for one in found}

    def likeness(self, given: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(text.lower() for text in super().likeness(given))

    def comparable(self, row: Any, fields: Mapping[str, Any]) -> dict[str, Any]:
        self.check_scope(fields)
        check_rate(fields, by=self.actor)
        return dict(fields)

    def check_scope(self, fields: Mapping[str, Any]) -> None:
        if RATE & fields.keys():
            check_scope_of_rates(self.request)

    def create_row(self, fields: dict[str, Any]) -> Model:
        self.check_scope(fields)
        return create_person(by=self.actor, **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        self.check_scope(changes)
        return update_person(person=row, by=self.actor, version=version, changes=changes)


def without_rates(rows: list[Row], user: Any) -> list[Row]:
    """The people without what a day of them costs, for who does not see rates."""
    if Access.of(user).sees_everywhere("rates"):
        return rows
    return [{name: None if name in RATE else value for name, value in row.items()} for row in rows]


class PersonSkillSerializer(StrictSerializer):
    """A skill somebody has: 1 beginner … 5 expert."""

    expands: ClassVar = {"person": Expand("person", "person_id"), "skill": Expand("skill", "skill_id")}
    fixed = ("person", "skill")
    person_name = serializers.CharField(source="person.name", read_only=True)
    skill_name = serializers.CharField(source="skill.name", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = PersonSkill
        fields: ClassVar = ("id", "person", "person_name", "skill", "skill_name", "level", *STAMPS)


class PersonSkillViewSet(OfPerson, ByWhatTheyAre):
    """The skills of people. In bulk a row is recognised by `person` and `skill`."""

    noun = ("skill of a person", "skills of people")
    queryset = PersonSkill.objects.all()
    serializer_class = PersonSkillSerializer
    listing = of_serializer(PersonSkillSerializer, url=Link("/api/v1/person-skills/{}/"))
    alike = ("person", "skill")
    orders = ("id", "level", "updated_at")
    params: ClassVar = {
        "person": PERSON,
        "skill": Param("Id of the skill.", ID, member="skill"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {"create": {"person": 1, "skill": 1, "level": 4}, "change": {"level": 5}}


class UnitShareSerializer(StrictSerializer):
    """The unit somebody belongs to, and with what share of them: 100 together at most."""

    expands: ClassVar = {"person": Expand("person", "person_id"), "unit": Expand("unit", "unit_id")}
    fixed = ("person", "unit")
    person_name = serializers.CharField(source="person.name", read_only=True)
    unit_name = serializers.CharField(source="unit.name", read_only=True)
    url = serializers.URLField(read_only=True)

    class Meta:
        model = UnitShare
        fields: ClassVar = ("id", "person", "person_name", "unit", "unit_name", "percent", *STAMPS)


class UnitShareViewSet(OfPerson, ByWhatTheyAre):
    """Who belongs to which unit. In bulk a row is recognised by `person` and `unit`."""

    noun = ("share of a unit", "shares of units")
    queryset = UnitShare.objects.all()
    serializer_class = UnitShareSerializer
    listing = of_serializer(UnitShareSerializer, url=Link("/api/v1/unit-shares/{}/"))
    alike = ("person", "unit")
    orders = ("id", "percent", "updated_at")
    params: ClassVar = {
        "person": PERSON,
        "unit": Param("Id of the unit.", ID, member="unit"),
        "updated_since": UPDATED_SINCE,
    }
    examples: ClassVar = {"create": {"person": 1, "unit": 1, "percent": 60}, "change": {"percent": 40}}


expandable.add(
    "person", Expandable(PersonSerializer, PersonViewSet.listing, rows_of(Person), without_rates, area="people")
)
