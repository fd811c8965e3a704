"""Capacity of the API: the heat map as data, and the load of a person by week."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from pmo_portal.core.api.params import DAY, ID, Param, check_query, values_of
from portfolio.capacity.asked import Asked, asked_of, reach
from portfolio.capacity.cells import LEVELS
from portfolio.capacity.selectors import load
from portfolio.capacity.selectors.crowded import Day
from portfolio.capacity.selectors.periods import GRAINS, Period
from portfolio.capacity.selectors.picture import KINDS, PEOPLE_SHOWN, PERSON, ROLE, Figures, Row, heat, picture
from projects.access.policy import VIEW_CAPACITY, VIEW_PEOPLE
from projects.resources.models import Person

PARAMS = {
    "by": Param("Rows. Without it: role.", choices=tuple(KINDS)),
    "grain": Param("Columns: 12 months, 8 quarters or 13 weeks. Without it: month.", choices=tuple(GRAINS)),
    "from": Param(
        "A day of the first column. Without it: today. The picture reaches from the quarter of three months ago to that of 24 "
        "months ahead: a day outside is refused, one near its end is answered by the last columns.",
        DAY,
    ),
    "role": Param("Only people of this role (`by=person`); 0: of none.", ID),
    "unit": Param("Only people of this unit and of those below it (`by=person`); 0: of none.", ID),
    "skill": Param("Only people with this skill (`by=person`).", ID),
    "skip": Param("Rows to leave out (`by=person`): take it from `next`.", ID),
}
FURTHEST = 100_000
DAYS = "Days of work."


def days(text: str) -> serializers.FloatField:
    return serializers.FloatField(help_text=text)


class FiguresSerializer(serializers.Serializer):
    """Capacity and load of a row in a period."""

    first = serializers.DateField(help_text="First day of the period.")
    last = serializers.DateField(help_text="Its last day.")
    capacity = days(f"{DAYS} Without absences and daily operations; generic capacity included.")
    hard = days(f"{DAYS} Granted to firm requests.")
    tentative = days(f"{DAYS} Asked and not answered, or granted to requests that are not firm.")
    unnamed = days(f"{DAYS} The part of both that names nobody.")
    over = days(f"{DAYS} Hard load above capacity of single people, day by day.")
    utilisation = serializers.FloatField(
        allow_null=True, help_text="K-R03: hard ÷ capacity, per cent; null without any."
    )
    projected = serializers.FloatField(
        allow_null=True, help_text="K-R04: (hard + tentative) ÷ capacity, per cent; null without capacity."
    )
    level = serializers.ChoiceField(choices=list(LEVELS), help_text=(
        "`none`: load and no capacity; `over`: more hard load than capacity; `maybe`: more with what is tentative; else by "
        "`utilisation`: `idle` below 50, `low` below 70, `good` below 90, `tight`."
    ))  # fmt: skip


class RowSerializer(serializers.Serializer):
    """A role, unit, skill or person."""

    id = serializers.IntegerField(help_text="Its id; 0 for what has no role, no unit.")
    name = serializers.CharField()
    depth = serializers.IntegerField(help_text="How deep a unit is in the tree; its figures hold those below it.")
    periods = FiguresSerializer(many=True)


class CapacitySerializer(serializers.Serializer):
    """The heat map as data."""

    by = serializers.ChoiceField(choices=list(KINDS))
    grain = serializers.ChoiceField(choices=list(GRAINS))
    computed_at = serializers.DateTimeField(allow_null=True, help_text="When the picture last changed.")
    count = serializers.IntegerField(help_text="Rows, of all pages.")
    next = serializers.URLField(allow_null=True, help_text="Address of the following page; null on the last one.")
    results = RowSerializer(many=True)


class ProjectOfDaySerializer(serializers.Serializer):
    """What a project takes of a day."""

    project = serializers.IntegerField(help_text="Id of the project.")
    code = serializers.CharField()
    hard = days(f"{DAYS} Of that day.")


class CrowdedDaySerializer(serializers.Serializer):
    """A day with more hard load than capacity."""

    day = serializers.DateField()
    capacity = days(DAYS)
    hard = days(DAYS)
    over = days(f"{DAYS} What is too much.")
    projects = ProjectOfDaySerializer(
        many=True, help_text="Those you may see, or work on yourself unless confidential, the most first."
    )
    others = days(f"{DAYS} The hard load of the others.")


class PersonLoadSerializer(serializers.Serializer):
    """The load of a person in the next 26 weeks."""

    person = serializers.IntegerField(help_text="Id of the person.")
    name = serializers.CharField()
    weeks = FiguresSerializer(many=True)
    days = CrowdedDaySerializer(many=True, help_text="From today on, the days with too much.")


class Capacity(APIView):
    """Demand against capacity."""

    area = "people"
    metadata_class = None

    @extend_schema(
        parameters=[OpenApiParameter(name, one.schema, description=one.description, explode=False, style="form")
                    if one.choices else OpenApiParameter(name, one.schema, description=one.description)
                    for name, one in PARAMS.items()],
        responses=CapacitySerializer, operation_id="capacity", tags=["capacity"], summary="Demand against capacity",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        if not request.user.has_perm(VIEW_CAPACITY):
            raise PermissionDenied
        check_query(request, PARAMS)
        asked = asked_by(values_of(request, PARAMS))
        if asked.by == PERSON and not request.user.has_perm(VIEW_PEOPLE):
            raise PermissionDenied
        found = heat(asked.by, asked.periods, only=asked.only, skip=asked.skip)
        made, beyond = picture(), asked.skip + PEOPLE_SHOWN
        following = replace_query_param(request.build_absolute_uri(), "skip", beyond) if found.more else None
        return Response(
            {
                "by": asked.by,
                "grain": asked.grain,
                "computed_at": made.changed_at if made else None,
                "count": found.count,
                "next": following,
                "results": [told_row(row, asked.periods) for row in found.rows],
            }
        )


class PersonLoad(APIView):
    """The load of one person."""

    area = "people"
    metadata_class = None

    @extend_schema(
        responses=PersonLoadSerializer, operation_id="people_load", tags=["capacity"],
        summary="The load of a person by week",
    )  # fmt: skip
    def get(self, request: Request, pk: int) -> Response:
        check_query(request, {})
        person = Person.objects.filter(pk=pk).first()
        own = person is not None and person.user_id == request.user.pk
        if not own and not (request.user.has_perm(VIEW_CAPACITY) and request.user.has_perm(VIEW_PEOPLE)):
            raise PermissionDenied
        if person is None:
            raise Http404
        today = timezone.localdate()
        weeks = load.weeks_of(person, today=today)
        crowded = load.days_of(person, weeks, today=today, reader=request.user)
        return Response(
            {
                "person": person.pk,
                "name": person.name,
                "weeks": [told(week, figures) for week, figures in weeks],
                "days": [told_day(one) for one in crowded],
            }
        )


def asked_by(values: dict[str, Any]) -> Asked:
    if values.get("skip", 0) > FURTHEST:
        raise ValidationError({"?skip": [_("Choose between 0 and %(largest)s.") % {"largest": FURTHEST}]})
    rows = next(iter(values.get("by") or ()), ROLE)
    if rows != PERSON and (lost := [name for name in ("role", "unit", "skill", "skip") if name in values]):
        raise ValidationError({f"?{name}": [_("Only with `by=person`.")] for name in lost})
    today = timezone.localdate()
    first, last = reach(today)
    if not first <= values.get("from", today) <= last:
        words = _("The portal computes %(first)s to %(last)s. Choose a day between them.")
        raise ValidationError({"?from": [words % {"first": first, "last": last}]})
    return asked_of(dict(texts(values)), today=today)


def texts(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The parameters as an address writes them."""
    for name, value in values.items():
        if isinstance(value, list | tuple):
            value = value[0] if value else ""
        yield name, value.isoformat() if hasattr(value, "isoformat") else str(value)


def told_row(row: Row, periods: list[Period]) -> dict[str, Any]:
    cells = [told(period, one) for period, one in zip(periods, row.cells, strict=True)]
    return {"id": row.ref, "name": row.label, "depth": row.depth, "periods": cells}


def told_day(one: Day) -> dict[str, Any]:
    of = [{"project": project.pk, "code": project.code, "hard": round(hard, 3)} for project, hard in one.of]
    amounts = {name: round(getattr(one, name), 3) for name in ("capacity", "hard", "over", "others")}
    return {"day": one.day, **amounts, "projects": of}


def told(period: Period, one: Figures) -> dict[str, Any]:
    used, projected = one.used, one.projected
    amounts = {name: round(getattr(one, name), 3) for name in ("capacity", "hard", "tentative", "unnamed", "over")}
    return {
        "first": period.first, "last": period.last, **amounts, "level": one.level,
        "utilisation": None if used is None else round(used, 1),
        "projected": None if projected is None else round(projected, 1),
    }  # fmt: skip
