"""Comparisons of the API: two dates, what moved between them, the heaviest first, and the totals."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from pmo_portal.core.api.params import ID, Param, check_query, values_of
from projects.hierarchy.models import Node, Project
from reporting.comparing import weights
from reporting.comparing.ends import End, Ends, NoSuchEnd
from reporting.comparing.selectors import COLOURS, Asked, Comparison, Shift, compare
from reporting.health.models import RAG_CHOICES
from reporting.health.scope import Scope, everywhere, find_scope

PAGE, LARGEST, FURTHEST = 50, 200, 20_000
END = "A day, or `period-` and the id of a frozen period."
PARAMS = {
    "from": Param(f"{END} Without it: the last freeze before `to`, else 30 days before."),
    "to": Param(f"{END} Without it: today."),
    "portfolio": Param("Code of a portfolio or programme. Without it: everything you see."),
    "what": Param("Only projects of which one of these moved.", choices=tuple(weights.KINDS)),
    "way": Param("Only those that got worse, or better.", choices=tuple(weights.WAYS)),
    "page_size": Param("Rows of a page, 1 to 200.", ID),
    "skip": Param("Rows to leave out: take it from `next`.", ID),
}
COUNTS = (
    "before", "after", "moved", *weights.WAYS, *weights.KINDS, "declared_worse", "declared_better", "computed_worse",
    "computed_better", "later", "earlier", "budget_known", "eac_known",
    *(f"{name}_{colour}_{when}" for name in ("declared", "computed") for colour in COLOURS for when in ("before", "after")),
)  # fmt: skip
SUMS = ("budget_before", "budget_after", "eac_before", "eac_after")


def amount() -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=2, allow_null=True)


class EndSerializer(serializers.Serializer):
    """One of the two dates."""

    key = serializers.CharField(help_text=END)
    day = serializers.DateField()
    at = serializers.DateTimeField(help_text="The instant looked at: the end of the day, or that of the freeze.")
    period = serializers.IntegerField(allow_null=True, help_text="Id of the frozen period.")


class SideSerializer(serializers.Serializer):
    """A project at one of the two dates."""

    state = serializers.ChoiceField(choices=Project.State.choices)
    phase = serializers.CharField(allow_blank=True)
    declared = serializers.CharField(allow_blank=True)
    declared_rag = serializers.ChoiceField(choices=RAG_CHOICES)
    computed = serializers.ChoiceField(choices=RAG_CHOICES)
    forecast_end = serializers.DateField(allow_null=True)
    budget = amount()
    eac = amount()
    currency = serializers.CharField()
    max_risk = serializers.IntegerField(allow_null=True)
    late_milestones = serializers.IntegerField()


SIDE: tuple[str, ...] = tuple(SideSerializer().fields)


class ShiftSerializer(serializers.Serializer):
    """A project that moved: as it was and as it became; null where it was not there."""

    project = serializers.IntegerField(help_text="Id of the project.")
    code = serializers.CharField()
    name = serializers.CharField()
    what = serializers.ListField(child=serializers.ChoiceField(choices=list(weights.KINDS)))
    severity = serializers.FloatField(help_text="The sum of the weights of what moved; see docs/api.md.")
    impact = serializers.FloatField(help_text="(0.35 + budget ÷ the largest budget that moved) × severity.")
    reached = serializers.IntegerField(help_text="Milestones reached in between.")
    before = SideSerializer(allow_null=True)
    after = SideSerializer(allow_null=True)
    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people.")


class TotalsSerializer(serializers.Serializer):
    """Counts of projects, and sums over those whose figure is known at both dates in the currency of the portfolio."""

    def get_fields(self) -> dict[str, serializers.Field]:
        fields: dict[str, serializers.Field] = {name: serializers.IntegerField() for name in COUNTS}
        return fields | {name: amount() for name in SUMS}


class ComparisonSerializer(serializers.Serializer):
    """Two dates of a portfolio."""

    start = EndSerializer()
    stop = EndSerializer()
    portfolio = serializers.CharField(allow_null=True, help_text="Code; null for everything you see.")
    currency = serializers.CharField(allow_blank=True)
    totals = TotalsSerializer()
    count = serializers.IntegerField(help_text="Projects that moved, of all pages.")
    next = serializers.URLField(allow_null=True, help_text="Address of the following page; null on the last one.")
    results = ShiftSerializer(many=True)


class Comparisons(APIView):
    """What moved between two dates."""

    area = "reports"
    metadata_class = None

    @extend_schema(
        parameters=[OpenApiParameter(name, one.schema, description=one.description, explode=False, style="form")
                    if one.choices else OpenApiParameter(name, one.schema, description=one.description)
                    for name, one in PARAMS.items()],
        responses=ComparisonSerializer, operation_id="comparisons", tags=["comparisons"],
        summary="What moved between two dates",
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        check_query(request, PARAMS)
        values = values_of(request, PARAMS)
        asked = asked_by(request, values)
        return Response(answer(request, asked, compare(asked)))


def asked_by(request: Request, values: dict[str, Any]) -> Asked:
    scope = scope_of(request, values.get("portfolio", ""))
    size, skip = values.get("page_size", PAGE), values.get("skip", 0)
    if not 1 <= size <= LARGEST:
        raise ValidationError({"?page_size": [_("Choose between 1 and %(largest)s.") % {"largest": LARGEST}]})
    if skip > FURTHEST:
        raise ValidationError({"?skip": [_("Choose between 0 and %(largest)s.") % {"largest": FURTHEST}]})
    ends = Ends(scope)
    try:
        start, stop = ends.asked(values.get("from", ""), values.get("to", ""))
    except NoSuchEnd as wrong:
        raise ValidationError({"?from, ?to": [str(wrong)]}) from wrong
    [way] = values.get("way", [""])[:1]
    return Asked(scope, start, stop, tuple(values.get("what", ())), way, size, skip)


def scope_of(request: Request, code: str) -> Scope:
    today = timezone.localdate()
    scope = (
        find_scope(user=request.user, code=code, today=today) if code else everywhere(user=request.user, today=today)
    )
    if scope is None:
        raise ValidationError({"?portfolio": [_("There is no such portfolio or programme.")]})
    return scope


def answer(request: Request, asked: Asked, found: Comparison) -> dict[str, Any]:
    site, beyond = request.build_absolute_uri("/").rstrip("/"), asked.skip + asked.size
    more = beyond < found.totals["listed"]
    node: Node | None = asked.scope.node
    return {
        "start": told_end(asked.start),
        "stop": told_end(asked.stop),
        "portfolio": node.code if node else None,
        "currency": asked.scope.currency,
        "totals": {name: found.totals[name] for name in (*COUNTS, *SUMS)},
        "count": found.totals["listed"],
        "next": replace_query_param(request.build_absolute_uri(), "skip", beyond) if more else None,
        "results": [told_shift(one, site) for one in found.shifts],
    }


def told_end(end: End) -> dict[str, Any]:
    return {"key": end.key, "day": end.day, "at": end.moment, "period": end.period.pk if end.period else None}


def told_shift(one: Shift, site: str) -> dict[str, Any]:
    shown = one.after or one.before
    sides = {name: side and {key: getattr(side, key) for key in SIDE}
             for name, side in (("before", one.before), ("after", one.after))}  # fmt: skip
    return {
        "project": one.project_id, "code": shown.code, "name": shown.name, "what": list(one.kinds), "severity": one.severity,
        "impact": one.impact, "reached": one.reached, **sides, "url": f"{site}/api/v1/projects/{one.project_id}/",
        "html_url": f"{site}/projects/{one.project_id}/compare/",
    }  # fmt: skip
