"""A chart as JSON for the page's script, and its figures as a table for everybody else."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pmo_portal.core.as_of import as_of
from pmo_portal.core.conditional import etag_of, not_modified, tagged
from pmo_portal.core.pages import page
from reporting.charts import theme
from reporting.charts.all import charts
from reporting.charts.registry import Chart
from reporting.health.scope import Scope, find_scope


@require_GET
def figure(request: HttpRequest, key: str) -> HttpResponse:
    """The Plotly figure; 304 when nothing below the container changed since the reader drew it."""
    chart, scope = _asked(request, key)
    etag = etag_of(request, scope.stamp)
    if unchanged := not_modified(request, etag):
        return unchanged
    body = theme.as_json(chart.draw(chart.select(scope)))
    return tagged(HttpResponse(body, content_type="application/json"), etag)


@require_GET
def data(request: HttpRequest, key: str) -> HttpResponse:
    """The table twin: a fragment inside the chart's card, or a page of its own."""
    chart, scope = _asked(request, key)
    context = {"chart": chart, "scope": scope, "twin": chart.select(scope).twin()}
    return page(request, "reporting/charts/data.html", context, fragment="reporting/charts/_data.html")


def _asked(request: HttpRequest, key: str) -> tuple[Chart, Scope]:
    """The chart and the scope of the address; 404 when either does not exist for this reader, 403 for money they may not see."""
    if key not in charts:
        raise Http404
    code = request.GET.get("node", "")
    scope = find_scope(user=request.user, code=code, today=timezone.localdate(), as_of=as_of(request))
    if scope is None:
        raise Http404
    if charts[key].money and not scope.sees_money:
        raise PermissionDenied(_("Your role does not show amounts here."))
    return charts[key], scope
