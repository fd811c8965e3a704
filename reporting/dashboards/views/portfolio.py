"""Portfolios: the list of those a reader may see, and the page of one portfolio or programme."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from pmo_portal.core.as_of import as_of
from pmo_portal.core.conditional import etag_of, not_modified, tagged
from pmo_portal.core.pages import page, wants_fragment
from projects.hierarchy.models import Node
from reporting.dashboards.answers import portfolio_answer
from reporting.dashboards.charts import chart_card
from reporting.dashboards.freezes import freeze_of
from reporting.dashboards.selectors.digest import digest
from reporting.dashboards.selectors.portfolios import portfolio_cards
from reporting.dashboards.tables import ProjectTable
from reporting.dashboards.tiles import tiles
from reporting.dashboards.treat_first import treat_first
from reporting.dashboards.views.lists import listed
from reporting.health.scope import Scope, find_scope


@require_GET
def portfolio_list(request: HttpRequest) -> HttpResponse:
    """The top portfolios, each in one card."""
    whole = Scope(user=request.user, today=timezone.localdate(), as_of=as_of(request))
    cards = portfolio_cards(request.user, whole.today, whole.as_of)
    context = {"cards": cards, "supports_as_of": True, "freeze": lambda: freeze_of(whole)}
    return page(request, "reporting/portfolio/list.html", context)


@require_GET
def portfolio(request: HttpRequest, code: str) -> HttpResponse:
    """Where a portfolio stands, what to treat first, and its projects."""
    return _container(request, asked(request, code, Node.Kind.PORTFOLIO))


@require_GET
def programme(request: HttpRequest, code: str) -> HttpResponse:
    """The same page for a programme."""
    return _container(request, asked(request, code, Node.Kind.PROGRAMME))


@require_GET
def figures(request: HttpRequest, code: str) -> HttpResponse:
    """The tiles and what to treat first: the part of the page that refreshes by itself."""
    scope = asked(request, code)
    etag = etag_of(request, scope.stamp)
    if unchanged := not_modified(request, etag):
        return unchanged
    return tagged(render(request, "reporting/portfolio/_figures.html", figures_of(request, scope)), etag)


@require_GET
def chart(request: HttpRequest, code: str) -> HttpResponse:
    """The chart card alone, when its switch is used."""
    scope = asked(request, code)
    context: dict[str, Any] = {"scope": scope, "supports_as_of": True, "freeze": lambda: freeze_of(scope)}
    context["chart"] = chart_card(request, scope, digest(scope))
    return page(request, "reporting/portfolio/chart.html", context, fragment="reporting/portfolio/_chart.html")


def asked(request: HttpRequest, code: str, kind: str = "") -> Scope:
    """The scope of the address; 404 outside the reader's rights."""
    scope = find_scope(user=request.user, code=code, today=timezone.localdate(), as_of=as_of(request), kind=kind)
    if scope is None:
        raise Http404
    return scope


def _container(request: HttpRequest, scope: Scope) -> HttpResponse:
    key = f"portfolio:{scope.node.code}" if scope.node else ""
    if not wants_fragment(request):
        scope.read_ahead()
    return listed(request, scope, ProjectTable, "reporting/portfolio/page.html", key, figures_of(request, scope))


def figures_of(request: HttpRequest, scope: Scope) -> dict[str, Any]:
    """What `_figures.html` reads; worked out only where a template shows it."""
    return {
        "scope": scope,
        "sums": scope.sums,
        "answer": lambda: portfolio_answer(scope, scope.sums),
        "tiles": lambda: tiles(scope, scope.sums, digest(scope)),
        "first": lambda: treat_first(scope, scope.sums, digest(scope)),
        "chart_card": lambda: chart_card(request, scope, digest(scope)),
    }
