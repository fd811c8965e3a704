"""What a flash report is made of: a snapshot that was kept, or what the freeze would keep now; as its reader may see it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils import timezone

from pmo_portal.core.as_of import end_of
from projects.hierarchy.models import Project
from reporting.exports.sheet import MOST_PERIODS
from reporting.health import rules
from reporting.health.selectors import LimitBook, subjects
from reporting.status import snapshots
from reporting.status.models import ReportingPeriod, Snapshot, StatusReport
from reporting.status.selectors import parts_of, shows
from reporting.status.sent import as_submitted
from reporting.status.services.freezing import snapshot_of

Content = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What was declared in one frozen period ('': nothing)."""

    period_id: int
    starts_on: date
    cadence: str
    declared: str


@dataclass(frozen=True, slots=True)
class Told:
    """`content` and `before` (of the frozen report before, None without one) have the shape of `status.snapshots`.

    `past` is oldest first and without this one; `on` the day the figures speak of; `period` None for a project that has no
    reporting calendar; `is_reported`: somebody declared something, and the reader may know what.
    """

    content: Content
    before: Content | None
    past: Sequence[Past]
    period: ReportingPeriod | None
    revision: int
    on: date
    frozen_at: datetime | None
    is_reported: bool
    is_confidential: bool


def told(project: Project, user: Any, *, period: int | None, as_of: date | None, now: datetime) -> Told | None:
    """The report of a period, the last one frozen by a past day, or the one of now; None where there is none."""
    kept = Snapshot.objects.filter(project=project).select_related("period").order_by("-period__ends_on", "-revision")
    if as_of is not None:
        snapshot = kept.filter(frozen_at__lte=end_of(as_of)).first()
        return _frozen(snapshot, user) if snapshot else None
    if period is not None:
        snapshot = kept.filter(period=period).first()
        if snapshot is not None:
            return _frozen(snapshot, user)
        report = _reports(project).filter(period=period).first()
        return _live(project, report, user, now) if report else None
    report = _reports(project).filter(period__state__in=ReportingPeriod.COLLECTING).first()
    if report is None or not shows(report, user):
        snapshot = kept.first()
        if snapshot is not None:
            return _frozen(snapshot, user)
    return _live(project, report, user, now)


def _reports(project: Project) -> Any:
    reports = StatusReport.objects.current().filter(project=project)
    return reports.select_related("period", "project").order_by("-period__ends_on")


def _frozen(snapshot: Snapshot, user: Any) -> Told:
    past, before = _past(snapshot.project_id, user, snapshot.period, until=snapshot.frozen_at)
    return Told(
        content=snapshots.shown_to(snapshot, user),
        before=before,
        past=past,
        period=snapshot.period,
        revision=snapshot.revision,
        on=timezone.localdate(snapshot.frozen_at),
        frozen_at=snapshot.frozen_at,
        is_reported=snapshot.is_reported,
        is_confidential=snapshot.confidential,
    )


def _live(project: Project, report: StatusReport | None, user: Any, now: datetime) -> Told:
    """As the freeze would keep it now, nothing saved. Of a project without periods, what is declared on it is the report."""
    subject = subjects([project.pk], on=timezone.localdate(now))[0]
    judged = rules.assess(subject.facts, LimitBook.read().of(subject), subject.on)
    reported = shows(report, user) if report else bool(project.declared)
    made = snapshot_of(
        as_submitted(report) if report else _as_declared(project),
        subject,
        judged,
        reported=reported,
        parts=parts_of([project.pk], at=now)[project.pk],
        at=now,
    )
    period = report.period if report else None
    past, before = _past(project.pk, user, period, until=now)
    return Told(
        content=snapshots.shown_to(made, user),
        before=before,
        past=past,
        period=period,
        revision=report.revision if report else 1,
        on=subject.on,
        frozen_at=None,
        is_reported=reported,
        is_confidential=made.confidential,
    )


def _as_declared(project: Project) -> StatusReport:
    return StatusReport(
        project=project,
        declared=project.declared,
        trend=project.declared_trend,
        key_message=project.key_message,
        back_to_green=project.back_to_green,
        confidential_note=project.confidential_note,
    )


def _past(project_id: int, user: Any, period: ReportingPeriod | None, *, until: datetime) -> tuple[list[Past], Any]:
    """The frozen periods before this one as they were known then, oldest first, and the content of the last: two queries."""
    rows = Snapshot.objects.filter(project=project_id, frozen_at__lte=until)
    if period is not None:
        rows = rows.filter(period__starts_on__lt=period.starts_on)
    found: dict[int, tuple[int, Past]] = {}
    for pk, period_id, starts_on, cadence, level in rows.order_by("-period__starts_on", "-revision").values_list(
        "pk", "period_id", "period__starts_on", "period__cadence", "declared"
    )[: 2 * MOST_PERIODS]:
        found.setdefault(period_id, (pk, Past(period_id, starts_on, cadence, level)))
    newest = list(found.values())[: MOST_PERIODS - 1]
    if not newest:
        return [], None
    before = snapshots.shown_to(Snapshot.objects.get(pk=newest[0][0]), user)
    return [past for _pk, past in reversed(newest)], before


def periods_of(project: Project, user: Any) -> list[ReportingPeriod]:
    """The periods this reader can choose between, newest first."""
    reports = _reports(project).filter(period__state__in=[*ReportingPeriod.COLLECTING, ReportingPeriod.State.FROZEN])
    return [report.period for report in reports[: 2 * MOST_PERIODS]]
