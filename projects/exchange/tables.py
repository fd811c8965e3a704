"""The list of imports."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.filters import Filter
from pmo_portal.core.tables import Column, Table
from projects.exchange.models import ImportBatch


def _file(_table: Any, row: ImportBatch) -> str:
    url = reverse("projects:import-review", args=[row.pk])
    return format_html('<span class="prj"><a href="{}">{}</a></span>', url, row.file_name)


def _counts(_table: Any, row: ImportBatch) -> str:
    told = row.report
    if not told:
        return formats.MISSING
    return _("%(created)s created, %(updated)s updated, %(unchanged)s unchanged") % {
        name: formats.number(told.get(name, 0)) for name in ("created", "updated", "unchanged")
    }


class ImportTable(Table):
    key = "imports"
    caption = gettext_lazy("Imports")
    default_sort = "-when"
    search_fields = ("file_name",)
    search_label = gettext_lazy("File")
    filters = (Filter("state", gettext_lazy("State"), ImportBatch.State.choices, "state"),)
    empty_title = gettext_lazy("No file was imported yet")
    empty_icon = "download"
    columns = (
        Column("file", gettext_lazy("File"), _file, sort="file_name", hideable=False, css="fill"),
        Column(
            "portfolio", gettext_lazy("Portfolio"), lambda t, r: r.portfolio.code if r.portfolio else formats.MISSING
        ),
        Column("state", gettext_lazy("State"), lambda t, r: r.get_state_display(), sort="state", phone="badge"),
        Column("what", gettext_lazy("Projects"), _counts),
        Column("on", gettext_lazy("Date of the data"), lambda t, r: formats.date(r.on_date), sort="on_date"),
        Column("who", gettext_lazy("Who"), lambda t, r: r.by.label if r.by else _("The portal")),
        Column("when", gettext_lazy("When"), lambda t, r: formats.moment(r.created_at), sort="created_at"),
    )
