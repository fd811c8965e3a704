"""Files of requests for people in the API: the same path as on the page, what would change first."""

from typing import Any, ClassVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown, Strict
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import ID, Param, check_query
from pmo_portal.core.api.rows import Link, Row, of_serializer
from pmo_portal.core.api.viewsets import Rights
from projects.access.policy import REQUEST_ALLOCATION
from projects.exchange.api.imports import take_time
from projects.exchange.models import ImportBatch
from projects.hierarchy.models import Project
from projects.roster.requests import services
from projects.roster.staged_api import StagedFiles


class RequestImportSerializer(Shown, serializers.ModelSerializer):
    """A file of requests for people on its way in. `report` counts what would change (staged) or did (applied), with the first
    200 requests of each outcome; lines `left_out` say `why`; `notices` are about the whole file; `ignored` are headings of what
    an answer says, which no file changes."""

    expands = {"by": Expand("user", "by_id")}
    by_username = serializers.CharField(source="by.username", allow_null=True)
    report = serializers.DictField(child=serializers.JSONField())
    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people.")

    class Meta:
        model = ImportBatch
        fields: ClassVar = (
            "id", "state", "file_name", "size", "sha256", "by", "by_username", "report", "created_at", "applied_at", "undone_at",
            "url", "html_url",
        )  # fmt: skip
        read_only_fields = fields


class RequestFileSerializer(Strict):
    """The form of the page, and whether to write."""

    file = serializers.FileField(max_length=200, help_text="CSV or Excel (.xlsx): a column a month, or a line a month.")
    project = serializers.IntegerField(
        required=False, allow_null=True, help_text="Id of the project the file is for: it then need not name it."
    )
    dry_run = serializers.BooleanField(default=False, help_text="Only say what would change, and keep it for a day.")
    skip_bad_rows = serializers.BooleanField(default=False, help_text="Leave refused lines out instead of refusing.")


class ApplyRequestsSerializer(Strict):
    """How to write a staged file."""

    skip_bad_rows = serializers.BooleanField(default=False, help_text="Leave refused lines out instead of refusing.")


class RequestImportViewSet(StagedFiles):
    """One's own files of requests, for who asks for people somewhere. A staged one is applied or deleted within a day."""

    noun = ("allocation import", "allocation imports")
    services = services
    queryset = ImportBatch.objects.filter(profile=ImportBatch.REQUESTS)
    serializer_class = RequestImportSerializer
    listing = of_serializer(
        RequestImportSerializer, url=Link("/api/v1/allocation-imports/{}/"), html_url=Link("/allocations/import/{}/")
    )
    rights = Rights(REQUEST_ALLOCATION, REQUEST_ALLOCATION, REQUEST_ALLOCATION)
    params: ClassVar = {
        "state": Param("State.", member="state", choices=ImportBatch.State.values),
        "by": Param("Id of the user.", ID, member="by"),
        "sha256": Param("The same file, by its SHA-256.", member="sha256"),
    }
    examples: ClassVar = {
        "create": {"file": "plan.csv", "dry_run": True},
        "apply": {"skip_bad_rows": True},
    }

    def require(self, right: str, target: Any) -> None:
        """A file belongs to no project, its lines do: the right is asked anywhere at all, then of each line."""
        services.check_right(self.actor)

    def shown(self, rows: list[Row]) -> list[Row]:
        """Without lines of projects that are no longer seen."""
        for row in rows:
            if "report" in row:
                row["report"] = services.shown_to(self.actor, row["report"])
        return rows

    @extend_schema(request={"multipart/form-data": RequestFileSerializer}, responses={201: RequestImportSerializer})
    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a file. With `dry_run` it is staged; without, applied as a whole or, when a line is bad, refused as a whole."""
        check_query(request, ())
        self.require(REQUEST_ALLOCATION, None)
        told = RequestFileSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        wanted = dict(told.validated_data)
        pk, file = wanted.get("project"), wanted["file"]
        home = get_object_or_404(Project.objects.visible_to(self.actor), pk=pk) if pk is not None else None
        take_time()
        batch = services.stage_file(by=self.actor, content=file.read(), file_name=file.name, home=home)
        return self.sent(batch, dry_run=wanted["dry_run"], skip_bad_rows=wanted["skip_bad_rows"])

    @extend_schema(request={"application/json": ApplyRequestsSerializer}, responses=RequestImportSerializer)
    @action(detail=True, methods=["post"], url_path="apply")
    @once
    def apply(self, request: Request, pk: str) -> Response:
        """Write a staged file: compared again, all of it or nothing."""
        check_query(request, ())
        told = ApplyRequestsSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        return self.applied(pk, **told.validated_data)
