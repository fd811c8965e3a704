"""`/administration/audit/`: the whole history, filtered, and the same rows as a file."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy

from pmo_portal.core import audit, quotas
from pmo_portal.core.errors import DomainError
from pmo_portal.core.identity import fresh
from pmo_portal.core.models import AuditEvent
from pmo_portal.core.navigation import Entry, added
from pmo_portal.core.security_events import security_event
from pmo_portal.core.views import ListPage, Page
from projects.access.policy import VIEW_AUDIT, allowed_everywhere
from projects.audit import export
from projects.audit.selectors import events_shown_to
from projects.audit.table import AuditTable
from projects.exchange.workbooks import CSV_TYPE, XLSX_TYPE


class OfTheOrganisation(Page):
    """The history of everything is for who may see it for the whole organisation."""

    def check_right(self, target: Any = None) -> None:
        if not allowed_everywhere(self.request.user, VIEW_AUDIT):
            raise PermissionDenied


class AuditLog(OfTheOrganisation, ListPage):
    template = "projects/audit/log.html"
    fragment = "projects/audit/_log.html"

    def context(self, **extra: Any) -> dict[str, Any]:
        table = AuditTable(self.request)
        table.load(events_shown_to(self.user))
        forgotten = audit.forgotten_until()
        return super().context(table=table, forgotten=forgotten, **extra)


class AuditExport(OfTheOrganisation):
    """A file leaves a trace of its own, so it is asked for with POST; the filters stay in the address."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
        self.check_right()
        log = f"{reverse('projects:audit-log')}?{request.GET.urlencode()}"
        if proof := fresh.ask(request, back=log):  # everything that ever happened, in one file
            return cast(HttpResponse, proof)
        kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
        table = AuditTable(request)
        events = table.filtered(events_shown_to(self.user))
        try:
            count = export.check_size(events, kind)
            quotas.take("exports_per_hour", by=quotas.acting(request))
        except DomainError as refused:
            messages.error(request, refused.message)
            return HttpResponseRedirect(log)
        told: audit.Changes = {
            "format": [None, kind],
            "rows": [None, count],
            "filters": [None, request.GET.urlencode()[:500]],
        }
        audit.tell(by=self.user, action="export", about=AuditEvent, changes=told)
        security_event("audit_exported", request=request, format=kind, rows=count)
        found = export.rows(events, table.order, self.user)
        name = f"audit-{timezone.localdate().isoformat()}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        if kind == "xlsx":
            return HttpResponse(export.as_xlsx(found), content_type=XLSX_TYPE, headers=headers)
        lines = spoken(translation.get_language(), export.as_csv(found))
        return StreamingHttpResponse(lines, content_type=CSV_TYPE, headers=headers)


def spoken(language: str, lines: Any) -> Any:
    """Lines that are made while they are sent, after the middleware has put its language away."""
    with translation.override(language):
        yield from lines


added.add(
    "audit",
    Entry(
        gettext_lazy("Audit log"),
        "projects:audit-log",
        "history",
        "j",
        sections=("projects:audit",),
        words=gettext_lazy("history events trace who changed export"),
        may=lambda user: allowed_everywhere(user, VIEW_AUDIT),
    ),
)
