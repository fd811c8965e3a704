"""What was submitted stays what is told while a report is being corrected: the draft below it is nobody else's business."""

from copy import copy
from typing import Any

from reporting.status.models import StatusReport
from reporting.status.snapshots import SAID, plain

BOOKS = ("revision", "state", "submitted_at", "review_comment", "revision_reason")
SENT = (*(name for name in SAID if name not in BOOKS), "etc", "ask_amount", "confidential_note", "risks")


def kept(report: StatusReport) -> dict[str, Any]:
    """What a report says at its submission, as JSON."""
    told: dict[str, Any] = plain({name: getattr(report, name) for name in SENT})
    return told


def as_submitted(report: StatusReport) -> StatusReport:
    """The report as it was submitted last, as a copy while it is being corrected; else itself."""
    if report.state != StatusReport.State.TO_CORRECT or not report.sent:
        return report
    told = copy(report)
    for name, value in report.sent.items():
        setattr(told, name, StatusReport._meta.get_field(name).to_python(value))  # type: ignore[union-attr]
    return told
