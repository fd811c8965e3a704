"""Compare two dates: what moved in a portfolio, and in one project."""

import csv
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from pmo_portal.core import error_pages
from pmo_portal.core.as_of import as_of
from pmo_portal.core.cells import cell
from pmo_portal.core.pages import page
from projects.hierarchy import past
from projects.hierarchy.models import Node
from projects.hierarchy.selectors import projects_with_header
from projects.hierarchy.views.base import unrecorded
from reporting.comparing import told, weights
from reporting.comparing.ends import Ends, NoSuchEnd
from reporting.comparing.project import Difference, state_at
from reporting.comparing.selectors import Asked, compare
from reporting.health.family import top_portfolios
from reporting.health.scope import Scope

PAGE = 50
MOST = 20_000  # lines of a file


@require_GET
def comparison(request: HttpRequest) -> HttpResponseBase:
    """One portfolio between two dates: the one asked for, else the reader's first. `?format=csv` gives the whole list."""
    family = list(Node.objects.visible_to(request.user))
    choices = top_portfolios(family)
    code = request.GET.get("portfolio", "").upper()
    node = next((one for one in family if one.code == code), choices[0] if choices else None)
    if node is None:
        return page(request, "reporting/executive/none.html", {})
    scope = Scope(user=request.user, today=timezone.localdate(), node=node, as_of=as_of(request), family=family)
    ends = Ends(scope)
    try:
        start, stop = ends.asked(request.GET.get("from", ""), request.GET.get("to", ""))
    except NoSuchEnd as wrong:
        return error_pages.bad_day(request, str(wrong))
    asked = Asked(scope, start, stop, kinds_of(request), way_of(request), PAGE, skipped(request))
    if request.GET.get("format") == "csv":
        return file_of(asked)
    found = compare(asked)
    context = {
        "scope": scope,
        "choices": choices if node in choices else [node, *choices],
        "asked": asked,
        "found": found,
        "totals": found.totals,
        "lines": told.lines(asked, found),
        "counts": told.counts(asked, found),
        "ways": told.WAYS,
        "presets": ends.presets(),
        "query": urlencode(
            {"from": start.key, "to": stop.key, "portfolio": node.code}
            | ({"as_of": scope.as_of.isoformat()} if scope.as_of else {})
        ),
        "narrow": urlencode([("what", kind) for kind in asked.kinds] + ([("way", asked.way)] if asked.way else [])),
        "next": asked.skip + PAGE if asked.skip + PAGE < found.totals["listed"] else 0,
        "previous": max(asked.skip - PAGE, 0) if asked.skip else None,
        "last_shown": min(asked.skip + PAGE, found.totals["listed"]),
        "supports_as_of": True,
    }
    return page(request, "reporting/comparing/page.html", context)


def kinds_of(request: HttpRequest) -> tuple[str, ...]:
    return tuple(one for one in request.GET.getlist("what") if one in weights.KINDS)


def way_of(request: HttpRequest) -> str:
    way = request.GET.get("way", "")
    return way if way in weights.WAYS else ""


def skipped(request: HttpRequest) -> int:
    text = request.GET.get("skip", "")
    return min(int(text), MOST) if text.isascii() and text.isdigit() and len(text) < len("123456") else 0


class Pen:
    """What `csv.writer` writes to: hands each line back."""

    def write(self, text: str) -> str:
        return text


def file_of(asked: Asked) -> StreamingHttpResponse:
    """The whole list as spreadsheets here read it; no text in it can run as a formula."""
    name = f"{asked.scope.node.code if asked.scope.node else ''}-{asked.start.day}-{asked.stop.day}.csv"
    response = StreamingHttpResponse(_written(asked), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _written(asked: Asked) -> Iterator[str]:
    pen = csv.writer(Pen(), delimiter=";")
    yield "\ufeff" + pen.writerow([
        _("Project"), _("Name"), _("What moved"), _("Declared before"), _("Declared after"), _("Computed before"),
        _("Computed after"), _("End before"), _("End after"), _("Days"), _("Forecast before"), _("Forecast after"),
        _("Currency"), _("Severity"), _("Impact"),
    ])  # fmt: skip
    whole = replace(asked, size=MOST, skip=0)
    for line in told.lines(whole, compare(whole)):
        yield pen.writerow([cell(value) for value in row_of(line)])


def row_of(line: told.Line) -> list[Any]:
    before, after = line.shift.before, line.shift.after

    def pair(name: str) -> list[Any]:
        return [getattr(one, name) if one else "" for one in (before, after)]

    return [
        line.photo.code, line.photo.label, " · ".join(move.words for move in line.moves), *pair("declared"), *pair("computed"),
        *pair("forecast_end"), line.days, *pair("eac"), line.photo.currency, f"{line.shift.severity:.2f}",
        f"{line.shift.impact:.3f}",
    ]  # fmt: skip


@require_GET
def project_comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """One project between two dates; 404 outside the reader's scope and where neither end was recorded."""
    project = get_object_or_404(projects_with_header(request.user), pk=pk)  # type: ignore[arg-type]
    family = list(Node.objects.visible_to(request.user))
    home = next((one for one in family if one.pk == project.node_id), None)
    scope = Scope(user=request.user, today=timezone.localdate(), node=home, as_of=as_of(request), family=family)
    ends = Ends(scope)
    try:
        start, stop = ends.asked(request.GET.get("from", ""), request.GET.get("to", ""))
    except NoSuchEnd as wrong:
        return error_pages.bad_day(request, str(wrong))
    before, after = (state_at(project, end, user=request.user) for end in (start, stop))
    if before is None and after is None:
        return unrecorded(request, project, stop.day)
    if scope.as_of and (photo := past.photograph(project, scope.as_of)):
        project = past.as_it_was(project, photo, scope.as_of)
    context = {
        "project": project,
        "difference": Difference(project, start, stop, before, after),
        "start": start,
        "stop": stop,
        "presets": ends.presets(),
        "supports_as_of": True,
    }
    return page(request, "reporting/comparing/project.html", context)
