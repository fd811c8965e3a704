"""The PMO's cockpit: what was collected in a period, the review of each report, the steps of the period, the calendars."""

from datetime import timedelta
from typing import Any, cast

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from pmo_portal.core.errors import DomainError
from pmo_portal.core.forms import DateField
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from projects.access.policy import RUN_REPORTING, VALIDATE_STATUS, allowed
from projects.hierarchy.models import Node
from reporting.dashboards.hygiene_forms import FixForm
from reporting.dashboards.selectors import collection as selectors
from reporting.dashboards.selectors.hygiene import QUESTIONS, hygiene
from reporting.dashboards.services import change_each
from reporting.status.models import ReportingCalendar, ReportingPeriod, StatusReport
from reporting.status.services import calendars, freezing, periods, review

NEXT_PERIODS = 6


class CalendarForm(forms.ModelForm):
    """How a container reports."""

    since = DateField()

    class Meta:
        model = ReportingCalendar
        fields = (
            "cadence", "since", "opens_before", "due_after", "review_days", "country", "region", "ambers_before_red",
            "pmo_edits", "is_active",
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = ReportingCalendar._meta.get_field("since")
        self.fields["since"].label, self.fields["since"].help_text = capfirst(field.verbose_name), field.help_text


@require_GET
def collection(request: HttpRequest) -> HttpResponse:
    """`?period=` (without: the first that collects); `?show=` narrows the list, `?fix=` opens a figure of hygiene."""
    user = cast(User, request.user)
    if not allowed(user, VALIDATE_STATUS, None):
        raise PermissionDenied
    found = selectors.periods_of(user)
    asked = request.GET.get("period", "")
    period = next((one for one in found if str(one.pk) == asked), None) if asked else next(iter(found), None)
    if asked and period is None:
        pk = asked if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0
        period = get_object_or_404(ReportingPeriod.objects.visible_to(user), pk=pk)
    if period is None:
        return page(request, "reporting/collection/none.html", {"may_run": allowed(user, RUN_REPORTING, None)})
    show, fix = request.GET.get("show", "all"), request.GET.get("fix", "")
    return answer(request, period, show=show, fix=FixForm.of(user, period, fix) if fix in QUESTIONS else None)


def answer(
    request: HttpRequest, period: ReportingPeriod, *, show: str = "all", fix: FixForm | None = None, status: int = 200
) -> HttpResponse:
    """The page of one period; questions of hygiene are about today and asked while it collects."""
    user = cast(User, request.user)
    frozen = period.state == ReportingPeriod.State.FROZEN
    context = {
        "periods": selectors.periods_of(user),
        "period": period,
        "collected": selectors.collected(user, period, show=show if show in selectors.SHOWN else "all"),
        "hygiene": [] if frozen else hygiene(user, period),
        "fix": fix,
        "show": show,
        "days": selectors.days_left(period, timezone.localdate()),
        "may_run": allowed(user, RUN_REPORTING, period.calendar.node),
        "here": request.get_full_path(),
    }
    return page(request, "reporting/collection/page.html", context, status=status)


@require_POST
def hygiene_fix(request: HttpRequest, pk: int) -> HttpResponse:
    """What was filled in beside the projects of a question: all of it or nothing."""
    user = cast(User, request.user)
    if not allowed(user, VALIDATE_STATUS, None):
        raise PermissionDenied
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user).select_related("calendar__node"), pk=pk)
    question = request.POST.get("question", "")
    if question not in QUESTIONS or not QUESTIONS[question].field:
        raise Http404
    form = FixForm.of(user, period, question, request.POST)
    status = 422
    if form.is_valid():
        try:
            done = change_each(by=user, wanted=form.wanted, on=timezone.localdate())
        except DomainError as error:
            form.add_error(None, error.message)
            status = error.status
        else:
            words = ngettext("%(count)s project changed", "%(count)s projects changed", done)
            messages.success(request, words % {"count": done})
            return redirect(f"{reverse('reporting:collection')}?period={period.pk}&fix={question}#fix")
    return answer(request, period, fix=form, status=status)


@require_POST
def report_review(request: HttpRequest, pk: int) -> HttpResponse:
    """Validate a report, or ask for a correction."""
    user = cast(User, request.user)
    row = get_object_or_404(StatusReport.objects.visible_to(user).select_related("project"), pk=pk)
    try:
        if request.POST.get("action") == "correct":
            review.ask_correction(report=row, by=user, at=timezone.now(), comment=request.POST.get("comment", ""))
            messages.success(request, _("Correction asked for"))
        else:
            review.validate(report=row, by=user, at=timezone.now())
            messages.success(request, _("Report validated"))
    except DomainError as error:
        return _refused(request, error, row.period_id)
    return redirect(f"{reverse('reporting:collection')}?period={row.period_id}&show=review")


@require_POST
def period_step(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a period before its day, validate what raises no question, close its collection, or freeze it for ever."""
    user, today, now = cast(User, request.user), timezone.localdate(), timezone.now()
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user).select_related("calendar__node"), pk=pk)
    action = request.POST.get("action")
    try:
        if action != "validate":
            review.check_running(period, by=user)
        if action == "freeze":
            freezing.freeze(period, by=user, on=today, at=now)
            messages.success(request, _("The period is frozen: what was reported stays as it was reported."))
        elif action == "validate":
            done = review.validate_all(period=period, by=user, at=now)
            words = ngettext("%(count)s report validated", "%(count)s reports validated", done)
            messages.success(request, words % {"count": done})
        elif action == "close":
            periods.close_collection(period, by=user)
        else:
            periods.open_period(period, by=user, on=today, at=now)
    except DomainError as error:
        return _refused(request, error, period.pk)
    return redirect(f"{reverse('reporting:collection')}?period={period.pk}")


def _refused(request: HttpRequest, error: DomainError, period: int) -> HttpResponse:
    back = f"{reverse('reporting:collection')}?period={period}"
    context = {"words": error.message, "back": back}
    return page(request, "reporting/collection/refused.html", context, status=error.status)


@require_GET
def calendar_list(request: HttpRequest) -> HttpResponse:
    """The calendars there are, and where one can be made."""
    user = cast(User, request.user)
    if not allowed(user, RUN_REPORTING, None):
        raise PermissionDenied
    if code := request.GET.get("calendar_of", ""):
        return redirect("reporting:calendar-edit", code=code)
    rows = ReportingCalendar.objects.visible_to(user).select_related("node").order_by("node__code")
    nodes = Node.objects.visible_to(user).filter(reporting_calendar__isnull=True).order_by("path")
    others = [node for node in nodes if allowed(user, RUN_REPORTING, node)]
    return page(request, "reporting/collection/calendars.html", {"rows": rows, "others": others})


@require_http_methods(["GET", "POST"])
def calendar_edit(request: HttpRequest, code: str) -> HttpResponse:
    """The calendar of a container, with the days of the next periods."""
    user = cast(User, request.user)
    node = get_object_or_404(Node.objects.visible_to(user), code=code.upper())
    if not allowed(user, RUN_REPORTING, node):
        raise PermissionDenied
    held = ReportingCalendar.objects.filter(node=node).first()
    today = timezone.localdate()
    row = held or ReportingCalendar(node=node, since=today.replace(day=1))
    form = CalendarForm(request.POST or None, instance=row)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            if "preview" not in request.POST:
                _save_calendar(request, held, node, form.cleaned_data)
                return redirect("reporting:calendar-list")
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, error.message)
            status = error.status
    elif form.errors:
        status = 422
    spans = [] if form.errors else _ahead(form.instance, today)
    context = {"form": form, "node": node, "spans": spans, "held": held, "version": held.version if held else 0}
    return page(request, "reporting/collection/calendar.html", context, status=status)


def _save_calendar(request: HttpRequest, held: ReportingCalendar | None, node: Node, given: dict[str, Any]) -> None:
    user, today = cast(User, request.user), timezone.localdate()
    if held is None:
        calendars.create_calendar(by=user, on=today, node=node, **given)
    else:
        seen = request.POST.get("version", "")
        version = int(seen) if seen.isdecimal() else 0
        stored = ReportingCalendar.objects.get(pk=held.pk)
        calendars.update_calendar(calendar=stored, by=user, version=version, changes=given, on=today)
    messages.success(request, _("Saved"))


def _ahead(calendar: ReportingCalendar, today: Any) -> list[Any]:
    """The period of today and the next ones as this calendar would have them."""
    day, found = max(today, calendar.since), []
    for _number in range(NEXT_PERIODS):
        span = calendar.span(day)
        found.append(span)
        day = span.ends_on + timedelta(days=1)
    return found
