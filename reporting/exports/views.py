"""`/projects/<pk>/flash/`: the flash report as a page, a PDF and a slide; of a period, of a past day, or of now."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.http import require_GET

from pmo_portal.core import quotas
from pmo_portal.core.as_of import as_of
from projects.hierarchy.models import Project
from projects.hierarchy.views.base import find_project
from reporting.charts.svg import money_bar
from reporting.exports import selectors
from reporting.exports.building import sheet_of
from reporting.exports.drawings import curve_on_page
from reporting.exports.pdf import pdf
from reporting.exports.selectors import Told
from reporting.exports.sheet import Sheet
from reporting.exports.slide import pptx
from reporting.status.models import ReportingPeriod

PDF_TYPE = "application/pdf"
PPTX_TYPE = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
LANGUAGES = ("fr", "en")
PK_DIGITS = 18  # of what PostgreSQL takes as a key


@dataclass(frozen=True, slots=True)
class Asked:
    project: Project
    told: Told | None
    now: datetime


@require_GET
def flash(request: HttpRequest, pk: int) -> HttpResponse:
    """The page; 404 outside the reader's scope, and where no report was frozen by the day asked for."""
    asked = _asked(request, pk)
    context: dict[str, Any] = {"project": asked.project, "supports_as_of": True, "day": as_of(request)}
    if asked.told is None:
        return render(request, "reporting/flash/none.html", context, status=404)
    sheet = sheet_of(asked.told, get_language() or "fr")
    budget, period = sheet.budget, asked.told.period
    query = f"period={period.pk}&" if period else ""
    context |= {
        "sheet": sheet,
        "curve": curve_on_page(budget, budget.curve) if budget and budget.curve else "",
        "bars": {
            "actual": _bar(sheet.progress.actual, "mb-actual"),
            "planned": _bar(sheet.progress.planned, "mb-budget"),
        },
        "period": period,
        "periods": selectors.periods_of(asked.project, request.user),
        "files": [(kind, f"{query}language={kind}") for kind in LANGUAGES],
        "frozen": ReportingPeriod.State.FROZEN,
    }
    return render(request, "reporting/flash/page.html", context)


def _bar(percent: float | None, css: str) -> str:
    return money_bar(Decimal(str(percent or 0)), Decimal(100), css)


@require_GET
def flash_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    sheet, at = _to_take_away(request, pk)
    return _file(pdf(sheet, at=at), f"{sheet.file_name}.pdf", PDF_TYPE)


@require_GET
def flash_pptx(request: HttpRequest, pk: int) -> HttpResponse:
    sheet, _at = _to_take_away(request, pk)
    return _file(pptx(sheet), f"{sheet.file_name}.pptx", PPTX_TYPE)


def _asked(request: HttpRequest, pk: int) -> Asked:
    """The project of the address and what is told of it; 404 for a period that it does not report in."""
    project, now = find_project(request.user, pk), timezone.now()  # type: ignore[arg-type]
    given = request.GET.get("period", "")
    if given and not (given.isascii() and given.isdigit() and len(given) <= PK_DIGITS):
        raise Http404
    found = selectors.told(
        project,
        request.user,
        period=int(given) if given else None,
        as_of=as_of(request) if not given else None,
        now=now,
    )
    if given and found is None:
        raise Http404
    return Asked(project, found, now)


def _to_take_away(request: HttpRequest, pk: int) -> tuple[Sheet, datetime]:
    """The sheet in the language asked for, and the moment it speaks of. A file counts among those its reader takes out."""
    asked = _asked(request, pk)
    if asked.told is None:
        raise Http404
    quotas.take("exports_per_hour", by=quotas.acting(request))
    wished = request.GET.get("language", "")
    language = wished if wished in LANGUAGES else (get_language() or "fr")
    return sheet_of(asked.told, language), asked.told.frozen_at or asked.now


def _file(content: bytes, name: str, kind: str) -> HttpResponse:
    """Never shown inline, never kept on the way (pmo_portal.core.headers)."""
    return HttpResponse(content, content_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})
