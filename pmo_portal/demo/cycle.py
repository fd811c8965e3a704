"""The reporting cycle of the scenario: a calendar, and the period of today open, so that reports can be written at once."""

from datetime import date

from django.utils import timezone

from pmo_portal.core import audit
from pmo_portal.core.models import User
from projects.hierarchy.models import Node
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport
from reporting.status.services import calendars, clock

EARLY = 20  # working days before the end of a month: whatever the day of the demo, a period is open


def start(root: Node, *, by: User, today: date) -> None:
    """A monthly calendar for the scenario unless it has one; its periods are brought to today."""
    if not ReportingCalendar.objects.filter(node=root).exists():
        calendars.create_calendar(by=by, on=today, node=root, since=today.replace(day=1), opens_before=EARLY)
    clock.move_on(on=today, at=timezone.now())


def erase(root: Node) -> None:
    """Everything the cycle wrote below the scenario, frozen reports included: it is about to be played again."""
    below = {"period__calendar__node__path__startswith": root.path}
    with audit.rewriting_history():
        Snapshot.objects.filter(**below).delete()
    StatusReport.objects.filter(**below).delete()
    held = ReportingCalendar.objects.filter(node__path__startswith=root.path)
    ReportingPeriod.objects.filter(calendar__in=held).delete()
    held.delete()
