"""The indicators of people and capacity."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pmo_portal.core.pages import page
from projects.access.policy import VIEW_CAPACITY, VIEW_PEOPLE
from projects.exchange.files_out import KINDS, taken_out
from projects.resources.models import Role
from reporting.dashboards.people_figures import figures, table


@require_GET
def capacity_figures(request: HttpRequest) -> HttpResponse:
    """K-R01 to K-R10 of the organisation, each with its formula and the way to its rows."""
    if not request.user.has_perm(VIEW_CAPACITY):
        raise PermissionDenied
    context = {"figures": figures(timezone.localdate(), people=request.user.has_perm(VIEW_PEOPLE))}
    return page(request, "reporting/capacity/page.html", context, fragment="reporting/capacity/_figures.html")


@require_POST
def capacity_figures_file(request: HttpRequest, kind: str) -> HttpResponse:
    """The ten as a file; it counts among those its reader takes out."""
    if not request.user.has_perm(VIEW_CAPACITY):
        raise PermissionDenied
    if kind not in KINDS:
        raise Http404
    today, name = timezone.localdate(), _("Indicators of capacity")
    return taken_out(
        request, kind, name=f"{name}-{today.isoformat()}", about=Role, back=reverse("reporting:capacity-figures"),
        tables=lambda: [(name, table(today))],
    )  # fmt: skip
