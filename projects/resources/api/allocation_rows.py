"""Requests of people as the API tells them: with their months, and the bodies of what is answered to them."""

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from rest_framework import serializers

from pmo_portal.core.api.expand import Expand, Expandable, expandable
from pmo_portal.core.api.fields import Strict, StrictSerializer, Text
from pmo_portal.core.api.rows import Link, Row, Worked, of_serializer
from projects.hierarchy.api import OF_PROJECT
from projects.resources.models import Allocation, AllocationMonth, Person, Unit
from projects.resources.services import Whom
from projects.resources.services.months import MOST_MONTHS

MEASURE = "In the measure of the request: days, or per cent of working time."


class MonthSerializer(StrictSerializer):
    """A month (its first day): what is asked, and what was granted (null until somebody answered)."""

    class Meta:
        model = AllocationMonth
        fields: ClassVar = ("month", "asked", "granted")
        extra_kwargs: ClassVar = {
            "asked": {"help_text": MEASURE},
            "granted": {"required": False, "help_text": f"{MEASURE} Written by the verbs: it may only be repeated."},
        }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Each month is whole, also in a change that leaves the rest of the request as it is."""
        for name in ("month", "asked"):
            if name not in attrs:
                raise serializers.ValidationError({name: [self.fields[name].error_messages["required"]]})
        return attrs


class AllocationSerializer(StrictSerializer):
    """A request for somebody of a role, and the answer to it: the verbs write the answer, not a change of its members."""

    expands: ClassVar = {
        **OF_PROJECT,
        "role": Expand("role", "role_id"),
        "skill": Expand("skill", "skill_id"),
        "unit": Expand("unit", "unit_id"),
        "person": Expand("person", "person_id"),
    }
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    role_name = serializers.CharField(source="role.name", read_only=True)
    skill_name = serializers.CharField(source="skill.name", read_only=True, allow_null=True)
    unit_name = serializers.CharField(source="unit.name", read_only=True, allow_null=True)
    person_name = serializers.CharField(source="person.name", read_only=True, allow_null=True)
    months = MonthSerializer(
        many=True,
        max_length=MOST_MONTHS,  # type: ignore[call-arg]  # of the list
        help_text="Always sent whole: a month that is not in the list is asked no more. Leave it out to change no month.",
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Allocation
        fields: ClassVar = (
            "id", "project", "project_code", "portfolio", "external_ref", "role", "role_name", "skill", "skill_name",
            "level", "unit", "unit_name", "person", "person_name", "firmness", "measure", "note", "months", "status",
            "asked_by", "asked_on", "answer", "answered_by", "answered_on", "origin",
            "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        read_only_fields: ClassVar = (
            "status",
            "asked_by",
            "asked_on",
            "answer",
            "answered_by",
            "answered_on",
            "origin",
        )
        extra_kwargs: ClassVar = {
            "level": {"help_text": "Of the skill, 1 to 5: at least."},
            "unit": {"help_text": "Whom it is asked of; once answered, the team that takes it without a name."},
            "person": {"help_text": "Who is wished for; once answered, who it is."},
            "measure": {"help_text": "What the numbers of the months are."},
            "origin": {"help_text": "The request this one was split from: they share its days."},
            "asked_by": {"help_text": "Id of the user."},
            "answered_by": {"help_text": "Id of the user."},
        }


class GrantedSerializer(Strict):
    """How much of a month."""

    month = serializers.DateField(help_text="Its first day.")
    granted = serializers.DecimalField(max_digits=7, decimal_places=2, help_text=MEASURE)


class AnswerSerializer(Strict):
    """Who gets it, how much of it, and what the project is told."""

    person = serializers.PrimaryKeyRelatedField(
        queryset=Person.objects.all(), required=False, allow_null=True, help_text="Left out with `unit`: as it is."
    )
    unit = serializers.PrimaryKeyRelatedField(
        queryset=Unit.objects.all(), required=False, allow_null=True, help_text="The team that takes it without a name."
    )
    months = GrantedSerializer(
        many=True,
        required=False,
        max_length=MOST_MONTHS,  # type: ignore[call-arg]  # of the list
        help_text="What is granted; left out: all that was proposed, else asked. Months that are missing get nothing.",
    )
    answer = Text(required=False, allow_blank=True, help_text="What the project is told.")


class ProposeAllocationSerializer(AnswerSerializer):
    """Who could do it."""


class ConfirmAllocationSerializer(AnswerSerializer):
    """Who does it."""

    seen = Text(
        required=False, allow_blank=True, help_text="The `mark` of the candidate you saw: 409 when it changed since."
    )
    anyway = serializers.BooleanField(
        required=False, help_text="On purpose, although it is too much for the person or the unit."
    )


class SplitAllocationSerializer(ConfirmAllocationSerializer):
    """The part that somebody gets; nobody named: the part that is asked for anew."""

    months = GrantedSerializer(many=True, max_length=MOST_MONTHS, help_text="The part.")  # type: ignore[call-arg]
    confirm = serializers.BooleanField(required=False, help_text="Confirmed at once (true) or proposed.")


class RefuseAllocationSerializer(Strict):
    """Why not."""

    answer = Text(help_text="What the project is told.")


def nothing_yet(_pk: int) -> list[Row]:
    """The months come with a query of their own."""
    return []


LISTING = of_serializer(AllocationSerializer, months=Worked(("id",), nothing_yet), url=Link("/api/v1/allocations/{}/"))


def told(rows: list[Row], user: Any = None) -> list[Row]:
    """The rows with their months: one query, whatever their number."""
    if rows and "months" in rows[0]:
        found: dict[int, list[Row]] = defaultdict(list)
        months = AllocationMonth.objects.filter(allocation__in=[row["id"] for row in rows]).order_by("month")
        for one in months.values("allocation_id", "month", "asked", "granted"):
            found[one.pop("allocation_id")].append(one)
        for row in rows:
            row["months"] = found[row["id"]]
    return rows


def asked_in(fields: dict[str, Any], row: Allocation | None = None) -> dict[date, Decimal] | None:
    """What the months of a body ask, taken out of it; 400 where it grants something that is not granted already."""
    given = fields.pop("months", None)
    if given is None:
        return None
    if sent := {one["month"]: one["granted"] for one in given if one.get("granted") is not None}:
        held = dict(row.months.values_list("month", "granted")) if row is not None else {}
        if any(held.get(month) != granted for month, granted in sent.items()):
            raise serializers.ValidationError({"months": [_("What is granted is written by an answer.")]})
    return by_month(given, "asked")


def months_in(fields: dict[str, Any]) -> dict[date, Decimal] | None:
    """What the months of an answer grant, taken out of it; None where it has none."""
    given = fields.pop("months", None)
    return None if given is None else by_month(given, "granted")


def by_month(given: list[dict[str, Any]], name: str) -> dict[date, Decimal]:
    """The amounts of a body; 400 where it gives a month twice, for nobody knows which is meant."""
    found = {one["month"]: one[name] for one in given}
    if len(found) < len(given):
        month = next(month for month in found if sum(one["month"] == month for one in given) > 1)
        raise serializers.ValidationError({"months": [_("%(month)s is given twice.") % {"month": f"{month:%Y-%m}"}]})
    return found


def whom_in(fields: dict[str, Any]) -> Whom | None:
    """Who is named in a body, taken out of it; None where nobody is."""
    person, unit = fields.pop("person", None), fields.pop("unit", None)
    return Whom(person, unit) if person or unit else None


expandable.add(
    "allocation", Expandable(AllocationSerializer, LISTING, Allocation.objects.visible_to, told, area="people")
)
