"""Many reports in one workbook: download it, send it back, see what it would change, then save or submit."""

from collections import defaultdict
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pmo_portal.core import quotas
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from projects.access.policy import DECLARE_STATUS, allowed
from projects.exchange.limits import MAX_FILE_BYTES
from projects.exchange.models import ImportBatch
from projects.exchange.services.batches import is_kept
from projects.exchange.workbooks import XLSX_TYPE
from reporting.dashboards.selectors.my_day import my_projects
from reporting.dashboards.workbook_review import Review, Ticks
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.selectors import to_write, writable
from reporting.status.services import bulk
from reporting.status.workbook import writing
from reporting.status.workbook.comparing import compare
from reporting.status.workbook.reading import MOST_REPORTS


class WorkbookForm(forms.Form):
    """The workbook that was downloaded here and edited."""

    file = forms.FileField(
        label=gettext_lazy("Workbook"),
        max_length=200,
        help_text=gettext_lazy(
            "The .xlsx file you downloaded here. Nothing is written before you have seen what would change."
        ),
        widget=forms.ClearableFileInput(attrs={"accept": ".xlsx"}),
    )

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_FILE_BYTES:
            raise forms.ValidationError(_("The file is larger than 25 MB: it is not the workbook you downloaded here."))
        return file


@require_http_methods(["GET", "POST"])
def workbook(request: HttpRequest) -> HttpResponse:
    """Where the workbook is taken out and sent back; a POST stages the file."""
    user = _writer(request)
    form = WorkbookForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                batch = bulk.stage(by=user, content=file.read(), file_name=file.name)
                return redirect("reporting:report-workbook-review", batch.pk)
            except DomainError as error:
                form.add_error("file", error.message)
                status = error.status
    mine = _count(user, projects=my_projects(user))
    periods = _periods(user)
    context = {
        "form": form,
        "mine": mine,
        "periods": periods if len(periods) > 1 or [count for _period, count in periods] != [mine] else [],
        "most": MOST_REPORTS,
        "waiting": [batch for batch in _mine(user).filter(state=ImportBatch.State.STAGED) if is_kept(batch)],
    }
    return page(request, "reporting/workbook/page.html", context, status=status)


@require_GET
def download(request: HttpRequest) -> HttpResponse:
    """The workbook: of one period with `?period=`, else of the projects this person manages."""
    user, asked = _writer(request), request.GET.get("period", "")
    if asked and not (asked.isascii() and asked.isdigit() and len(asked) < 18):
        raise Http404
    which: dict[str, Any] = {"period": int(asked)} if asked else {"projects": my_projects(user)}
    rows = writable(user, most=MOST_REPORTS, **which)
    if not rows:
        messages.info(request, _("You have no report to write there now."))
        return redirect("reporting:report-workbook")
    quotas.take("exports_per_hour", by=quotas.acting(request))
    today = timezone.localdate()
    content = writing.workbook(rows, by=user, on=today)
    headers = {"Content-Disposition": f'attachment; filename="{writing.file_name(today)}"'}
    return HttpResponse(content, content_type=XLSX_TYPE, headers=headers)


@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """What it would change, or what became of it."""
    return _answer(request, _find(request, pk))


@require_POST
def apply(request: HttpRequest, pk: int) -> HttpResponse:
    """Save what was shown as drafts, or (`how=submit`) submit the ticked ones that are complete too."""
    batch, user = _find(request, pk), cast(User, request.user)
    ticked = {int(one) for one in request.POST.getlist("submit") if one.isascii() and one.isdigit() and len(one) < 18}
    submits = request.POST.get("how") == "submit"
    choices = bulk.Choices(
        shown=request.POST.get("shown", ""),
        submit=ticked if submits else (),
        renew=submits and "renew" in request.POST,
        confirmed=_by_report(request.POST.getlist("confirm")),
        taken=_by_report(request.POST.getlist("take")),
    )
    try:
        bulk.apply(batch=batch, by=user, on=timezone.localdate(), at=timezone.now(), choices=choices)
    except DomainError as error:
        return _answer(request, batch, refused=error.message, status=error.status)
    return redirect("reporting:report-workbook-review", pk)


@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Drop the file."""
    try:
        bulk.discard(batch=_find(request, pk), by=cast(User, request.user))
    except DomainError as error:
        return _answer(request, _find(request, pk), refused=error.message, status=error.status)
    messages.success(request, _("The file is dropped. Nothing was written."))
    return redirect("reporting:report-workbook")


def _writer(request: HttpRequest) -> User:
    """Who reports on nothing has no workbook."""
    user = cast(User, request.user)
    if not allowed(user, DECLARE_STATUS, None):
        raise PermissionDenied
    return user


def _mine(user: User) -> Any:
    return ImportBatch.objects.filter(by=user, profile=ImportBatch.REPORTS)


def _find(request: HttpRequest, pk: int) -> ImportBatch:
    """Everybody has their own only."""
    found: ImportBatch = get_object_or_404(_mine(_writer(request)), pk=pk)
    return found


def _periods(user: User) -> list[tuple[ReportingPeriod, int]]:
    """Periods that collect, with how many reports this user may write in each: two queries, whatever their number."""
    rows = ReportingPeriod.objects.visible_to(user).filter(state__in=ReportingPeriod.COLLECTING)
    counts = dict(to_write(user).order_by().values_list("period").annotate(Count("pk")))
    mine = rows.filter(pk__in=counts).select_related("calendar__node").order_by("due_on", "pk")
    return [(one, min(counts[one.pk], MOST_REPORTS)) for one in mine[:20]]


def _count(user: User, **which: Any) -> int:
    return len(writable(user, most=MOST_REPORTS, **which))


def _by_report(given: list[str]) -> dict[int, set[str]]:
    """{report: keys} of values like “12|VR-03:schedule_reason”."""
    found: dict[int, set[str]] = defaultdict(set)
    for one in given:
        pk, _bar, key = one.partition("|")
        if pk.isascii() and pk.isdigit() and len(pk) < 18 and key:
            found[int(pk)].add(key)
    return dict(found)


def _ticks(request: HttpRequest) -> Ticks | None:
    if request.method != "POST":
        return None
    return Ticks(*(request.POST.getlist(name) for name in ("submit", "confirm", "take", "renew")))


def _answer(request: HttpRequest, batch: ImportBatch, *, refused: str = "", status: int = 200) -> HttpResponse:
    user = cast(User, request.user)
    context: dict[str, Any] = {"batch": batch, "refused": refused}
    try:
        comparison = compare(bulk.waiting(batch, by=user), by=user, on=timezone.localdate())
        context |= {"review": Review(comparison, _ticks(request)), "shown": comparison.shown}
    except DomainError as error:
        if batch.state != ImportBatch.State.APPLIED:
            context["refused"] = refused or error.message
        context["done"] = _done(user, batch)
    return page(request, "reporting/workbook/review.html", context, status=status)


def _done(user: User, batch: ImportBatch) -> list[tuple[str, list[StatusReport]]]:
    """(what became of them, reports) of a workbook that was applied, as far as its person sees them still."""
    words = {
        "submitted": _("Submitted"),
        "saved": _("Saved as drafts"),
        "left": _("Saved as drafts: something is still asked for before they can be submitted"),
        "refused": _("Left as they were: cells of theirs were refused"),
    }
    rows = StatusReport.objects.visible_to(user).select_related("project", "period__calendar__node")
    told = []
    for name, label in words.items():
        found = rows.filter(pk__in=batch.report.get(name, [])).order_by("project__code")
        told.append((label, list(found)))
    return [one for one in told if one[1]]
