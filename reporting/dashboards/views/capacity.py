"""The indicators of people and capacity."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from pmo_portal.core.pages import page
from projects.access.policy import VIEW_CAPACITY, VIEW_PEOPLE
from reporting.dashboards.people_figures import figures


@require_GET
def capacity_figures(request: HttpRequest) -> HttpResponse:
    """K-R01 to K-R10 of the organisation, each with its formula and the way to its rows."""
    if not request.user.has_perm(VIEW_CAPACITY):
        raise PermissionDenied
    context = {"figures": figures(timezone.localdate(), people=request.user.has_perm(VIEW_PEOPLE))}
    return page(request, "reporting/capacity/page.html", context, fragment="reporting/capacity/_figures.html")
