"""The workbook of many reports in the API: downloaded, sent (what it would change), applied as it was read."""

from collections.abc import Mapping
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core import quotas
from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import ID, Param, check_query, values_of
from pmo_portal.core.api.parsing import JSONParser
from pmo_portal.core.api.rendering import OrjsonRenderer
from pmo_portal.core.api.rows import Row
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import ScopedSteps
from pmo_portal.core.errors import DomainError
from projects.access.policy import DECLARE_STATUS
from projects.exchange.limits import MAX_FILE_BYTES
from projects.exchange.models import ImportBatch
from projects.exchange.workbooks import XLSX_TYPE
from reporting.status.api.reports import FACTS
from reporting.status.api.workbook_fields import (
    ROW,
    WHOLE,
    WorkbookApplySerializer,
    WorkbookFileSerializer,
    WorkbookRow,
    WorkbookSerializer,
    told,
)
from reporting.status.selectors import writable
from reporting.status.services import bulk
from reporting.status.workbook import writing
from reporting.status.workbook.comparing import compare
from reporting.status.workbook.reading import MOST_REPORTS

MOST_DIGITS = 18
OF_FILE = {"period": Param("Id of a period; left out: of all that collect.", ID)}


class XlsxRenderer(OrjsonRenderer):
    """Chosen by `Accept`; what is rendered here is a problem, which stays JSON."""

    media_type = XLSX_TYPE
    format = "xlsx"


class ReportWorkbookViewSet(Fingerprinted, ScopedSteps):
    """One's own workbooks of reports. One that waits is applied or deleted within a day."""

    refusals: ClassVar = {"file": (422,)}
    noun = ("workbook of reports", "workbooks of reports")
    area: ClassVar[str | tuple[str, ...]] = FACTS
    queryset = ImportBatch.objects.all()
    parser_classes = (MultiPartParser, JSONParser)
    multipart_actions = ("create",)
    http_method_names = ("get", "post", "delete", "head", "options")
    listing = WHOLE
    related = ()
    orders = ("id", "created_at", "applied_at")
    mark = ""
    params: ClassVar = {"state": Param("State.", member="state", choices=ImportBatch.State.values)}
    examples: ClassVar = {"create": {"file": "status-reports.xlsx"}, "apply": WorkbookApplySerializer.examples}

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        self.listing = ROW if self.action == "list" else WHOLE

    def get_renderers(self) -> list[Any]:
        return [*super().get_renderers(), *([XlsxRenderer()] if self.action == "file" else [])]

    def get_serializer_class(self) -> type[serializers.BaseSerializer]:
        return WorkbookRow if self.action == "list" else WorkbookSerializer

    def get_queryset(self) -> QuerySet[Any]:
        self.require(DECLARE_STATUS, None)
        return ImportBatch.objects.filter(by=self.actor, profile=ImportBatch.REPORTS)

    def require(self, right: str, target: Any) -> None:
        """Anywhere at all; of each report it is asked by the services."""
        super().require(right, None)

    def shown(self, rows: list[Row]) -> list[Row]:
        for row in rows:
            if "reports" in row:
                row.update(self.compared(row["id"]))
        return rows

    def compared(self, pk: int) -> Row:
        """What it would change now, of one that waits; `mark` stands for all of it."""
        try:
            found = bulk.waiting(ImportBatch.objects.get(pk=pk), by=self.actor)
        except DomainError:
            return {"reports": None, "remarks": None}
        comparison = compare(found, by=self.actor, on=timezone.localdate())
        self.mark = comparison.shown
        return told(comparison)

    @extend_schema(
        request=None, responses={(200, XLSX_TYPE): OpenApiTypes.BINARY},
        parameters=[OpenApiParameter("period", int, description=OF_FILE["period"].description)],
    )  # fmt: skip
    @action(detail=False, methods=["get"], url_path="file", filter_backends=[], pagination_class=None)
    def file(self, request: Request) -> HttpResponse:
        """The reports you may write now, as a workbook in your language: at most 200, those due first."""
        check_query(request, OF_FILE)
        self.require(DECLARE_STATUS, None)
        rows = writable(self.actor, most=MOST_REPORTS, **values_of(request, OF_FILE))
        if not rows:
            raise DomainError(_("You have no report to write there now."))
        quotas.take("exports_per_hour", by=quotas.acting(request))
        today = timezone.localdate()
        headers = {"Content-Disposition": f'attachment; filename="{writing.file_name(today)}"'}
        return HttpResponse(writing.workbook(rows, by=self.actor, on=today), content_type=XLSX_TYPE, headers=headers)

    @extend_schema(request={"multipart/form-data": WorkbookFileSerializer}, responses={201: WorkbookSerializer})
    @once
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Send a workbook: nothing is written but the file, which waits for a day."""
        check_query(request, ())
        self.require(DECLARE_STATUS, None)
        body = WorkbookFileSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        sent = body.validated_data["file"]
        if sent.size > MAX_FILE_BYTES:
            words = _("The file is larger than 25 MB: it is not the workbook you downloaded here.")
            raise serializers.ValidationError({"file": [words]})
        batch = bulk.stage(by=self.actor, content=sent.read(), file_name=sent.name)
        return self.written(batch.pk, status=201)

    @extend_schema(request={"application/json": WorkbookApplySerializer}, responses=WorkbookSerializer)
    @action(detail=True, methods=["post"], url_path="apply")
    @once
    def apply(self, request: Request, pk: str) -> Response:
        """Write it, in one transaction. `If-Match` is the ETag under which it was read: 412 when something moved since."""
        check_query(request, ())
        body = WorkbookApplySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        self.compare(pk, DECLARE_STATUS)
        said = body.validated_data
        choices = bulk.Choices(
            self.mark, said["submit"], said["renew"], by_report(said, "confirmed"), by_report(said, "taken")
        )
        bulk.apply(batch=self.find(pk), by=self.actor, on=timezone.localdate(), at=timezone.now(), choices=choices)
        return self.written(pk)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, pk: str, **kwargs: Any) -> Response:
        """Drop one that waits."""
        check_query(request, ())
        self.compare(pk, DECLARE_STATUS)
        bulk.discard(batch=self.find(pk), by=self.actor)
        return Response(status=204)


def by_report(said: Mapping[str, Any], name: str) -> dict[int, list[str]]:
    """{report: …} of a member whose keys are ids, which JSON writes as text."""
    if any(not (key.isascii() and key.isdigit() and len(key) < MOST_DIGITS) for key in said[name]):
        raise serializers.ValidationError({name: [_("The names of its members are ids of reports.")]})
    return {int(key): held for key, held in said[name].items()}
