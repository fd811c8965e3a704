"""Files in, in the browser: choose → columns → what would change → apply → take back."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.navigation import Entry, others
from pmo_portal.core.views import EditPage, ListPage, Page
from projects.exchange import changes, selectors, workbooks
from projects.exchange import messages as wording
from projects.exchange.forms import MappingForm, ProfileForm, UploadForm
from projects.exchange.models import ImportBatch
from projects.exchange.services import batches
from projects.exchange.services.undo import UNDO_WITHIN, undo
from projects.exchange.tables import ImportTable

IMPORT_FILES = "projects.import_files"


def person(request: HttpRequest) -> User:
    """Who asks: every page here is for signed-in people."""
    return cast(User, request.user)


class ImportList(ListPage):
    template = "projects/exchange/import_list.html"
    fragment = "components/list.html"
    permission = IMPORT_FILES

    def context(self, **extra: Any) -> dict[str, Any]:
        table = ImportTable(self.request)
        table.load(selectors.batches_of(person(self.request)))
        action = {"url": reverse("projects:import-create"), "label": _("Import a file")}
        return super().context(
            table=table, empty_actions=[action], saved=selectors.profiles_of(person(self.request)), **extra
        )


class ImportCreate(EditPage):
    """The file; saving stages it."""

    template = "projects/exchange/import_create.html"
    permission = IMPORT_FILES
    title = gettext_lazy("Import a file")
    saved_message = gettext_lazy("The file is read. Nothing is written yet.")

    def get_form(self, data: Any = None) -> UploadForm:
        files = self.request.FILES if data is not None else None
        return UploadForm(data, files, by=person(self.request), initial=self.request.GET.dict())

    def save(self, form: Any, version: int | None) -> ImportBatch:
        return batches.stage_file(by=person(self.request), **form.request())

    def success_url(self, saved: ImportBatch) -> str:
        return reverse("projects:import-review", args=[saved.pk])

    def cancel_url(self) -> str:
        return reverse("projects:import-list")


class ImportPage(Page):
    """A page of one import, which only its person and those who may import into its portfolio reach."""

    template = "projects/exchange/import_review.html"
    permission = IMPORT_FILES

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.batch = get_object_or_404(
            selectors.batches_of(person(request)).defer("bad_rows", "changes"), pk=kwargs["pk"]
        )

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
        self.check_right()
        return super().dispatch(request, *args, **kwargs)

    def context(self, **extra: Any) -> dict[str, Any]:
        batch, told = self.batch, dict(self.batch.report)
        told |= {name: wording.reworded(told[name]) for name in ("problems", "warnings") if name in told}
        sheets = told.get("sheets", [])
        mapping = extra.pop("mapping", None) or MappingForm(sheets=sheets, initial=batch.options.get("settings", {}))
        return super().context(
            batch=batch,
            told=told,
            waiting=batch.state == ImportBatch.State.STAGED,
            may_undo=bool(
                batch.state == ImportBatch.State.APPLIED
                and batch.applied_at
                and timezone.now() - batch.applied_at < UNDO_WITHIN
                and self.request.user.has_perm(IMPORT_FILES, batch.portfolio)
            ),
            has_rejects=bool(told.get("skipped")),
            sheets=[{**sheet, "what": changes.ENTITIES[sheet["entity"]]} for sheet in sheets],
            mapping=mapping,
            changes=self._changes(),
            opened="open" in self.request.GET,
            profile_form=ProfileForm(),
            **extra,
        )

    def _changes(self) -> changes.Page:
        number = self.request.GET.get("page", "1")
        packed = ImportBatch.objects.values_list("changes", flat=True).get(pk=self.batch.pk)
        return changes.page(bytes(packed or b""), int(number) if number.isdecimal() else 1)

    def back(self) -> HttpResponse:
        """To the review of this import."""
        return redirect("projects:import-review", pk=self.batch.pk)

    def refused(self, error: DomainError) -> HttpResponse:
        messages.error(self.request, error.message)
        return self.answer(status=error.status)


class ImportReview(ImportPage):
    """What would change, or what changed."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        return self.answer()


class ImportMapping(ImportPage):
    """Correct the columns and compare again; with a name, keep the mapping too."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = MappingForm(request.POST, sheets=self.batch.report.get("sheets", []))
        if not form.is_valid():
            return self.answer(status=422, mapping=form)
        try:
            batches.remap(batch=self.batch, by=person(request), settings=self._merged(form.settings()))
        except DomainError as error:
            return self.refused(error)
        return self.back()

    def _merged(self, told: dict[str, Any]) -> dict[str, Any]:
        """Corrections add up over several rounds."""
        before = self.batch.options.get("settings", {}).get("columns", {})
        return {**told, "columns": {**before, **told["columns"]}}


class ImportProfileSave(ImportPage):
    """Keep the mapping under a name."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        form = ProfileForm(request.POST)
        if form.is_valid():
            batches.save_profile(batch=self.batch, by=person(request), **form.cleaned_data)
            messages.success(request, _("The mapping is kept. Choose it under “Kind of file” next time."))
        else:
            messages.error(request, _("Give the mapping a name."))
        return self.back()


class ImportApply(ImportPage):
    """Write it."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            batches.apply_batch(batch=self.batch, by=person(request), skip_bad_rows="skip" in request.POST)
        except DomainError as error:
            return self.refused(error)
        messages.success(request, _("The import is applied. It can be taken back for 24 hours."))
        return self.back()


class ImportDiscard(ImportPage):
    """Drop it."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            batches.discard(batch=self.batch, by=person(request))
        except DomainError as error:
            return self.refused(error)
        messages.success(request, _("The file is dropped. Nothing was written."))
        return redirect("projects:import-list")


class ImportUndo(ImportPage):
    """Take it back."""

    def post(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        try:
            undo(self.batch.pk, by=person(request))
        except DomainError as error:
            return self.refused(error)
        messages.success(request, _("The import is taken back: what it changed is as it was."))
        return self.back()


class ImportRejects(ImportPage):
    """The rows that were left out, as a file."""

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        content = ImportBatch.objects.values_list("bad_rows", flat=True).get(pk=self.batch.pk)
        if not content:
            raise Http404
        table = not bytes(content).startswith(b"PK")
        name = f"{_('left-out')}-{self.batch.pk}.{'csv' if table else 'xlsx'}"
        return _download(bytes(content), name, workbooks.CSV_TYPE if table else workbooks.XLSX_TYPE)


@require_GET
def import_template(request: HttpRequest, lang: str) -> HttpResponse:
    """The empty workbook to fill."""
    name = "projects-template.xlsx" if lang == "en" else "modele-projets.xlsx"
    return _download(workbooks.template(lang), name, workbooks.XLSX_TYPE)


def _download(content: bytes, name: str, content_type: str) -> HttpResponse:
    """Never shown inline: a foreign file must not run under our address."""
    return HttpResponse(
        content,
        content_type=content_type,
        headers={"Content-Disposition": f'attachment; filename="{name}"', "X-Content-Type-Options": "nosniff"},
    )


others.add(
    "import",
    Entry(
        gettext_lazy("New import"),
        "projects:import-create",
        "upload",
        permission=IMPORT_FILES,
        words=gettext_lazy("file Excel CSV spreadsheet"),
    ),
)
