"""`/people/import/`: a file of people or of absences, what it would change, then written or dropped. `/people/export/`."""

import re
from collections.abc import Collection
from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pmo_portal.core import audit, formats, quotas
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.forms import comfortable
from pmo_portal.core.undo_views import told
from pmo_portal.core.views import EditPage, Page
from projects.access.policy import EDIT_RESOURCES, VIEW_PEOPLE
from projects.exchange.models import ImportBatch
from projects.exchange.services.undo import UNDO_WITHIN
from projects.exchange.workbooks import CSV_TYPE, XLSX_TYPE
from projects.resources.models import Absence, Person
from projects.resources.selectors import people_with_words
from projects.resources.views.people import PersonTable
from projects.roster import export, services, waiting
from projects.roster.day_order import ORDERS
from projects.roster.lines import OF_RATES

WHAT = ((ImportBatch.PEOPLE, gettext_lazy("People")), (ImportBatch.ABSENCES, gettext_lazy("Absences")))


DATED = frozenset({"arrives_on", "leaves_on", "first_day", "last_day", "rate", "pattern"})  # what ends with a day


class UploadForm(forms.Form):
    what = forms.ChoiceField(label=gettext_lazy("What is in the file"), choices=WHAT)
    file = forms.FileField(label=gettext_lazy("File"), help_text=gettext_lazy(
        "XLSX or CSV with a row of headings; for absences a calendar (.ics) too. You see what would change before anything does."
    ))  # fmt: skip
    person = forms.ModelChoiceField(
        Person.objects.all(), required=False, label=gettext_lazy("Whose absences they are"),
        help_text=gettext_lazy("Only for a calendar of one person. Otherwise each event says whose it is by e-mail address."),
    )  # fmt: skip
    source = forms.CharField(
        max_length=120, required=False, label=gettext_lazy("Where the absences come from"),
        help_text=gettext_lazy(
            "By this name the next file of the same source shows what is no longer there. Left empty: the name of the file."
        ),
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        comfortable(self)


class Keepers(Page):
    def check_right(self, target: Any = None) -> None:
        if not self.user.has_perm(EDIT_RESOURCES):
            raise PermissionDenied


class ImportCreate(Keepers, EditPage):
    template = "projects/resources/edit.html"
    title = gettext_lazy("Import people or absences")
    form_class = UploadForm
    saved_message = gettext_lazy("Compared: nothing is written yet")
    button = gettext_lazy("Read and compare")

    def get_form(self, data: Any = None) -> UploadForm:
        return UploadForm(data, self.request.FILES if data is not None else None)

    def save(self, form: Any, version: int | None) -> ImportBatch:
        file = form.cleaned_data["file"]
        return services.stage_file(
            by=self.user, content=file.read(), file_name=file.name, what=form.cleaned_data["what"],
            person=form.cleaned_data["person"], source=form.cleaned_data["source"],
        )  # fmt: skip

    def success_url(self, saved: ImportBatch) -> str:
        return reverse("projects:people-import-review", args=[saved.pk])

    def cancel_url(self) -> str:
        return reverse("projects:person-list")


class OneImport(Keepers):
    template = "projects/roster/review.html"

    lines = "projects/roster/_lines.html"
    orders: tuple[str, ...] = ORDERS  # of day and month, of which one may choose

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.batch = get_object_or_404(self.batches(), pk=kwargs["pk"])

    def batches(self) -> Any:
        return services.batches_of(self.user)

    def report(self) -> dict[str, Any]:
        """What the reader may see of it, in words."""
        report = self.batch.report
        model = Person if self.batch.profile == ImportBatch.PEOPLE else Absence
        names = {field.name: capfirst(str(field.verbose_name)) for field in model._meta.fields}
        names |= {"unit": capfirst(pgettext("organisation", "unit")), "skills": _("Skills"), "pattern": _("Working pattern"),
                  "rate": _("Daily rate")}  # fmt: skip
        hidden: Collection[str] = () if services.sees_rates(self.user) else OF_RATES
        lines = {outcome: [named(line, names, hidden) for line in lines] for outcome, lines in report["lines"].items()}
        return {**report, "lines": lines, "what": dict(WHAT)[self.batch.profile]}

    def crumbs(self) -> list[tuple[str, str]]:
        return [
            (reverse("projects:person-list"), _("People")), (reverse("projects:people-import-create"), _("Import")),
        ]  # fmt: skip

    def context(self, **extra: Any) -> dict[str, Any]:
        batch, report = self.batch, self.report()
        recent = batch.applied_at and timezone.now() - batch.applied_at <= UNDO_WITHIN
        return super().context(
            batch=batch,
            counts=report["counts"],
            lines=report["lines"],
            unread=report["unread"],
            guarded=report.get("guarded", ()),
            ignored=report.get("ignored", ()),
            notices=report.get("notices", ()),
            what=report["what"],
            trail=self.crumbs(),
            waiting=batch.state == ImportBatch.State.STAGED and batch.by_id == self.user.pk,
            undoable=batch.state == ImportBatch.State.APPLIED and recent,
            changes=report["counts"]["created"] + report["counts"]["updated"],
            gone=gone_of(report),
            doubts=report.get("doubts", 0),
            days=report.get("days", {}),
            order=batch.options.get("date_order") or ORDERS[0],
            source=batch.options.get("source", ""),
            most=waiting.SHOWN,
            **extra,
        )

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        self.check_right()
        return self.answer()

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        """`do` says what: apply, discard, undo, or dmy and mdy: how dates are read that could be two."""
        self.check_right()
        do, home = request.POST.get("do"), self.home()
        try:
            if do == "apply":
                self.apply(skip_bad_rows=bool(request.POST.get("skip")))
                home = request.path
            elif do == "discard":
                waiting.discard(batch=self.batch, by=self.user)
            elif do == "undo":
                self.take_back()
                home = request.path
            elif do in self.orders:
                self.read_dates(str(do))
                home = request.path
            else:
                return self.answer(status=422)
        except NotAllowed as refused:
            raise PermissionDenied(refused.message) from refused
        except DomainError as error:
            self.batch.refresh_from_db()
            return self.answer(status=error.status, error=error.message)
        told(
            request,
            {"apply": _("Written"), "discard": _("Dropped"), "undo": _("Taken back")}.get(
                do, _("Compared: nothing is written yet")
            ),
        )
        return self.moved(home)

    def home(self) -> str:
        return reverse("projects:person-list")

    def apply(self, *, skip_bad_rows: bool) -> None:
        services.apply(batch=self.batch, by=self.user, skip_bad_rows=skip_bad_rows, gone=self.gone())

    def read_dates(self, order: str) -> None:
        services.read_dates(batch=self.batch, by=self.user, order=order)

    def take_back(self) -> None:
        services.take_back(batch=self.batch, by=self.user)

    def gone(self) -> list[int] | None:
        """Which of those the file has no more are to go; None: all of them."""
        if self.request.POST.get("gone") == "all":
            return None
        return [int(one) for one in self.request.POST.getlist("gone") if one.isdecimal() and len(one) < 18]


def gone_of(report: dict[str, Any]) -> dict[str, Any]:
    """What the file has no more, as the page shows it."""
    held = report.get("gone") or {"count": 0, "rows": []}
    rows = [(pk, who, formats.date(date.fromisoformat(first)), formats.date(date.fromisoformat(last)))
            for pk, who, first, last in held["rows"]]  # fmt: skip
    return {"count": held["count"], "rows": rows}


def named(line: dict[str, Any], names: dict[str, str], hidden: Collection[str]) -> dict[str, Any]:
    """A line with its fields as the reader calls them, but those hidden from them."""

    def label(name: str) -> str:
        return _("%(label)s:") % {"label": names[name]} if name in names else ""

    changes = [(label(name), in_words(name, before), in_words(name, after))
               for name, before, after in line["changes"] if name not in hidden]  # fmt: skip
    errors = [(label(name), message) for name, message in line["errors"] if name not in hidden]
    return {**line, "changes": changes, "errors": errors}


def in_words(name: str, value: Any) -> Any:
    """A kept value as the reader writes it."""
    if name == "kind":
        return dict(Absence.Kind.choices).get(value, value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, str) and name in OF_RATES:
        value = re.sub(r"^\d+\.\d\d", lambda found: formats.number(Decimal(found[0]), 2), value)
    if isinstance(value, str) and name in DATED:
        return re.sub(r"\d{4}-\d\d-\d\d$", lambda found: formats.date(date.fromisoformat(found[0])), value)
    return value


class PersonExport(Page):
    """The rows of the list as a file, asked for with POST since it leaves a trace; the filters stay in the address."""

    http_method_names = ("post",)

    def post(self, request: HttpRequest) -> HttpResponse:
        if not self.user.has_perm(VIEW_PEOPLE):
            raise PermissionDenied
        kind = "xlsx" if request.POST.get("format") == "xlsx" else "csv"
        quotas.take("exports_per_hour", by=quotas.acting(request))
        people = PersonTable(request).filtered(people_with_words())
        audit.tell(by=self.user, action="export", about=Person,
                   changes={"format": [None, kind], "rows": [None, min(people.count(), export.MOST)]})  # fmt: skip
        name = f"{_('people')}-{timezone.localdate().isoformat()}.{kind}"
        headers = {"Content-Disposition": f'attachment; filename="{name}"'}
        content = export.as_file(people, kind, on=timezone.localdate(), rates=services.sees_rates(self.user))
        return HttpResponse(content, content_type=XLSX_TYPE if kind == "xlsx" else CSV_TYPE, headers=headers)
