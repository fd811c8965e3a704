"""The overview of a project: healthy or not, why, and what comes next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from pmo_portal.core.as_of import as_of
from pmo_portal.core.conditional import etag_of, not_modified, tagged
from pmo_portal.core.pages import wants_fragment
from projects.hierarchy import past
from projects.hierarchy.selectors import projects_with_header
from projects.hierarchy.views.base import unrecorded
from reporting.alerts.selectors import follows
from reporting.dashboards.overview import Overview
from reporting.dashboards.selectors.project import kept_by


@require_GET
def project_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The page, or its live part to the poll; 404 outside the reader's scope and before the project was first seen."""
    overview = _asked(request, pk)
    if overview.as_of and overview.photo is None:
        return unrecorded(request, overview.project, overview.as_of)
    photo = overview.photo
    taken = getattr(photo, "computed_at", getattr(photo, "valid_from", ""))
    etag = etag_of(
        request,
        overview.project.version,
        taken,
        overview.day,
        overview.sees_money,
        overview.review.pk if overview.review else "",
    )
    if wants_fragment(request) and (unchanged := not_modified(request, etag)):
        return unchanged
    context = {
        "project": overview.project,
        "overview": overview,
        "tab": "overview",
        "etag": etag,
        "supports_as_of": True,
        "follows": lambda: follows(request.user, pk),
        "as_of_days": lambda: past.dated_days(overview.project),
    }
    template = "reporting/project/_overview.html" if wants_fragment(request) else "reporting/project/page.html"
    return (
        tagged(render(request, template, context), etag)
        if wants_fragment(request)
        else render(request, template, context)
    )


def _asked(request: HttpRequest, pk: int) -> Overview:
    """The project of the address as it is, or as it was on the day asked for."""
    project = get_object_or_404(projects_with_header(request.user), pk=pk)  # type: ignore[arg-type]
    day = as_of(request)
    photo = past.photograph(project, day) if day else getattr(project, "health", None)
    kept = kept_by(photo)
    if day is not None and photo is not None:
        project = past.as_it_was(project, photo, day)
    shown = day or project.portfolio.status_date or timezone.localdate()
    return Overview(project, request.user, shown, day, photo, kept)
