"""Every component on one page, with invented rows."""

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.template import engines
from django.utils.html import format_html

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.forms import AmountField, Combobox, DateField, Segments
from pmo_portal.core.tables import BulkAction, Column, Grouping, Table
from pmo_portal.core.templatetags.days import day, slip, timeline, timeline_lines, timeline_scale
from pmo_portal.core.templatetags.health import counts, dims, dims_legend, gap, health
from pmo_portal.core.templatetags.money import variance
from pmo_portal.core.templatetags.ui import avatar, progress

HERE = Path(__file__).parent
FIRST, LAST, TODAY = dt.date(2025, 1, 1), dt.date(2028, 4, 1), dt.date(2026, 11, 24)
COLOURS = ("green", "amber", "red", "grey", "green", "hold")
PROGRAMMES = {"TN": "Transformation numérique", "IC": "Infrastructure & cloud"}


@dataclass
class Row:
    """One invented project."""

    pk: int
    code: str
    name: str
    programme: str
    computed: str
    gap: int | None
    schedule: str
    cost: str
    risk: str
    freshness: str
    trend: str
    manager: str
    start_date: dt.date
    baseline_end: dt.date
    forecast_end: dt.date
    percent_complete: int
    budget: Decimal
    variance: Decimal | None

    @property
    def slip(self) -> int:
        return (self.forecast_end - self.baseline_end).days


@dataclass
class Totals:
    projects: int
    budget: Decimal


def invented(count: int) -> list[Row]:
    rows = []
    for index in range(count):
        colour = COLOURS[index % 6]
        start = dt.date(2025, 1 + index % 12, 5)
        end = start + dt.timedelta(days=400 + 37 * (index % 9))
        rows.append(
            Row(
                index,
                f"TN-{index:03d}",
                f"Refonte <du> système d’archivage électronique n° {index}",
                "TN" if index < count / 2 else "IC",
                colour,
                (None, 0, 1, 2, -1)[index % 5],
                colour,
                "green",
                "amber",
                "grey",
                ("up", "flat", "down", "")[index % 4],
                ("Thomas Girard", "Claire Dumont", "Nadia Haddad")[index % 3],
                start,
                end,
                end + dt.timedelta(days=(0, 24, 96, -8)[index % 4]),
                index * 7 % 101,
                Decimal(1000 + 357 * index) * 1000,
                None if index % 7 == 3 else Decimal(index % 11 - 4) * Decimal("1.7"),
            )
        )
    return rows


class Gallery(Table):
    """The columns of the portfolio page."""

    key = "projects"
    caption = "Projets"
    search_label = "Nom, code ou personne"
    search_fields = ("name",)
    default_sort = "name"
    default_group = "programme"
    selectable = True
    filters = (
        Filter(
            "health", "Santé", [("green", "Sous contrôle"), ("amber", "À surveiller"), ("red", "Critique")], "computed"
        ),
        Filter("programme", "Programme", list(PROGRAMMES.items()), "programme"),
    )
    groupings = (
        Grouping(
            "programme", "Programme", lambda _table, row: (row.programme, PROGRAMMES[row.programme]), ("programme",)
        ),
    )

    @property
    def css(self) -> str:
        return timeline_lines(FIRST, LAST, TODAY)

    def name_cell(self, row: Row) -> str:
        return format_html(
            '<span class="prj"><i>{}</i><a href="/help/">{}</a></span>',
            row.code,
            row.name,
        )

    columns = (
        Column("name", "Projet", name_cell, sort="name", hideable=False),
        Column(
            "health",
            "Santé",
            lambda _t, row: health(row.computed),
            sort="computed",
            phone="badge",
            total_span=2,
            total=lambda _t, _totals: counts(green=3, amber=2, red=1),
        ),
        Column("dims", "Dimensions", lambda _t, row: dims(row), head=lambda _t: dims_legend()),
        Column("gap", "Écart déclaré", lambda _t, row: gap(row.gap), css="wide"),
        Column("manager", "Chef de projet", lambda _t, row: avatar(row.manager), sort="manager", css="person"),
        Column("progress", "Avancement", lambda _t, row: progress(row.percent_complete), sort="percent_complete"),
        Column(
            "timeline",
            "Calendrier",
            lambda _t, row: timeline(row, FIRST, LAST),
            css="yr",
            head=lambda _t: timeline_scale(FIRST, LAST),
        ),
        Column(
            "end",
            "Fin prévue",
            lambda _t, row: format_html("{} {}", day(row.forecast_end, "short"), slip(row.slip)),
            sort="forecast_end",
            css="due",
        ),
        Column(
            "budget",
            "Budget",
            lambda _t, row: formats.number(row.budget / 1000),
            sort="budget",
            align="r",
            css="num",
            phone_label=True,
            total=lambda _t, totals: formats.number(totals.budget / 1000),
        ),
        Column("variance", "Écart", lambda _t, row: variance(row.variance), sort="variance", align="r"),
        Column("code", "Code", lambda _t, row: row.code, shown=False),
    )


class GalleryForm(forms.Form):
    name = forms.CharField(label="Projet", help_text="Comme le comité le connaît.")
    end = DateField(label="Fin prévue")
    amount = AmountField(label="Budget", unit="k€", required=False)
    declared = forms.ChoiceField(
        label="Santé",
        choices=[("green", "Sous contrôle"), ("amber", "À surveiller"), ("red", "Critique")],
        widget=Segments,
    )
    manager = forms.ChoiceField(
        label="Chef de projet",
        choices=[("", ""), *((str(i), f"Personne {i} Étienne") for i in range(30))],
        widget=Combobox,
        required=False,
    )
    note = forms.CharField(label="Commentaire", widget=forms.Textarea(attrs={"rows": 3}), required=False)
    key = forms.BooleanField(label="Jalon majeur", required=False)


def table_of(request: HttpRequest, count: int = 30) -> Gallery:
    rows = invented(count)
    totals = {
        key: Totals(
            sum(r.programme == key for r in rows), sum((r.budget for r in rows if r.programme == key), Decimal())
        )
        for key in PROGRAMMES
    }
    table = Gallery(request, labels={"budget": f"Budget, {formats.unit('EUR')}"}, totals=totals)
    words = table.words.lower()
    table.show([row for row in rows if words in row.name.lower()], after="" if request.GET.get("after") else "next")
    table.bulk = [BulkAction("Modifier", "/help/")]
    return table


def render(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    return HttpResponse(engines["django"].from_string((HERE / name).read_text()).render(context, request))


def gallery(request: HttpRequest) -> HttpResponse:
    form = GalleryForm({"name": "", "end": "x", "amount": "12,5a"}) if "invalid" in request.GET else GalleryForm()
    return render(
        request,
        "gallery.html",
        {
            "table": table_of(request),
            "form": form,
            "supports_as_of": True,
            "rows": invented(3),
            "values": [1, 3, None, 2, 5, 8],
            "none": None,
            "first": FIRST,
            "last": LAST,
            "today": TODAY,
        },
    )


def rows(request: HttpRequest) -> HttpResponse:
    return render(request, "rows.html", {"table": table_of(request, 100), "supports_as_of": True})


def figure(request: HttpRequest) -> JsonResponse:
    return JsonResponse(
        {
            "data": [
                {"type": "bar", "x": ["oct.", "nov."], "y": [3, 4], "marker": {"color": "token:ok-fill"}, "name": "A"},
                {
                    "type": "bar",
                    "x": ["oct.", "nov."],
                    "y": [1, 2],
                    "marker": {"color": "token:bad-fill/0.6"},
                    "name": "B",
                },
            ],
            "layout": {"barmode": "stack", "yaxis": {"title": {"text": "Projets"}}},
        }
    )


STATE = {"version": 1}


def live(request: HttpRequest) -> HttpResponse:
    """The polled fragment; `STATE` stands for the database."""
    etag = f'"{STATE["version"]}"'
    if request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    body = f'<div id="live" class="card-b"><b id="live-v">{STATE["version"]}</b> <a href="/help/" id="live-a">Lien</a></div>'
    return HttpResponse(body, headers={"ETag": etag})


def boom(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("planned")


def forbidden(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied
