"""Dependencies between projects as a file: the rows of the list it was asked from, as far as their reader sees each side."""

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from pmo_portal.core import audit, quotas
from pmo_portal.core.cells import cell
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.exchange.workbooks import CSV_TYPE, XLSX_TYPE, xlsx
from projects.hierarchy.models import Project
from projects.raid.dependency_table import DependencyTable
from projects.raid.models import InterProjectDependency
from projects.raid.models.dependency import RECEIVER, SUPPLIER
from projects.raid.selectors.dependencies import ANOTHER, Seen, as_seen, dependencies

MOST = 20_000


def headings() -> list[str]:
    return [
        _("Number"), _("What is given"), pgettext("dependency", "Given by"), _("Name of the project that gives"),
        pgettext("dependency", "Needed by project"), _("Name of the project that needs"), pgettext("dependency", "Needed by"),
        _("Promised for"), _("Delivered on"), pgettext("dependency", "Against the need"), _("State"),
        _("Milestone that gives it"), _("Milestone that needs it"), _("Who gives it"), _("Who needs it"),
    ]  # fmt: skip


def line(one: Seen) -> list[Any]:
    row = one.row
    return [
        one.code, one.label, *project_cells(one.project(SUPPLIER)), *project_cells(one.project(RECEIVER)),
        row.needed_by, row.promise, row.delivered_on, one.slip_days, one.standing_words,
        *(found.label if found else "" for found in (one.supplier_milestone, one.receiver_milestone)),
        *(found.name if found else "" for found in (one.supplier_owner, one.receiver_owner)),
    ]  # fmt: skip


def project_cells(project: Project | None) -> tuple[str, str]:
    return (project.code, project.label) if project else (str(ANOTHER), "")


def lines(request: HttpRequest) -> Iterator[list[Any]]:
    """The rows under the filters of the address, in the order of the list."""
    user = cast(User, request.user)
    table, rows = DependencyTable(request, reader=user), dependencies(user, on=timezone.localdate())
    found = table.filtered(rows.open() if table.only_open else rows)
    return (line(one) for one in as_seen(found.order_by("rank", "needed_by", "pk")[: MOST + 1], user))


@require_POST
def dependency_export(request: HttpRequest) -> HttpResponse:
    """CSV or XLSX. It counts among the files its reader takes out."""
    kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
    try:
        found = list(lines(request))
        if len(found) > MOST:
            raise DomainError(_("More than %(most)d lines: narrow the list first.") % {"most": MOST})
        quotas.take("exports_per_hour", by=quotas.acting(request))
        audit.tell(by=cast(User, request.user), action="export", about=InterProjectDependency,
                   changes={"format": [None, kind], "rows": [None, len(found)]})  # fmt: skip
    except DomainError as refused:
        messages.error(request, refused.message)
        return HttpResponseRedirect(reverse("projects:dependencies"))
    name = f"{_('dependencies')}-{timezone.localdate().isoformat()}.{kind}"
    content = xlsx([(_("Dependencies"), [headings(), *found])]) if kind == "xlsx" else as_csv(found)
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return HttpResponse(content, content_type=XLSX_TYPE if kind == "xlsx" else CSV_TYPE, headers=headers)


def as_csv(found: list[list[Any]]) -> str:
    """UTF-8 with a byte order mark, semicolons between fields as spreadsheets here expect."""
    text = StringIO()
    writer = csv.writer(text, delimiter=";")
    for row in (headings(), *found):
        writer.writerow([cell(value) for value in row])
    return "\ufeff" + text.getvalue()
