"""The indicators of people and capacity in the API."""

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pmo_portal.core.api.params import check_query
from projects.access.policy import VIEW_CAPACITY
from reporting.dashboards.people_figures import UNKNOWN, WORDS
from reporting.dashboards.selectors.capacity import facts_of_people
from reporting.kpis.people import KPIS, verdict

UNITS = ("days", "percent", "count", "mean")
STATES = ("green", "amber", "red", "grey", "")


class IndicatorSerializer(serializers.Serializer):
    """An indicator of people, as the page of indicators shows it."""

    key = serializers.CharField(help_text="K-R01 to K-R10.")
    name = serializers.CharField(help_text="What it is called, in the language asked for.")
    formula = serializers.CharField(help_text="How it is computed, in the language asked for.")
    unit = serializers.ChoiceField(choices=UNITS)
    value = serializers.FloatField(allow_null=True, help_text="Null: not known.")
    state = serializers.ChoiceField(choices=STATES, help_text="`grey`: not known; empty: a figure nobody judges.")
    reason = serializers.CharField(help_text="Why it is not known, where that is no matter of missing data.")
    by = serializers.CharField(help_text="Rows of `/capacity/` that hold its details.")


class IndicatorsSerializer(serializers.Serializer):
    """All of them, as of a day."""

    as_of = serializers.DateField(
        help_text="Sums are of the four quarters from this day's on, staffing of three months."
    )
    results = IndicatorSerializer(many=True)


class Indicators(APIView):
    """K-R01 to K-R10 of the organisation."""

    area = "people"
    metadata_class = None

    @extend_schema(
        responses=IndicatorsSerializer, operation_id="capacity_indicators", tags=["capacity"],
        summary="The indicators of people and capacity",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        if not request.user.has_perm(VIEW_CAPACITY):
            raise PermissionDenied
        check_query(request, {})
        today = timezone.localdate()
        facts, results = facts_of_people(today), []
        for key, one in KPIS.items():
            (value, state), (label, formula) = verdict(one, facts), WORDS[key]
            reason = str(UNKNOWN.get(key, "")) if value is None else ""
            results.append(
                {
                    "key": key, "name": str(label), "formula": str(formula), "unit": one.unit, "by": one.by,
                    "value": None if value is None else round(value, 3), "state": state, "reason": reason,
                }
            )  # fmt: skip
        return Response({"as_of": today, "results": results})
