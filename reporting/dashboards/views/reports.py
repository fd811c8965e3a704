"""The status report: the form in one column, saved as it is written, submitted when it is ready; read-only afterwards."""

from typing import Any, cast

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from pmo_portal.core.as_of import end_of
from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.pages import page
from projects.access.policy import DECLARE_STATUS
from projects.hierarchy.selectors import projects_with_header
from reporting.dashboards.report_forms import ReportForm, as_text
from reporting.health import wording as health_words
from reporting.health.changes import moves
from reporting.health.models import HealthHistory
from reporting.health.unseen import as_seen_by, told
from reporting.status import facts, rules, wording
from reporting.status.knowing import Knowledge
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.reading import reading, revisions
from reporting.status.services import drafts, submitting
from reporting.status.services.correcting import may_correct
from reporting.status.services.drafts import Change

SEEN = "was."  # prefix of what the page showed of a field


@require_GET
def current(request: HttpRequest, pk: int) -> HttpResponse:
    """The report of a project that is to be written now; without one, the plain form of its status."""
    project = get_object_or_404(projects_with_header(cast(User, request.user)), pk=pk)
    rows = StatusReport.objects.filter(project=project, period__state__in=ReportingPeriod.COLLECTING)
    found = rows.order_by("period__due_on", "-revision").values_list("pk", flat=True).first()
    return redirect("reporting:report", found) if found else redirect("projects:project-status", project.pk)


def report(request: HttpRequest, pk: int) -> HttpResponse:
    """The form, or what was reported; a POST saves everything and does what its button says."""
    row = find_report(request, pk)
    if request.method == "POST":
        return _post(request, row)
    return _answer(request, row)


@require_POST
def draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Autosave: some fields with what was seen of them; answers the state of the report as a fragment, 409 with conflicts."""
    row = find_report(request, pk)
    try:
        saved = _save(request, row)
    except InvalidFields as error:
        return _state(request, row, status=422, errors=error.errors)
    except DomainError as error:
        return _state(request, row, status=error.status, errors={"": [error.message]})
    return _state(request, saved.report, status=409 if saved.conflicts else 200, conflicts=saved.conflicts)


def find_report(request: HttpRequest, pk: int) -> StatusReport:
    """Within the reader's scope, else 404."""
    rows = StatusReport.objects.visible_to(request.user).select_related("period__calendar__node", "author", "reviewer")
    row = get_object_or_404(rows, pk=pk)
    project = projects_with_header(cast(User, request.user)).filter(pk=row.project_id).first()
    if project is None:
        raise Http404
    row.project = project
    return row


def _post(request: HttpRequest, row: StatusReport) -> HttpResponse:
    by, action = cast(User, request.user), request.POST.get("action", "save")
    try:
        if action == "take_back":
            submitting.take_back(report=row, by=by)
            return redirect("reporting:report", row.pk)
        saved = _save(request, row) if action != "renew" else None
        if saved and saved.conflicts:
            return _answer(request, saved.report, status=409, conflicts=saved.conflicts)
        if action in ("submit", "renew"):
            submitting.submit(
                report=row, by=by, on=timezone.localdate(), at=timezone.now(),
                confirmed=request.POST.getlist("confirm"), renew=action == "renew",
            )  # fmt: skip
            messages.success(request, _("Report submitted. Thank you."))
            return redirect("reporting:report", row.pk)
    except submitting.NotYet as error:
        row = find_report(request, row.pk)
        return _answer(request, row, status=422, asked=error.findings)
    except InvalidFields as error:
        return _answer(request, find_report(request, row.pk), status=422, errors=error.errors, data=request.POST)
    except DomainError as error:
        return _answer(request, find_report(request, row.pk), status=error.status, errors={"": [error.message]})
    messages.success(request, _("Draft saved"))
    return redirect("reporting:report", row.pk)


def _save(request: HttpRequest, row: StatusReport) -> drafts.Saved:
    """The fields that were sent; the known ones only, so that buttons and tokens are none."""
    sent = request.POST
    names = [name for name in sent if f"{SEEN}{name}" in sent]
    changes = {name: Change(sent[name], sent[f"{SEEN}{name}"]) for name in names if sent[name] != sent[f"{SEEN}{name}"]}
    changes |= {f"confirmed.{key}": Change("shown") for key in sent.getlist("confirm") if key.startswith("VR-")}
    return drafts.save_draft(
        report=row, by=cast(User, request.user), changes=changes, on=timezone.localdate(), at=timezone.now()
    )


def _answer(
    request: HttpRequest, row: StatusReport, *, status: int = 200, errors: dict[str, list[str]] | None = None,
    conflicts: dict[str, tuple[Any, Any]] | None = None, asked: list[facts.Finding] | None = None, data: Any = None,
) -> HttpResponse:  # fmt: skip
    may = request.user.has_perm(DECLARE_STATUS, row.project)
    if not may or not row.is_editable or row.period.state not in ReportingPeriod.COLLECTING:
        return page(request, "reporting/report/read.html", _read(request, row, may=may), status=status)
    knowledge = Knowledge(row, user=request.user, on=timezone.localdate())
    values = drafts.values(row, knowledge)
    form, why = ReportForm(data, knowledge=knowledge, values=values), _why(knowledge)
    context = {
        "report": row,
        "project": row.project,
        "form": form,
        "knowledge": knowledge,
        "renewal": _renewal(knowledge),
        "computed": knowledge.computed["overall"],
        "why": why,
        "dimensions": [one | {"why": why.get(one["name"], [])} for one in form.dimensions],
        "since": _since(request, row, knowledge),
        **_told(form, values, knowledge, errors=errors, conflicts=conflicts, asked=asked),
    }
    return page(request, "reporting/report/edit.html", context, status=status)


def _state(
    request: HttpRequest, row: StatusReport, *, status: int, errors: dict[str, list[str]] | None = None,
    conflicts: dict[str, tuple[Any, Any]] | None = None,
) -> HttpResponse:  # fmt: skip
    knowledge = Knowledge(row, user=request.user, on=timezone.localdate())
    values = drafts.values(row, knowledge)
    form = ReportForm(knowledge=knowledge, values=values)
    told_of = _told(form, values, knowledge, errors=errors, conflicts=conflicts)
    context = {"report": row, "at": timezone.localtime(), "shown": form.seen, **told_of}
    return page(request, "reporting/report/_state.html", context, status=status)


def _told(
    form: ReportForm, values: dict[str, Any], knowledge: Knowledge, *, errors: dict[str, list[str]] | None = None,
    conflicts: dict[str, tuple[Any, Any]] | None = None, asked: list[facts.Finding] | None = None,
) -> dict[str, Any]:  # fmt: skip
    """The findings of the rules, what was refused, and both values of what two people changed."""
    found = rules.findings(values, knowledge.known()) if asked is None else asked
    label = {name: field.label for name, field in form.fields.items()}
    return {
        "quality": rules.quality(found),
        "findings": [
            {"at": f"r-{one.at}" if one.at in form.fields else "", "words": wording.words(one), "kind": one.kind, "key": one.key,
             "one_click": one.kind != facts.HINT and (one.kind == facts.WARNING or one.rule == "VR-17")}
            for one in found
        ],
        "refused": [(label.get(name, ""), " ".join(texts)) for name, texts in (errors or {}).items()],
        "conflicts": [
            (label.get(name, name), as_text(mine), as_text(theirs)) for name, (mine, theirs) in (conflicts or {}).items()
        ],
    }  # fmt: skip


def _renewal(knowledge: Knowledge) -> list[str]:
    return [str(wording.NO_RENEWAL[one]) for one in rules.may_renew(knowledge.known())]


def _why(knowledge: Knowledge) -> dict[str, list[str]]:
    """The computed reasons of each dimension in words; amounts for who sees them."""
    reasons = knowledge.judged.reasons if knowledge.sees_money else told(knowledge.judged.reasons)
    day, currency = knowledge.subject.on, knowledge.project.currency
    names = ("overall", "schedule", "cost", "risk", "freshness", "resources")
    return {name: health_words.sentences(reasons, day, currency, dimension=name) for name in names}


def _since(request: HttpRequest, row: StatusReport, knowledge: Knowledge) -> list[Any]:
    """What moved since the last frozen report: read-only, on top."""
    last = knowledge.past[0] if knowledge.past else None
    if last is None:
        return []
    states = HealthHistory.objects.visible_to(request.user).filter(project=row.project_id)
    before, now = states.at(last.frozen_at).first(), states.at(end_of(timezone.localdate())).first()
    if before is None or now is None:
        return []
    scale = row.project.portfolio.scale
    return moves(as_seen_by(request.user, before), as_seen_by(request.user, now), scale)


def _read(request: HttpRequest, row: StatusReport, *, may: bool) -> dict[str, Any]:
    """What the read-only page shows, and what may be done with the report from there."""
    over, user = row.state in StatusReport.OVER, cast(User, request.user)
    return {
        "report": row,
        "project": row.project,
        "told": reading(row, user),
        "revisions": list(revisions(row, user)),
        "may_take_back": may and row.state == StatusReport.State.SUBMITTED,
        "may_correct": may_correct(row, user),
        "over": over,
    }
