"""The picture of capacity: the heat map, what is behind a cell, its files, the tightest roles, and a person's own load."""

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pmo_portal.core.pages import page, wants_fragment
from portfolio.capacity import export
from portfolio.capacity.asked import Asked, asked_of
from portfolio.capacity.cells import LEVELS, Words, cells_of
from portfolio.capacity.selectors import load
from portfolio.capacity.selectors.behind import behind
from portfolio.capacity.selectors.periods import GRAINS, period_of
from portfolio.capacity.selectors.picture import (
    KINDS,
    MODELS,
    PEOPLE_SHOWN,
    PERSON,
    WITHOUT,
    Heat,
    heat,
    picture,
    tightest,
)
from portfolio.capacity.svg import by_week
from projects.access.policy import VIEW_CAPACITY, VIEW_PEOPLE
from projects.exchange import files_out
from projects.resources.models import Person
from projects.resources.selectors.fit import reader_sees_rates as sees_rates

SHORT_SHOWN = 5  # of the cells that are over


def check(request: HttpRequest, by: str = "") -> None:
    """Sums are for who sees capacity; people one by one are for who may look people up as well."""
    if not request.user.has_perm(VIEW_CAPACITY) or (by == PERSON and not request.user.has_perm(VIEW_PEOPLE)):
        raise PermissionDenied


@require_GET
def capacity(request: HttpRequest) -> HttpResponse:
    """The heat map. `?row=…&at=…` opens what is behind a cell, which htmx asks for alone."""
    asked = asked_of(request.GET, today=timezone.localdate())
    check(request, asked.by)
    behind_cell = _behind(request, asked)
    if wants_fragment(request) and behind_cell:
        return page(request, "portfolio/capacity/page.html", behind_cell, fragment="portfolio/capacity/_cell.html")
    found = heat(asked.by, asked.periods, only=asked.only, skip=asked.skip)
    return page(request, "portfolio/capacity/page.html", {**_shown(found, asked, request.user), **behind_cell})


def _shown(found: Heat, asked: Asked, reader: Any) -> dict[str, Any]:
    words, link = Words.here(), escape(asked.query())
    used = {cell.level for row in found.rows for cell in row.cells}
    return {
        "asked": asked,
        "heat": found,
        "rows": [(row, cells_of(row, list(found.periods), words, days=asked.days, link=link)) for row in found.rows],
        "years": asked.years,
        "kinds": [
            (key, label, asked.query(by=key, skip=0))
            for key, label in KINDS.items()
            if key != PERSON or reader.has_perm(VIEW_PEOPLE)
        ],
        "grains": [(key, label, asked.query(grain=key)) for key, label in GRAINS.items()],
        "levels": [(key, label) for key, label in LEVELS.items() if key in used],
        "picture": picture(),
        "tight": [row for row in found.rows if any(one.level in ("over", "none") for one in row.cells)],
        "maybe": [row for row in found.rows if any(one.level == "maybe" for one in row.cells)],
        "narrow": asked.narrow_choices() if asked.by == PERSON else [],
        "rates": not reader.has_perm(VIEW_PEOPLE) and sees_rates(reader),  # who looks people up finds them there
        "first": asked.query(skip=0),
        "next_skip": asked.skip + PEOPLE_SHOWN if found.more else 0,
    }


def _behind(request: HttpRequest, asked: Asked) -> dict[str, Any]:
    ref, at = request.GET.get("row", ""), request.GET.get("at", "")
    if not ref.isascii() or not ref.isdigit() or len(ref) > 18:
        return {}
    try:
        day = date.fromisoformat(at)
    except ValueError:
        return {}
    if not date(1990, 1, 1) <= day <= date(2100, 1, 1):
        return {}
    name = _name(asked.by, int(ref))
    cell = behind(asked.by, int(ref), period_of(asked.grain, day), reader=request.user)
    return {"cell": cell, "cell_name": name, "cell_ref": int(ref), "asked": asked}


def _name(by: str, ref: int) -> str:
    if ref == 0 and by in WITHOUT:
        return str(WITHOUT[by])
    row = MODELS[by].objects.filter(pk=ref).first()
    if row is None:
        raise Http404
    return str(row)


@require_POST
def files(request: HttpRequest, kind: str) -> HttpResponse:
    """The heat map as a file: one line for each row and period. It counts among the files its reader takes out."""
    asked = asked_of(request.GET, today=timezone.localdate())
    check(request, asked.by)
    if kind not in files_out.KINDS:
        raise Http404
    return files_out.taken_out(
        request, kind, name=f"capacity-{asked.by}-{asked.start}", about=MODELS[asked.by],
        back=reverse("portfolio:capacity") + asked.query(), tables=lambda: [export.table(asked)], by=asked.by,
    )  # fmt: skip


@require_GET
def tightest_roles(request: HttpRequest) -> HttpResponse:
    """The five tightest roles of the next six months: a part of the page for who decides."""
    check(request)
    found = tightest(timezone.localdate())
    words, link = Words.here(), escape(urlencode({"by": found.kind, "grain": "month"}))
    rows = [
        (row, cells_of(row, list(found.periods), words, days=False, link=f"/capacity/?{link}")) for row in found.rows
    ]
    context = {"heat": found, "rows": rows, "picture": picture(), "short": shortest(found)}
    return page(request, "portfolio/capacity/tightest.html", context, fragment="portfolio/capacity/_tightest.html")


def shortest(found: Heat) -> list[dict[str, Any]]:
    """The cells of these roles in which more is asked than there is, the most days first, with what is behind each."""
    cells = [
        (cell.missing, row, period, cell)
        for row in found.rows
        for period, cell in zip(found.periods, row.cells, strict=True)
        if cell.level in ("over", "maybe", "none")
    ]
    cells.sort(key=lambda one: (-one[0], one[2].first, one[1].ref))
    told = []
    for missing, row, period, cell in cells[:SHORT_SHOWN]:
        of = {"by": found.kind, "grain": "month", "row": row.ref, "at": period.first.isoformat()}
        told.append(
            {
                "row": row,
                "period": period,
                "days": cell.hard - cell.capacity if cell.level == "over" else missing,
                "all": missing,
                "level": cell.level,
                "query": urlencode(of),
            }
        )
    return told


@require_GET
def own_load(request: HttpRequest) -> HttpResponse:
    """One's own page; who is no person of the directory is told so."""
    person = Person.objects.filter(user=request.user.pk).first()
    if person is None:
        return page(request, "portfolio/capacity/nobody.html", {})
    return redirect("portfolio:person-load", pk=person.pk)


@require_GET
def person_load(request: HttpRequest, pk: int) -> HttpResponse:
    """Projects, load by week and absences of a person: for themselves and for who sees people."""
    person = Person.objects.select_related("role", "user").filter(pk=pk).first()
    own = person is not None and person.user_id == request.user.pk
    if not own and not (request.user.has_perm(VIEW_CAPACITY) and request.user.has_perm(VIEW_PEOPLE)):
        raise PermissionDenied
    if person is None:
        raise Http404
    found = load.load_of(person, today=timezone.localdate(), reader=request.user)
    drawing = by_week(found.weeks, found.most, _("Load by week"))
    context = {"person": person, "own": own, "load": found, "drawing": drawing}
    return page(request, "portfolio/capacity/person.html", context)
