"""The table of requests: what is asked, of whom, for when, and for how long it has waited."""

from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy, pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.navigation import find_url
from pmo_portal.core.periods import add_months, first_of_month
from pmo_portal.core.tables import BulkAction, Column, Table
from pmo_portal.core.templatetags.money import qty
from pmo_portal.core.templatetags.ui import avatar, tag
from pmo_portal.core.typography import NO_BREAK
from projects.resources.models import Allocation, AllocationMonth, Role, Unit
from projects.resources.selectors.queue import of_units

TONES = {"confirmed": ("ok", "check"), "proposed": ("info", "clock"), "changed": ("warn", "refresh-cw"),
         "refused": ("bad", "x"), "requested": ("none", "inbox")}  # fmt: skip
SINCE = (7, 14, 30)
LATE = 14
MONTHS_OFFERED = 13


def what(table: Any, row: Any) -> SafeString:
    skill = f" · {row.skill.label}{f' ≥ {row.level}' if row.level else ''}" if row.skill else ""
    return format_html(
        '<span class="ev"><a href="{}">{}{}</a><span class="muted">{} · {}</span></span>',
        reverse("projects:allocation", args=[row.pk]), row.role.label, skill, row.project.code, row.project.label,
    )  # fmt: skip


def months(table: Any, row: Any) -> str:
    if row.first is None:
        return formats.MISSING
    first, last = formats.date(row.first, "mon"), formats.date(row.last, "mon")
    return first if row.first == row.last else f"{first} – {last}"


def total(table: Any, row: Any) -> str:
    if row.total is None:
        return formats.MISSING
    if row.measure == Allocation.Measure.PERCENT:
        spread = (row.last.year - row.first.year) * 12 + row.last.month - row.first.month + 1
        return str(qty(row.total / spread, row.measure))
    return f"{qty(row.total)}{NO_BREAK}{formats.day_letter()}"


def whom(table: Any, row: Any) -> str:
    return avatar(row.person.name) if row.person else ""


def state(table: Any, row: Any) -> SafeString:
    tone, icon = TONES[row.status]
    soft = tag(row.get_firmness_display()) if row.firmness == Allocation.Firmness.TENTATIVE else ""
    return format_html("{} {}", tag(row.get_status_display(), tone, icon), soft)


def since(table: Any, row: Any) -> SafeString | str:
    days = (table.today - row.asked_on).days
    words = str(formats.days(days, sign=False))
    if row.status not in Allocation.WAITING:
        return formats.date(row.answered_on, "day")
    return format_html('<b class="c-bad">{}</b>', words) if days >= LATE else words


def unit_choices(table: Any) -> list[tuple[str, str]]:
    return table.units


def role_choices(table: Any) -> list[tuple[str, str]]:
    return table.roles


def month_choices(table: Any) -> list[tuple[str, str]]:
    first = first_of_month(table.today)
    return [
        (f"{month:%Y-%m}", formats.date(month, "month"))
        for month in (add_months(first, n) for n in range(MONTHS_OFFERED))
    ]


def in_months(rows: Any, values: list[str]) -> Any:
    wanted = [date.fromisoformat(f"{value}-01") for value in values]
    held = AllocationMonth.objects.filter(Q(asked__gt=0) | Q(granted__gt=0), month__in=wanted)
    return rows.filter(pk__in=held.values("allocation"))


def waiting_since(rows: Any, values: list[str]) -> Any:
    day = timezone.localdate() - timedelta(days=min(int(value) for value in values))
    return rows.filter(asked_on__lte=day)


class QueueTable(Table):
    """`today` is what waiting is counted to."""

    key = "requests"
    caption = gettext_lazy("Requests for people")
    default_sort = "-since"
    selectable = True
    search_fields = (
        "role__name",
        "role__name_en",
        "skill__name",
        "person__name",
        "project__name",
        "project__code",
        "note",
    )
    search_label = gettext_lazy("Role, skill, person or project")
    empty_icon = "inbox"
    empty_title = gettext_lazy("No request is waiting")
    empty_text = gettext_lazy("Project managers ask on the team page of their project; what they ask appears here.")
    columns = (
        Column("what", pgettext_lazy("allocation", "Request"), what, sort="role__name", hideable=False, css="fill"),
        Column("months", gettext_lazy("Months"), months, sort="first"),
        Column("total", pgettext_lazy("work", "Amount"), total, align="r", sort="total"),
        Column(
            "unit",
            pgettext_lazy("allocation", "Asked of"),
            lambda t, row: row.unit.label if row.unit else "",
            sort="unit__name",
        ),
        Column("person", gettext_lazy("Person"), whom, sort="person__name"),
        Column("state", gettext_lazy("State"), state, sort="status", phone="badge"),
        Column("since", gettext_lazy("Waiting"), since, sort="-asked_on", align="r", phone_label=True),
    )
    filters = (
        Filter("status", gettext_lazy("State"), Allocation.Status.choices, field="status"),
        Filter("role", pgettext_lazy("people", "Role"), role_choices, field="role"),
        Filter("unit", gettext_lazy("Unit"), unit_choices, where=lambda rows, values: of_units(rows, map(int, values))),
        Filter("month", gettext_lazy("Month"), month_choices, where=in_months),
        Filter(
            "since",
            gettext_lazy("Waiting for"),
            [
                (str(n), ngettext_lazy("%(count)d day or more", "%(count)d days or more", n) % {"count": n})
                for n in SINCE
            ],
            where=waiting_since,
        ),
        Filter("firmness", gettext_lazy("Firmness"), Allocation.Firmness.choices, field="firmness", always_shown=False),
    )

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.today = today
        url = reverse("projects:allocation-answers")
        self.bulk = [
            BulkAction(_("Confirm"), f"{url}?verb=confirm", "check"),
            BulkAction(_("Refuse"), f"{url}?verb=refuse", "x"),
        ]

    @cached_property
    def units(self) -> list[tuple[str, str]]:
        return [(str(one.pk), one.label) for one in Unit.objects.order_by("name")]

    @cached_property
    def roles(self) -> list[tuple[str, str]]:
        return [(str(one.pk), one.label) for one in Role.objects.order_by("name")]

    @property
    def export_url(self) -> str:
        """Where these rows become a file; this slice knows nothing of files."""
        query = self.query.copy()
        for key in ("after", "seen", "columns"):
            query.pop(key, None)
        address = find_url("projects:allocation-export")
        return f"{address}?{query.urlencode()}" if address else ""
