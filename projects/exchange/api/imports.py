"""Imports of the API: the same path as on the page. A file is staged (what would change), then applied, dropped or taken back."""

from typing import Any, ClassVar

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.expand import Expand
from pmo_portal.core.api.fields import Shown, Strict
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import ID, Param, check_query
from pmo_portal.core.api.parsing import JSONParser
from pmo_portal.core.api.rows import Link, of_serializer
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import Rights, ScopedViewSet
from pmo_portal.core.errors import SeveralErrors
from projects.access.policy import IMPORT_FILES
from projects.exchange import messages
from projects.exchange.forms import UploadForm
from projects.exchange.models import ImportBatch
from projects.exchange.selectors import batches_of
from projects.exchange.services import batches, bulk
from projects.exchange.services.apply import BadRows
from projects.exchange.services.undo import undo


class ImportSerializer(Shown, serializers.ModelSerializer):
    """A file on its way in. `report` counts what would change (staged) or did (applied), with `problems` and `warnings`."""

    expands = {"portfolio": Expand("portfolio", "portfolio_id"), "by": Expand("user", "by_id")}
    portfolio_code = serializers.CharField(source="portfolio.code", allow_null=True)
    by_username = serializers.CharField(source="by.username", allow_null=True)
    report = serializers.DictField(child=serializers.JSONField())
    url = serializers.URLField()
    html_url = serializers.URLField(help_text="The page for people, with every cell that changes.")

    class Meta:
        model = ImportBatch
        fields: ClassVar = (
            "id", "state", "portfolio", "portfolio_code", "profile", "file_name", "size", "sha256", "on_date", "by",
            "by_username", "report", "created_at", "applied_at", "undone_at", "url", "html_url",
        )  # fmt: skip
        read_only_fields = fields


class FileSerializer(Strict):
    """The form of the page, and whether to write."""

    file = serializers.FileField(max_length=200, help_text="CSV, Excel (.xlsx) or JSON, at most 25 MB.")
    profile = serializers.CharField(default="generic", help_text="Kind of file, or `saved-<id>` of an import profile.")
    portfolio = serializers.CharField(
        default="", allow_blank=True, help_text="Code of the portfolio; left out: the one of this kind of file."
    )
    new_code = serializers.CharField(default="", allow_blank=True, help_text="Code of a portfolio to make for it.")
    new_name = serializers.CharField(default="", allow_blank=True, help_text="Its name; left out: its code.")
    on = serializers.DateField(
        required=False, allow_null=True, help_text="Date of the data; left out: what the file says."
    )
    dry_run = serializers.BooleanField(
        default=False, help_text="Only say what would change, and keep the file for a day."
    )
    skip_bad_rows = serializers.BooleanField(default=False, help_text="Leave rows with errors out instead of refusing.")


class ApplySerializer(Strict):
    """How to write a staged import."""

    skip_bad_rows = serializers.BooleanField(default=False, help_text="Leave rows with errors out instead of refusing.")


class ImportViewSet(Fingerprinted, ScopedViewSet):
    """One's own imports, and those into portfolios one may import into. A staged one is applied or deleted within a day."""

    noun = ("import", "imports")
    area = ("projects", "planning", "money", "risks")  # a file writes all of them
    queryset = ImportBatch.objects.all()
    serializer_class = ImportSerializer
    parser_classes = (MultiPartParser, JSONParser)
    multipart_actions = ("create",)
    listing = of_serializer(ImportSerializer, url=Link("/api/v1/imports/{}/"), html_url=Link("/imports/{}/"))
    rights = Rights(IMPORT_FILES, IMPORT_FILES, IMPORT_FILES)
    place = ""
    related = ()
    http_method_names = ["get", "head", "post", "delete"]
    orders = ("id", "created_at", "applied_at")
    params: ClassVar = {
        "state": Param("State.", member="state", choices=ImportBatch.State.values),
        "portfolio": Param("Exactly this code of a portfolio.", member="portfolio_code"),
        "by": Param("Id of the user.", ID, member="by"),
        "sha256": Param("The same file, by its SHA-256.", member="sha256"),
    }
    examples: ClassVar = {
        "create": {"file": "projects.csv", "portfolio": "GMPP", "dry_run": True},
        "apply": {"skip_bad_rows": True},
    }

    def get_queryset(self) -> QuerySet[Any]:
        self.require(IMPORT_FILES, None)
        return batches_of(self.actor).select_related(None)

    def require(self, right: str, target: Any) -> None:
        """Anywhere at all; into this portfolio is asked by the services."""
        if not self.request.user.has_perm(right):
            raise PermissionDenied(_("Your role does not allow this here."))

    @extend_schema(request={"multipart/form-data": FileSerializer}, responses={201: ImportSerializer})
    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a file. With `dry_run` it is staged; without, applied as a whole or, when a row is bad, refused as a whole."""
        check_query(request, ())
        self.require(IMPORT_FILES, None)
        told = FileSerializer(data=request.data)
        told.is_valid(raise_exception=True)
        wanted = dict(told.validated_data)
        form = UploadForm(wanted, {"file": wanted["file"]}, by=self.actor)
        if not form.is_valid():
            raise serializers.ValidationError(
                {name: [str(text) for text in texts] for name, texts in form.errors.items()}
            )
        take_time()
        batch = batches.stage_file(by=self.actor, **form.request())
        if not wanted["dry_run"]:
            try:
                write(batch, by=self.actor, skip_bad_rows=wanted["skip_bad_rows"])
            except SeveralErrors:
                batch.delete()
                raise
        return self.written(batch.pk, status=201)

    @extend_schema(request={"application/json": ApplySerializer}, responses=ImportSerializer)
    @action(detail=True, methods=["post"], url_path="apply")
    @once
    def apply(self, request: Request, pk: str) -> Response:
        """Write a staged import: compared again, all of it or nothing."""
        check_query(request, ())
        told = ApplySerializer(data=request.data)
        told.is_valid(raise_exception=True)
        self.compare(pk, IMPORT_FILES)
        take_time()
        write(self.find(pk), by=self.actor, **told.validated_data)
        return self.written(pk)

    @extend_schema(request=None, responses=ImportSerializer)
    @action(detail=True, methods=["post"], url_path="undo")
    @once
    def undo(self, request: Request, pk: str) -> Response:
        """Take an applied import back, as long as nothing it wrote was changed since."""
        check_query(request, ())
        self.compare(pk, IMPORT_FILES)
        undo(int(pk), by=self.actor)
        return self.written(pk)

    def delete_row(self, row: Any, version: int) -> None:
        batches.discard(batch=row, by=self.actor)


def take_time() -> None:
    """Under an Idempotency-Key the whole request is one transaction, which a large file makes a long one."""
    if connection.in_atomic_block:
        bulk.take_time()


def write(batch: ImportBatch, *, by: Any, skip_bad_rows: bool) -> None:
    """Apply it; rows with errors are told one by one."""
    try:
        batches.apply_batch(batch=batch, by=by, skip_bad_rows=skip_bad_rows)
    except BadRows as bad:
        found = messages.as_data(bad.staged.plan.errors)
        raise SeveralErrors(
            bad.message,
            [
                {"path": f"rows[{one['row']}].{one['column']}".rstrip("."), "message": str(one["message"])}
                for one in found
            ],
        ) from bad
