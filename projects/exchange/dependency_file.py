"""Dependencies between projects as a file: the rows of the list it was asked from, as far as their reader sees each side."""

from collections.abc import Iterator
from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from pmo_portal.core.models import User
from projects.exchange.files_out import at_most, taken_out
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
    return taken_out(
        request, kind, name=f"{_('dependencies')}-{timezone.localdate().isoformat()}", about=InterProjectDependency,
        back=reverse("projects:dependencies"),
        tables=lambda: [(_("Dependencies"), [headings(), *at_most(list(lines(request)), MOST)])],
    )  # fmt: skip
