"""What the files of people, of absences and of requests share in the API: staged, then applied, dropped or taken back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from pmo_portal.core.api.idempotency import once
from pmo_portal.core.api.params import check_query
from pmo_portal.core.api.parsing import JSONParser
from pmo_portal.core.api.versions import Fingerprinted
from pmo_portal.core.api.viewsets import ScopedViewSet
from pmo_portal.core.errors import SeveralErrors
from projects.exchange.api.imports import take_time
from projects.exchange.models import ImportBatch
from projects.roster import waiting

UNDOES = "Take an applied file back, as long as nothing it wrote was changed or answered since."


class StagedFiles(Fingerprinted, ScopedViewSet):
    """`services` has `batches_of`, `apply` and `take_back` of the kind of file; the right is asked anywhere at all."""

    services: Any
    area = "people"
    parser_classes = (MultiPartParser, JSONParser)
    multipart_actions = ("create",)
    place = ""
    related = ()
    http_method_names = ["get", "head", "post", "delete"]
    orders = ("id", "created_at", "applied_at")

    def get_queryset(self) -> QuerySet[Any]:
        self.require(self.rights.create, None)
        found: QuerySet[Any] = self.services.batches_of(self.actor)
        return found.select_related(None)

    def sent(self, batch: ImportBatch, *, dry_run: bool, **how: Any) -> Response:
        """The answer to a file that was staged: applied as well unless it is a dry run, and not kept where a line is bad."""
        if not dry_run:
            try:
                self.write(batch, **how)
            except SeveralErrors:
                batch.delete()
                raise
        return self.written(batch.pk, status=201)

    def applied(self, pk: str, **how: Any) -> Response:
        self.compare(pk, self.rights.update)
        take_time()
        self.write(self.find(pk), **how)
        return self.written(pk)

    @extend_schema(request=None, description=UNDOES)
    @action(detail=True, methods=["post"], url_path="undo")
    @once
    def undo(self, request: Request, pk: str) -> Response:
        check_query(request, ())
        self.compare(pk, self.rights.update)
        self.services.take_back(batch=self.find(pk), by=self.actor)
        return self.written(pk)

    def delete_row(self, row: Any, version: int) -> None:
        waiting.discard(batch=row, by=self.actor)

    def write(self, batch: ImportBatch, **how: Any) -> None:
        """Apply it; refused lines are told one by one."""
        with refused_lines():
            self.services.apply(batch=batch, by=self.actor, **how)


@contextmanager
def refused_lines() -> Iterator[None]:
    """Lines that are refused inside are told one by one."""
    try:
        yield
    except waiting.RefusedLines as refused:
        raise SeveralErrors(
            refused.message,
            [
                {"path": f"rows[{line.row}].{name}", "message": message}
                for line in refused.lines
                for name, message in line.errors.items()
            ],
        ) from refused
