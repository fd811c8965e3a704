"""The PMO's own hand in what was reported: under review where the calendar allows it, and after the freeze as a revision.

What was frozen stays: a revision is a further report with its reason, beside the first. It changes what was said; what was
computed and counted on the day of the freeze is kept as it was.
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace, work
from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import RUN_REPORTING, VALIDATE_STATUS, allowed
from projects.hierarchy.declared import WORDS, rag_of
from projects.hierarchy.models import Project
from projects.hierarchy.services import declare_status
from reporting.health import rules as health
from reporting.health.services import frozen, queue
from reporting.health.services.refresh import KIND
from reporting.status import rules, snapshots, wording
from reporting.status.facts import Known
from reporting.status.models import DIMENSIONS, Snapshot, StatusReport
from reporting.status.reading import computed_now
from reporting.status.sent import kept
from reporting.status.services.drafts import put, value_of
from reporting.status.services.freezing import repeated, said_by
from reporting.status.services.review import check_running
from reporting.status.services.submitting import is_latest, said, until
from reporting.status.snapshots import digest

State = StatusReport.State
# What the PMO may correct: the judgement and its words. Facts are corrected where they live, by who answers for them.
WORDED = (
    "declared", "declared_reason", "declared_evidence", "trend", "key_message", "summary",
    *(f"{one}{part}" for one in DIMENSIONS for part in ("", "_comment", "_reason", "_evidence")),
    "highlights", "next_steps", "back_to_green",
)  # fmt: skip
REASON = 15  # characters of the reason of a revision, as for an override (BR-20)
DECLARED = {"declared", "trend", "key_message", "back_to_green"}
CHECKED = (rules.overall_level, rules.dimensions, rules.message)


def edit_under_review(
    *, report: StatusReport, by: User, version: int, changes: Mapping[str, Any], on: date, at: datetime
) -> StatusReport:
    """Correct the words of a submitted report. Its author keeps it; who corrected it is written beside.

    Raises StaleVersion when it is not the version that was read, DomainError where the calendar does not allow it or the
    report is not under review, InvalidFields for values.
    """
    with editing.writing(), trace.acting(by, action="reword"):
        project = editing.hold(Project, report.project_id)
        row = editing.lock(StatusReport, report.pk, version=version, changes=changes)
        if not by.has_perm(VALIDATE_STATUS, project):
            raise NotAllowed(_("Your role does not let you review the reports of this project."))
        if not row.period.calendar.pmo_edits:
            raise NotAllowed(_("The calendar does not let the PMO correct reports: ask for a correction."))
        if row.state not in (State.SUBMITTED, State.VALIDATED):
            words = _("This report is “%(state)s”: only a submitted one is reviewed.")
            raise DomainError(words % {"state": row.get_state_display()})
        _reworded(row, changes, computed=computed_now(project), levels=WORDS[project.portfolio.scale], on=on)
        row.reviewer, row.reviewed_at, row.sent = by, at, kept(row)
        row.save()
        if is_latest(row) and DECLARED & changes.keys():
            declare_status(
                project=project, by=by, version=project.version, level=row.declared, trend=row.trend or Project.Trend.FLAT,
                key_message=row.key_message, on=on, back_to_green=until(row.back_to_green, project),
            )  # fmt: skip
        return row


def revise(*, report: StatusReport, by: User, changes: Mapping[str, Any], reason: str, at: datetime) -> StatusReport:
    """A further revision of a frozen report, frozen at once; returns it. The revision before stays, with its snapshot.

    What was “not reported” becomes reported by it, and stays late. Raises DomainError without a reason, or when somebody
    revised the report meanwhile.
    """
    return repeated(lambda: _revise(report, by=by, changes=changes, reason=reason, at=at))


def _revise(report: StatusReport, *, by: User, changes: Mapping[str, Any], reason: str, at: datetime) -> StatusReport:
    with editing.writing(), trace.acting(by):
        before = editing.hold(StatusReport, report.pk)
        check_running(before.period, by=by)
        kept = _last_snapshot(before)
        if len(reason.strip()) < REASON:
            raise DomainError(
                _("Say in 15 characters or more why what was reported is revised."), field="revision_reason"
            )
        row = _next(before, reason.strip())
        project, computed = kept.content["project"], kept.content["health"]
        on = kept.period.ends_on
        _reworded(
            row, changes, computed={**computed, "overall": computed["computed"]}, levels=WORDS[project["scale"]], on=on
        )
        row.reviewer, row.reviewed_at, row.state = by, at, State.FROZEN
        if row.submitted_at is None:
            row.submitted_at, row.author, row.way = at, by, StatusReport.Path.FULL
        row.save(force_insert=True)
        again = _kept_again(kept, row, at=at)
        again.save(force_insert=True)
        photo = frozen.photo_of(kept.pk) | said_by(again, row)
        frozen.keep([frozen.Taken(again.pk, again.project_id, photo, kept.pk)], period=kept.period, at=at)
        work.want(KIND, [row.project_id])  # it may be amber for one report more, or one less (BR-24)
        transaction.on_commit(queue.ring, robust=True)
        return row


def _last_snapshot(row: StatusReport) -> Snapshot:
    """What the freeze kept of this revision; refused when it is not frozen, or not the last one."""
    if row.state not in StatusReport.OVER:
        raise DomainError(_("Only a frozen report is revised. Before that, ask for a correction."))
    if StatusReport.objects.filter(project=row.project_id, period=row.period_id, revision__gt=row.revision).exists():
        raise DomainError(_("Someone revised this report meanwhile: look at the last revision."))
    return Snapshot.objects.select_related("period").get(report=row)


def _next(before: StatusReport, reason: str) -> StatusReport:
    """A copy as the next revision, not saved; of what was not reported, only whose and of when it is."""
    row = StatusReport(project_id=before.project_id, period_id=before.period_id)
    if before.submitted_at is not None:
        names = [one.attname for one in editing.fields_of(before)]
        row = StatusReport(**{name: getattr(before, name) for name in names})
    row.revision, row.revision_reason = before.revision + 1, reason[:500]
    return row


def _reworded(
    row: StatusReport, changes: Mapping[str, Any], *, computed: Mapping[str, str], levels: Any, on: date
) -> None:
    """Put these words into the report and check them. Raises InvalidFields with what to write instead."""
    editing.only(changes, WORDED)
    errors: dict[str, list[str]] = {}
    for name, given in changes.items():
        try:
            put(row, name, value_of(name, given))
        except DomainError as error:
            errors[name] = [error.message]
    if not errors:
        editing.clean(row, WORDED)
        known = Known(today=on, levels=tuple(levels), computed=computed)
        for rule in CHECKED:
            for one in rule(said(row), known):
                if one.rule in ("VR-01", "VR-02", "VR-03"):
                    errors.setdefault(one.at, []).append(wording.words(one))
    if errors:
        raise InvalidFields(errors)


def _kept_again(kept: Snapshot, row: StatusReport, *, at: datetime) -> Snapshot:
    """The snapshot of a revision: what it says now, beside the facts of the freeze."""
    told = snapshots.reworded(kept.content, row)
    rag = rag_of(row.declared).value
    fields = {one.attname: getattr(kept, one.attname) for one in Snapshot._meta.concrete_fields if not one.primary_key}
    return Snapshot(**fields | {
        "report_id": row.pk, "revision": row.revision, "frozen_at": at, "is_reported": True, "declared": row.declared,
        "declared_rag": rag, "gap": health.gap(rag, kept.computed), "trend": row.trend, "content": told,
        "digest": digest(told),
    })  # fmt: skip


def may_correct(report: StatusReport, user: User) -> bool:
    """Whether this user is offered it: to revise the last revision of a frozen report, or to correct one under review."""
    if report.state in StatusReport.OVER:
        later = StatusReport.objects.filter(
            project=report.project_id, period=report.period_id, revision__gt=report.revision
        )
        return allowed(user, RUN_REPORTING, report.period.calendar.node) and not later.exists()
    return (
        report.state in (State.SUBMITTED, State.VALIDATED)
        and report.period.calendar.pmo_edits
        and user.has_perm(VALIDATE_STATUS, report.project)
    )
