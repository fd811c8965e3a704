"""The report a project owes now: found, or made and begun with its first values, for who does not start from its page."""

from datetime import date, datetime

from django.db.models.functions import Length
from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import DECLARE_STATUS
from projects.hierarchy.models import Project
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import periods
from reporting.status.services.drafts import count_time, opened


def begin(*, project: Project, by: User, on: date, at: datetime) -> tuple[StatusReport, bool]:
    """(the report of the period that collects, whether this began it). Raises DomainError where none collects."""
    if not by.has_perm(DECLARE_STATUS, project):
        raise NotAllowed(_("Your role does not let you report on this project."))
    with editing.writing(), trace.acting(by):
        report = find_report(project) or _joined(project, on=on)
        if report is None:
            raise DomainError(_("No reporting period is open for this project."), field="project")
        report = editing.hold(StatusReport, report.pk)
        if report.state != StatusReport.State.NOT_STARTED:
            return report, False
        row = opened(report, by=by, on=on)
        count_time(row, at)
        row.author = by
        row.save()
        return row, True


def find_report(project: Project) -> StatusReport | None:
    """The report of the project that is written or reviewed now, the one due first."""
    rows = StatusReport.objects.filter(project=project, period__state__in=ReportingPeriod.COLLECTING)
    return rows.order_by("period__due_on", "-revision").first()


def _joined(project: Project, *, on: date) -> StatusReport | None:
    """The clock has not been there since the project started: it takes part in the periods that collect around it."""
    above = [int(part) for part in project.path.split("/") if part.isdigit()]
    collecting = ReportingPeriod.objects.collecting().filter(calendar__node__in=above, calendar__is_active=True)
    for period in collecting.select_related("calendar__node").order_by(Length("calendar__node__path").desc(), "pk"):
        periods.join(period, on=on)
    return find_report(project)
