"""The executive page: how is the portfolio, how are the must-wins, what changed (domain.md §6.1)."""

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_GET

from pmo_portal.core.as_of import as_of
from pmo_portal.core.conditional import etag_of, not_modified, tagged
from pmo_portal.core.pages import page, wants_fragment
from projects.hierarchy.models import Node
from reporting.dashboards.charts import chart_cards
from reporting.dashboards.executive import Executive
from reporting.dashboards.freezes import freeze_of
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.views.lists import reviewed
from reporting.health.family import top_portfolios
from reporting.health.scope import Scope


@require_GET
def executive(request: HttpRequest) -> HttpResponse:
    """The page over one portfolio: the one asked for, else the reader's first."""
    family = list(Node.objects.visible_to(request.user))
    choices = top_portfolios(family)
    scope = _asked(request, family, choices)
    if scope is None:
        return page(request, "reporting/executive/none.html", {})
    etag = etag_of(request, scope.stamp, reviewed(scope))
    if wants_fragment(request) and (unchanged := not_modified(request, etag)):
        return unchanged
    context = {"scope": scope, "choices": choices, "executive": Executive(scope), "etag": etag, "supports_as_of": True}
    context["freeze"] = lambda: freeze_of(scope)
    context["charts"] = lambda: chart_cards(scope, digest(scope))
    response = page(request, "reporting/executive/page.html", context, fragment="reporting/executive/_live.html")
    return tagged(response, etag) if wants_fragment(request) else response


def _asked(request: HttpRequest, family: list[Node], choices: list[Node]) -> Scope | None:
    """The scope of `?portfolio=`, else of the first portfolio; None when the reader has none."""
    code = request.GET.get("portfolio", "").upper()
    node = next((one for one in family if one.code == code), choices[0] if choices else None)
    return (
        Scope(user=request.user, today=timezone.localdate(), node=node, as_of=as_of(request), family=family)
        if node
        else None
    )
