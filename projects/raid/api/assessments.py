"""Independent reviews of the API: drafts, and the one step that makes them final."""

from typing import Any, ClassVar

from django.db.models import Model
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import NothingSerializer, StrictSerializer
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import FLAG, Param, check_query
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.versions import version_seen
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import StaleVersion
from projects.access.policy import ASSESS_PROJECT
from projects.hierarchy.api import OF_PROJECT, between, of_project
from projects.raid import services
from projects.raid.models import Assessment


def _in_force(queryset: Any, value: bool, user: Any) -> Any:
    current = Assessment.objects.in_force().values("pk")
    return queryset.filter(pk__in=current) if value else queryset.exclude(pk__in=current)


class AssessmentSerializer(StrictSerializer):
    """How confident somebody independent is that a project delivers. A draft until `release`; then it never changes."""

    expands = {**OF_PROJECT, "reviewer": Expand("person", "reviewer_id")}
    fixed = ("project",)
    project_code = serializers.CharField(source="project.code", read_only=True)
    portfolio = serializers.CharField(
        source="project.portfolio.code", read_only=True, help_text="Code of the portfolio."
    )
    url = serializers.URLField(read_only=True)

    class Meta:
        model = Assessment
        fields = (
            "id", "project", "project_code", "portfolio", "scale", "rating", "assessed_on", "reviewer", "reviewer_name",
            "summary", "recommendations", "state", "released_at", "version", "created_at", "updated_at", "url",
        )  # fmt: skip
        read_only_fields = ("state", "released_at")
        extra_kwargs: ClassVar = {
            "rating": {"help_text": "On a scale of three levels: green, amber or red."},
            "assessed_on": {"required": False, "help_text": "Today unless given."},
            "reviewer": {"help_text": "Id of the person who judged; you, unless somebody is named."},
            "reviewer_name": {"help_text": "In words, for who is not among the people."},
            "summary": {"help_text": "Why."},
        }


class AssessmentViewSet(ScopedViewSet):
    """Read by fewer than the project; written by assurance, never by who answers for the project."""

    noun = ("independent review", "independent reviews")
    area = "reports"
    queryset = Assessment.objects.all()
    serializer_class = AssessmentSerializer
    listing = of_serializer(AssessmentSerializer, url=Link("/api/v1/assessments/{}/"))
    rights = Rights(ASSESS_PROJECT, ASSESS_PROJECT, ASSESS_PROJECT)
    orders = ("id", "assessed_on", "released_at", "updated_at")
    examples: ClassVar = {
        "create": {
            "project": 1,
            "scale": "dca5",
            "rating": "amber_red",
            "summary": "Trois jalons clés reposent sur un fournisseur qui n'a pas signé.",
            "recommendations": "Signer ou retirer le lot 2 avant le prochain comité.",
        },
        "change": {"rating": "red"},
        "release": {},
    }
    params: ClassVar = of_project(
        scale=Param("Scale.", member="scale", choices=Assessment.Scale.values),
        rating=Param("Rating.", member="rating", choices=Assessment.Rating.values),
        state=Param("Drafts, or what was released.", member="state", choices=Assessment.State.values),
        in_force=Param("The last released of its project (true), or not (false).", FLAG, where=_in_force),
        **between("assessed_on", "Assessed"),
    )

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return NothingSerializer if self.action == "release" else AssessmentSerializer

    def create_row(self, fields: dict[str, Any]) -> Model:
        return services.create_assessment(**self.changing(), **fields)

    def update_row(self, row: Any, version: int, changes: dict[str, Any]) -> Model:
        return services.update_assessment(assessment=row, version=version, changes=changes, **self.changing())

    def delete_row(self, row: Any, version: int) -> None:
        services.delete_assessment(assessment=row, version=version, by=self.actor)

    @extend_schema(request=NothingSerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"], url_path="release")
    @once
    def release(self, request: Request, pk: str) -> Response:
        """The review in force from now on. It cannot be changed any more; the next one takes over from it."""
        check_query(request, ())
        row = self.find(pk)
        self.require(ASSESS_PROJECT, row)
        version = version_seen(request)
        self.checked(request)
        try:
            services.release_assessment(assessment=row, version=version, at=timezone.now(), **self.changing())
        except StaleVersion as stale:
            raise self.stale(pk) from stale
        return self.written(pk)
