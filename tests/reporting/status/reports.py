"""An open period with a project of ben's in it, and its report."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone

from projects.hierarchy.models import Project
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import clock
from tests import make


def noon(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(12)))


def healthy(node: Any, **fields: Any) -> Project:
    """A project whose computed health is green."""
    today = timezone.localdate()
    project = make.project(
        node=node, state="executing", baseline_start=today - timedelta(days=200), baseline_end=today + timedelta(days=200),
        forecast_end=today + timedelta(days=200), data_date=today, **{"declared": "green", "key_message": "On our way", **fields},
    )  # fmt: skip
    make.budget_line(project, kind="revised", amount=1000, month=None)
    make.budget_line(project, kind="actual", amount=300, month=None)
    make.budget_line(project, kind="forecast", amount=1000, month=None)
    make.risk(project, title="Supplier", probability=2, impact=2, last_reviewed_on=today)
    return project


def opened(node: Any) -> ReportingPeriod:
    """The period of today, open."""
    today = timezone.localdate()
    calendar = make.calendar(node, since=today.replace(day=1), opens_before=31)
    clock.move_on(on=today, at=noon(today))
    return calendar.periods.get(starts_on__lte=today, ends_on__gte=today)


def report_of(project: Project) -> StatusReport:
    return StatusReport.objects.select_related("project", "period").get(project=project)
