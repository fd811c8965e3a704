"""Requests for people as a file: one line a request and month, under the filters of the list it was asked from."""

from collections.abc import Iterator
from typing import Any, cast

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from pmo_portal.core.models import User
from projects.exchange.files_out import at_most, taken_out
from projects.resources.grid import pk_in
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.queue_table import QueueTable
from projects.resources.selectors import queue

MOST = 50_000
COLUMNS = (
    "allocation__project__code", "allocation__project__name", "allocation__role__name", "allocation__skill__name",
    "allocation__level", "allocation__unit__name", "allocation__person__name", "allocation__status",
    "allocation__firmness", "allocation__measure", "month", "asked", "granted", "allocation__asked_on",
    "allocation__answered_on", "allocation__answer", "allocation__note",
)  # fmt: skip


def headings() -> list[str]:
    return [
        _("Code"), _("Project"), _("Role in the project"), _("Skill"), pgettext("skill", "Level"), _("Unit"), _("Person"),
        _("State"), _("Firmness"), _("Measured in"), _("Month"), _("Asked in the month"), _("Granted in the month"),
        _("Asked on"), _("Answered on"), _("Answer to it"), _("What for"),
    ]  # fmt: skip


def asked_for(request: HttpRequest) -> QuerySet[Any]:
    """The requests of the list, or of one project, that this reader sees."""
    user, project = cast(User, request.user), project_of(request)
    rows: QuerySet[Any] = Allocation.objects.visible_to(user)
    if project is not None:
        rows = rows.filter(project=project)
    elif request.GET.get("view", "waiting") in ("waiting", "astray"):
        narrowed = queue.waiting if request.GET.get("view", "waiting") == "waiting" else queue.astray
        rows = narrowed(queue.answerable(user))
    return QueueTable(request, today=timezone.localdate()).filtered(rows)


def project_of(request: HttpRequest) -> int | None:
    return pk_in(request.GET.get("project", ""))


def lines(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """Every month of these requests, in the order of projects."""
    words = [dict(one.choices) for one in (Allocation.Status, Allocation.Firmness, Allocation.Measure)]
    months = AllocationMonth.objects.filter(allocation__in=rows.order_by().values("pk"))
    for row in months.order_by("allocation__project__code", "allocation", "month").values_list(*COLUMNS)[: MOST + 1]:
        line = list(row)
        line[7:10] = [str(known[value]) for known, value in zip(words, line[7:10], strict=True)]
        yield line


@require_POST
def allocation_export(request: HttpRequest) -> HttpResponse:
    """CSV or XLSX. It counts among the files its reader takes out."""
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    project = project_of(request)
    back = reverse("projects:allocation-list") if project is None else reverse("projects:team", args=[project])
    return taken_out(
        request, kind, name=f"{_('requests')}-{timezone.localdate().isoformat()}", about=Allocation, back=back,
        tables=lambda: [(_("Requests for people"), [headings(), *at_most(list(lines(asked_for(request))), MOST)])],
    )  # fmt: skip
