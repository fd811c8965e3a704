"""`/allocations/import/`: a file of requests for people, what it would change, then written, dropped or taken back."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pmo_portal.core import formats
from pmo_portal.core.forms import comfortable
from pmo_portal.core.templatetags.money import qty
from pmo_portal.core.views import EditPage
from projects.access.policy import ANSWER_ALLOCATION, REQUEST_ALLOCATION
from projects.exchange.models import ImportBatch
from projects.hierarchy.models import Project
from projects.resources.grid import month_in, pk_in
from projects.resources.models import Allocation
from projects.roster.requests import services
from projects.roster.views import OneImport


class UploadForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy(
        "XLSX or CSV with a row of headings. You see what would change before anything does."
    ))  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        comfortable(self)


def back_to(user: Any, project: Project | None) -> tuple[str, str]:
    """Where a page about requests leads back to: the project's team, the list of who answers, else the grid."""
    if project is not None:
        return reverse("projects:team", args=[project.pk]), project.code
    if user.has_perm(ANSWER_ALLOCATION):
        return reverse("projects:allocation-list"), _("Requests for people")
    return reverse("projects:allocation-grid"), _("Requests by month")


class RequestImportCreate(EditPage):
    """`?project=` brings a file to one project, which it then need not name."""

    template = "projects/roster/request_import.html"
    title = gettext_lazy("Import requests for people")
    form_class = UploadForm
    saved_message = gettext_lazy("Compared: nothing is written yet")
    button = gettext_lazy("Read and compare")
    permission = REQUEST_ALLOCATION

    @cached_property
    def project(self) -> Project | None:
        if "project" not in self.request.GET:
            return None
        return get_object_or_404(Project.objects.visible_to(self.user), pk=pk_in(self.request.GET["project"]) or 0)

    def get_target(self) -> None:
        return None

    def right_target(self) -> Project | None:
        return self.project

    def get_form(self, data: Any = None) -> UploadForm:
        return UploadForm(data, self.request.FILES if data is not None else None)

    def save(self, form: Any, version: int | None) -> ImportBatch:
        file = form.cleaned_data["file"]
        return services.stage_file(by=self.user, content=file.read(), file_name=file.name, home=self.project)

    def success_url(self, saved: ImportBatch) -> str:
        return reverse("projects:allocation-import-review", args=[saved.pk])

    def cancel_url(self) -> str:
        return back_to(self.user, self.project)[0]

    def context(self, **extra: Any) -> dict[str, Any]:
        return super().context(project=self.project, trail=[back_to(self.user, self.project)], **extra)


class RequestImport(OneImport):
    lines = "projects/roster/_asks.html"
    orders = ()

    def check_right(self, target: Any = None) -> None:
        if not self.user.has_perm(REQUEST_ALLOCATION):
            raise PermissionDenied

    def batches(self) -> Any:
        return services.batches_of(self.user)

    @cached_property
    def project(self) -> Project | None:
        return Project.objects.visible_to(self.user).filter(pk=self.batch.options.get("project") or 0).first()

    def report(self) -> dict[str, Any]:
        report = services.shown_to(self.user, self.batch.report)
        lines = {outcome: [in_words(line) for line in found] for outcome, found in report["lines"].items()}
        return {**report, "lines": lines, "what": _("Requests for people")}

    def crumbs(self) -> list[tuple[str, str]]:
        address = reverse("projects:allocation-import-create")
        query = f"?project={self.project.pk}" if self.project else ""
        return [back_to(self.user, self.project), (f"{address}{query}", _("Import"))]

    def home(self) -> str:
        return back_to(self.user, self.project)[0]

    def apply(self, *, skip_bad_rows: bool) -> None:
        services.apply(batch=self.batch, by=self.user, skip_bad_rows=skip_bad_rows)

    def take_back(self) -> None:
        services.take_back(batch=self.batch, by=self.user)


def in_words(line: dict[str, Any]) -> dict[str, Any]:
    """A line with its months and fields as the reader calls them."""
    measure = line.get("measure", "")
    told = [(name, label(name), before, after) for name, before, after in line["changes"]]
    months = [(words, amount(before, measure), amount(after, measure))
              for name, words, before, after in told if name not in WORDS]  # fmt: skip
    changes = [(_("%(label)s:") % {"label": words}, WORDS[name](before), WORDS[name](after))
               for name, words, before, after in told if name in WORDS]  # fmt: skip
    errors = [(_("%(label)s:") % {"label": label(name)}, message) for name, message in line["errors"]]
    return {**line, "months": months, "changes": changes, "errors": errors}


def label(name: str) -> str:
    """A field, or a month as `2027-01`."""
    if name[:4].isdigit():
        return formats.date(month_in(name), "mon")
    words = {
        "month": _("Month"), "months": _("Months"), "asked": _("Asked in the month"), "role": _("Role in the project"),
        "unit": pgettext("organisation", "Unit"), "status": _("State"),
    }  # fmt: skip
    if name in words:
        return words[name]
    return next(capfirst(str(one.verbose_name)) for one in Allocation._meta.fields if one.name == name)


def amount(value: str | None, measure: str) -> str:
    return str(qty(Decimal(value), measure)) if value is not None else ""


# Fields of a line that are no months, and how a value of theirs is read.
WORDS: dict[str, Callable[[Any], str]] = {
    "note": lambda text: text or "",
    "status": lambda status: str(dict(Allocation.Status.choices).get(status, status)),
}
