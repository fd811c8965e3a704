"""The indicators of people and capacity."""

from typing import cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pmo_portal.core import audit, quotas
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from portfolio.relief.export import KINDS_OF_FILES, response
from projects.access.policy import VIEW_CAPACITY, VIEW_PEOPLE
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
    if kind not in KINDS_OF_FILES:
        raise Http404
    try:
        quotas.take("exports_per_hour", by=quotas.acting(request))
    except DomainError as refused:
        messages.error(request, refused.message)
        return redirect("reporting:capacity-figures")
    today = timezone.localdate()
    lines = table(today)
    audit.tell(by=cast(User, request.user), action="export", about=Role,
               changes={"format": [None, kind], "rows": [None, len(lines) - 1]})  # fmt: skip
    name = _("Indicators of capacity")
    return response(kind, f"{name}-{today.isoformat()}", [(name, lines)])
