"""The PMO's review: a submitted report is validated, or sent back with what is to be corrected. Freezing is `freezing`."""

from collections.abc import Collection
from datetime import datetime

from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import RUN_REPORTING, VALIDATE_STATUS, allowed
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.selectors import raises_no_question

State = StatusReport.State
# verb: the states it starts from, and the one it leads to.
STEPS: dict[str, tuple[Collection[str], str]] = {
    "validate": ((State.SUBMITTED,), State.VALIDATED),
    "correct": ((State.SUBMITTED, State.VALIDATED), State.TO_CORRECT),
}


def validate(*, report: StatusReport, by: User, at: datetime) -> StatusReport:
    """The report stands; validating what is validated changes nothing."""
    return _step("validate", report, by=by, at=at, comment="")


def ask_correction(*, report: StatusReport, by: User, at: datetime, comment: str) -> StatusReport:
    """The report goes back to who wrote it, with what is to be corrected."""
    if not comment.strip():
        raise DomainError(_("Say what is to be corrected."), field="comment")
    return _step("correct", report, by=by, at=at, comment=comment.strip()[:1000])


def validate_all(*, period: ReportingPeriod, by: User, at: datetime) -> int:
    """Validate the reports of a period that raise no question where the actor reviews: all of them or none; returns how many."""
    with editing.writing(), trace.acting(by, action="validate"):
        easy = raises_no_question()
        seen = StatusReport.objects.visible_to(by).filter(easy, period=period).values("pk")
        held = StatusReport.objects.select_for_update(no_key=True, of=("self",)).filter(easy, pk__in=seen)
        rows = [
            row for row in held.select_related("project").order_by("pk") if by.has_perm(VALIDATE_STATUS, row.project)
        ]
        for row in rows:
            row.state, row.reviewer, row.reviewed_at, row.review_comment = State.VALIDATED, by, at, ""
        fields = ["state", "reviewer", "reviewed_at", "review_comment"]
        return StatusReport.objects.bulk_update(rows, fields, batch_size=500) if rows else 0


def _step(verb: str, report: StatusReport, *, by: User, at: datetime, comment: str) -> StatusReport:
    starts, leads_to = STEPS[verb]
    with editing.writing(), trace.acting(by, action=verb):
        row = editing.hold(StatusReport, report.pk)
        if not by.has_perm(VALIDATE_STATUS, row.project):
            raise NotAllowed(_("Your role does not let you review the reports of this project."))
        if row.state == leads_to and not comment:
            return row
        if row.state not in starts:
            words = _("This report is “%(state)s”: only a submitted one is reviewed.")
            raise DomainError(words % {"state": row.get_state_display()})
        row.state, row.reviewer, row.reviewed_at, row.review_comment = leads_to, by, at, comment
        row.save()
        return row


def check_running(period: ReportingPeriod, *, by: User) -> None:
    """Whether this user runs the reporting where the period is."""
    if not allowed(by, RUN_REPORTING, period.calendar.node):
        raise NotAllowed(_("Your role does not let you run the reporting there."))
