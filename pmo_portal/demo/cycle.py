"""What the reporting cycle of the scenario wrote and what was released, taken away so that it can be played again."""

from django.db.models import Q

from pmo_portal.core import audit
from pmo_portal.demo.scenario.stage import ORGANISATION
from projects.hierarchy.models import Node
from projects.raid.models import Assessment
from reporting.health.as_of_models import HealthFrozen
from reporting.status.models import ReportingCalendar, ReportingPeriod, Snapshot, StatusReport


def erase(root: Node) -> None:
    """Everything the cycle wrote below the scenario, frozen reports included: it is about to be played again.

    Its people go with it, so what one of them reviewed elsewhere goes too.
    """
    below = {"period__calendar__node__path__startswith": root.path}
    with audit.rewriting_history():
        HealthFrozen.objects.filter(**below).delete()
        Snapshot.objects.filter(**below).delete()
        theirs = Q(reviewer__organisation__startswith=ORGANISATION)
        Assessment.objects.filter(Q(project__path__startswith=root.path) | theirs).delete()
    StatusReport.objects.filter(**below).delete()
    held = ReportingCalendar.objects.filter(node__path__startswith=root.path)
    ReportingPeriod.objects.filter(calendar__in=held).delete()
    held.delete()
