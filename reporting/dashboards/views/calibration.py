"""How honest the declared status was over the last periods: for the PMO, who talks about it with those who declared it."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_GET

from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from projects.access.policy import VALIDATE_STATUS, allowed
from reporting.dashboards.selectors.calibration import calibrations, optimistic
from reporting.status.models import ReportingPeriod


@require_GET
def calibration(request: HttpRequest, pk: int) -> HttpResponse:
    """Over this period and the five before it."""
    user = cast(User, request.user)
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user).select_related("calendar__node"), pk=pk)
    if not allowed(user, VALIDATE_STATUS, period.calendar.node):
        raise PermissionDenied
    whole, rows = calibrations(user, period)
    names = {one.pk: one.label for one in User.objects.filter(pk__in=[row.author_id for row in rows])}
    authors = sorted(((names[row.author_id], row) for row in rows if row.author_id), key=lambda one: one[0].casefold())
    context = {"period": period, "whole": whole, "authors": authors, "reports": optimistic(user, period)}
    return page(request, "reporting/collection/calibration.html", context)
