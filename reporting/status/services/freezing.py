"""The freeze: one transaction in which the whole period is read as it is at one instant, kept, and closed for ever.

Killed in the middle it leaves nothing; begun twice, the second finds it done. It reads with `REPEATABLE READ`: a report saved
while it runs makes it begin again.
"""

import gc
from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, OperationalError, connection
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2 import errors as postgres

from pmo_portal.core import editing, trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.hierarchy.declared import rag_of
from reporting.health import rules
from reporting.health.facts import Assessment
from reporting.health.selectors import LimitBook, Subject, subjects
from reporting.health.services import frozen, photographs
from reporting.health.services.thresholds import compute_again
from reporting.status import selectors, snapshots
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport
from reporting.status.sent import SENT, as_submitted
from reporting.status.services import periods

BATCH = 500
TRIES = 5
State = StatusReport.State
T = TypeVar("T")


def freeze(period: ReportingPeriod, *, by: User | None, on: date, at: datetime) -> ReportingPeriod:
    """Keep every report of the period and what was computed beside it, and close it; returns the frozen period.

    What was never submitted is kept as not reported. Raises DomainError for a period that has not opened.
    """

    def once() -> ReportingPeriod:
        with editing.writing(), trace.acting(by, action="freeze"):
            return _freeze(period.pk, on=on, at=at)

    return repeated(once)


def repeated(once: Callable[[], T]) -> T:
    """What this transaction returns, begun again where somebody wrote what it reads. Raises `Busy` where they go on doing so."""
    for _tried in range(TRIES):
        try:
            return once()
        except OperationalError as error:
            if not isinstance(error.__cause__, postgres.SerializationFailure):
                raise
        except IntegrityError as error:
            if not frozen.came_between(error):
                raise
    raise editing.Busy(_("Someone else is changing the same records. Nothing was saved: try again in a moment."))


def _freeze(pk: int, *, on: date, at: datetime) -> ReportingPeriod:
    one_instant()
    period = periods.hold(pk)
    if period.state == ReportingPeriod.State.FROZEN:
        return period
    if period.state == ReportingPeriod.State.UPCOMING:
        raise DomainError(_("This period has not opened yet."))
    limits = LimitBook.read()
    ids = list(StatusReport.objects.filter(period=period).order_by("project_id").values_list("pk", flat=True))
    collecting = gc.isenabled()
    gc.disable()  # thousands of rows that live until the end of their batch: looking for cycles among them finds none
    try:
        for start in range(0, len(ids), BATCH):
            some = StatusReport.objects.filter(pk__in=ids[start : start + BATCH]).select_related("author")
            keep(list(some.order_by("project_id")), period=period, limits=limits, on=on, at=at)
    finally:
        if collecting:
            gc.enable()
    period.state, period.frozen_at = ReportingPeriod.State.FROZEN, at
    period.save(update_fields=["state", "frozen_at", "updated_at"])
    if period.calendar.ambers_before_red:  # one report more at amber may be one too many
        compute_again(period.calendar.node)
    return period


def one_instant() -> None:
    """This transaction reads what was committed before its first statement, nothing later; within another one, as that does."""
    if len(connection.savepoint_ids) == 0:
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")


def keep(
    reports: Sequence[StatusReport], *, period: ReportingPeriod, limits: LimitBook, on: date, at: datetime
) -> None:
    """Snapshots and photographs of these reports, of one period; each gets its last state."""
    restored = [as_submitted(report) for report in reports if report.state == State.TO_CORRECT]
    if restored:  # a correction that was not submitted is a draft: the report stays what it was
        StatusReport.objects.bulk_update(restored, SENT)
    told = {report.pk: report for report in restored}
    reports = [told.get(report.pk, report) for report in reports]
    ids = [report.project_id for report in reports]
    seen = {subject.project_id: subject for subject in subjects(ids, on=on)}
    parts = selectors.parts_of(ids, at=at)
    rows, photos = [], []
    for report in reports:
        subject = seen[report.project_id]
        judged = rules.assess(subject.facts, limits.of(subject), subject.on)
        reported = report.submitted_at is not None
        report.state = State.FROZEN if reported else State.NOT_REPORTED
        row = snapshot_of(report, subject, judged, reported=reported, parts=parts[report.project_id], at=at)
        rows.append(row)
        photos.append(photographs.photograph(subject, judged) | said_by(row, report))
    for state in StatusReport.OVER:
        held = [report.pk for report in reports if report.state == state]
        StatusReport.objects.filter(pk__in=held).update(state=state, updated_at=at)
    taken = zip(Snapshot.objects.bulk_create(rows), photos, strict=True)
    frozen.keep([frozen.Taken(row.pk, row.project_id, photo) for row, photo in taken], period=period, at=at)


def said_by(row: Snapshot, report: StatusReport) -> photographs.Photograph:
    """What a snapshot says of the judgement, as its photograph tells it."""
    return frozen.said(
        declared=row.declared,
        rag=row.declared_rag,
        gap=row.gap,
        trend=row.trend,
        key_message=row.content["report"].get("key_message") or "",
        on=timezone.localdate(report.submitted_at) if report.submitted_at else None,
    )


def snapshot_of(
    report: StatusReport, subject: Subject, judged: Assessment, *, reported: bool, parts: dict[str, Any], at: datetime
) -> Snapshot:
    """What is kept of one report, not saved."""
    copied = subject.copied
    told = snapshots.content(report, subject, judged, reported=reported, parts=parts)
    return Snapshot(
        report_id=report.pk,
        project_id=report.project_id,
        period_id=report.period_id,
        revision=report.revision,
        frozen_at=at,
        is_reported=reported,
        declared=report.declared if reported else "",
        declared_rag=rag_of(report.declared).value if reported else "grey",
        computed=judged.computed,
        gap=rules.gap(rag_of(report.declared).value, judged.computed) if reported else None,
        assessed=parts["assessment"]["rating"] if parts["assessment"] else "",
        trend=report.trend if reported else "",
        forecast_end=copied["forecast_end"],
        baseline_end=copied["baseline_end"],
        percent_complete=copied["percent_complete"],
        budget=copied["budget"],
        eac=copied["eac"],
        actual=copied["actual"],
        currency=copied["currency"],
        max_risk=copied["max_risk"],
        content=told,
        digest=snapshots.digest(told),
        **{name: copied[name] for name in ("path", "confidential", "code", "name", "name_en", "state")},
    )
