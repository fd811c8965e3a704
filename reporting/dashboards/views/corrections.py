"""What the PMO corrects in a report: its words while it is under review, or a further revision once it is frozen."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from reporting.dashboards.report_forms import WordsForm
from reporting.dashboards.views.reports import find_report
from reporting.status.models import StatusReport
from reporting.status.reading import reading
from reporting.status.services import correcting


@require_http_methods(["GET", "POST"])
def correct(request: HttpRequest, pk: int) -> HttpResponse:
    """The words of one report, with the reason when what was frozen is revised; only what was changed is sent on."""
    row, by = find_report(request, pk), cast(User, request.user)
    if not correcting.may_correct(row, by):
        raise PermissionDenied
    over, told = row.state in StatusReport.OVER, reading(row, by)
    form = WordsForm(request.POST or None, scale=told.scale, said=told.said, revising=over, version=row.version)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            return _done(request, row, form, over=over)
        except InvalidFields as error:
            form.refuse(error.errors)
            status = 422
        except DomainError as error:
            form.refuse({error.field or "": [error.message]})
            status = error.status
    elif form.errors:
        status = 422
    context: dict[str, Any] = {"report": row, "project": row.project, "told": told, "form": form, "over": over}
    return page(request, "reporting/report/correct.html", context, status=status)


def _done(request: HttpRequest, row: StatusReport, form: WordsForm, *, over: bool) -> HttpResponse:
    by, now = cast(User, request.user), timezone.now()
    if over:
        reason = form.cleaned_data["revision_reason"]
        row = correcting.revise(report=row, by=by, changes=form.changes, reason=reason, at=now)
        messages.success(request, _("Revision %(number)d is kept beside what was reported.") % {"number": row.revision})
    else:
        version = form.cleaned_data["version"]
        today = timezone.localdate()
        correcting.edit_under_review(report=row, by=by, version=version, changes=form.changes, on=today, at=now)
        messages.success(request, _("Saved"))
    return redirect("reporting:report", row.pk)
