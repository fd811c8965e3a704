"""The project list as a part of a page: its tabs, its table, its fragment; and the list of all visible projects."""

import datetime as dt
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pmo_portal.core import formats
from pmo_portal.core.as_of import as_of
from pmo_portal.core.conditional import etag_of, not_modified, tagged
from pmo_portal.core.pages import wants_fragment
from projects.access.policy import EDIT_PROJECT
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.raid.selectors import last_released
from reporting.dashboards.freezes import freeze_of
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.selectors.views import saved_views
from reporting.dashboards.tables import AllProjectsTable, ProjectTable
from reporting.dashboards.tabs import canonical, tabs, unsaved
from reporting.health.scope import Scope, everywhere


@require_GET
def project_list(request: HttpRequest) -> HttpResponse:
    """Every project the reader may see."""
    scope = everywhere(user=request.user, today=timezone.localdate(), as_of=as_of(request))
    return listed(request, scope, AllProjectsTable, "reporting/projects/page.html", "projects")


@require_GET
def my_projects(request: HttpRequest) -> HttpResponse:
    """The list narrowed to the reader's own projects; the whole list for somebody who has none."""
    seen = Project.objects.visible_to(request.user)
    own = seen.filter(
        Q(project_manager__user=request.user.pk) | Q(pk__in=Access.of(request.user).named_projects)
    ).exists()
    return redirect(f"{reverse('reporting:project-list')}{'?manager=me' if own else ''}")


def listed(
    request: HttpRequest,
    scope: Scope,
    table_class: type[ProjectTable],
    template: str,
    page_key: str,
    extra: dict[str, Any] | None = None,
) -> HttpResponse:
    """The page around the list, or the list alone: to htmx after a filter, and to the poll when something changed."""
    etag = etag_of(request, scope.stamp, reviewed(scope), canonical(request.GET), request.GET.get("after", ""))
    fragment = wants_fragment(request)
    if fragment and (unchanged := not_modified(request, etag)):
        return unchanged
    context = (extra or {}) | list_context(request, scope, table_class, page_key, etag)
    response = render(request, "reporting/projects/_list.html" if fragment else template, context)
    patch_vary_headers(response, ("HX-Request",))
    return tagged(response, etag) if fragment else response


def reviewed(scope: Scope) -> dt.datetime | None:
    """The last release among the reviews a live page shows beside its projects: no figure of theirs moves with it."""
    return None if scope.as_of else last_released(scope.user, scope.node.path if scope.node else "")


def list_context(
    request: HttpRequest, scope: Scope, table_class: type[ProjectTable], page_key: str, etag: str
) -> dict[str, Any]:
    """What the list reads: the table, its tabs, and where it polls."""
    about, sums = digest(scope), scope.sums
    table = table_class(request, scope=scope, digest=about)
    table.load(scope.rows(), count=sums.projects)
    table.foot = foot_of(table, scope)
    if not scope.as_of:
        table.poll_url, table.etag = request.get_full_path(), etag
        table.offer_bulk(request.user.has_perm(EDIT_PROJECT))
    found = tabs(request.GET, sums, about, saved_views(request.user, page_key), request.user.pk or 0)
    return {
        "scope": scope, "table": table, "digest": about, "sums": sums, "tabs": found, "unsaved": unsaved(found),
        "page_key": page_key, "supports_as_of": True, "as_of_days": days_of(scope), "freeze": lambda: freeze_of(scope),
    }  # fmt: skip


def foot_of(table: ProjectTable, scope: Scope) -> str:
    """The money of the whole scope, when the list is not narrowed and has one currency; how much of it is known."""
    if table.narrowed or not scope.currency or not scope.sums.budget_known:
        return ""
    return _("budget %(budget)s (%(known)s of %(count)s known)") % {
        "budget": formats.money(scope.sums.budget, scope.currency, scale="auto"),
        "known": formats.number(scope.sums.budget_known),
        "count": formats.number(scope.sums.projects),
    }


def days_of(scope: Scope) -> list[dt.date]:
    """The dated states of an archived portfolio, newest first, for the as-of picker; empty: the usual presets."""
    archived = any(one.status_date for one in scope.lineage)
    return list(reversed(scope.days()))[:12] if archived else []
