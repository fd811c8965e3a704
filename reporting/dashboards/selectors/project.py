"""What the overview of one project reads: photographs, milestones, risks, parts; now or as they were."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from pmo_portal.core.as_of import end_of
from pmo_portal.core.periods import add_months, first_of_month
from projects.hierarchy.models import Project
from projects.planning.models import Milestone, MilestoneForecast
from projects.raid.models import Risk
from reporting.health.models import HealthFields, HealthHistory, ProjectHealth

STATES = 12
PAST = 400
OVERVIEW_FIELDS = [
    "valid_from", "valid_to", "computed", "schedule", "cost", "risk", "freshness", "declared", "declared_label", "declared_rag",
    "state", "forecast_end", "budget", "eac", "currency", "max_risk", "late_milestones", "project_id",
]  # fmt: skip


def photograph(project: Project, as_of: dt.date | None) -> HealthFields | None:
    """The project's photograph, now or at the end of a past day; None when there was none yet."""
    if as_of is None:
        return getattr(project, "health", None)
    return HealthHistory.objects.filter(project=project).at(end_of(as_of)).first()


def as_it_was(project: Project, photo: HealthFields) -> Project:
    """The project with the facts of a past photograph in place of today's; never to be saved."""
    fields = {
        one.name: getattr(photo, one.attname)
        for one in HealthFields._meta.local_concrete_fields
        if one.name not in ("node", "portfolio")
    }
    project.health = ProjectHealth(project_id=project.pk, computed_at=timezone.now(), **fields)
    for name in ("state", "phase", "declared", "forecast_end", "data_date", "baseline_end", "percent_complete"):
        setattr(project, name, getattr(photo, name))
    project.declared_trend, project.actual_end = photo.trend, None
    return project


def past(project: Project, until: dt.date) -> list[HealthHistory]:
    """The photographs up to the end of a day, newest first."""
    rows = HealthHistory.objects.filter(project=project, valid_from__lte=end_of(until)).order_by("-valid_from")
    return list(rows.only(*OVERVIEW_FIELDS)[:PAST])


@dataclass(frozen=True, slots=True)
class State:
    """What was true at the end of a day."""

    day: dt.date
    photo: HealthFields


def states(rows: Sequence[HealthHistory], day: dt.date, *, archived: bool) -> list[State]:
    """The last twelve states, oldest first: at month ends, or at each dated state of an archived portfolio."""
    if archived:
        return [State(timezone.localdate(row.valid_from), row) for row in reversed(rows[:STATES])]
    month = first_of_month(day)
    ends = [add_months(month, -back) - dt.timedelta(days=1) for back in range(STATES - 2, -1, -1)] + [day]
    found = []
    for end in ends:
        row = at(rows, end)
        if row is not None:
            found.append(State(end, row))
    return found


def at(rows: Sequence[HealthHistory], day: dt.date) -> HealthHistory | None:
    """The photograph that was true at the end of a day, among rows sorted newest first."""
    moment = end_of(day)
    return next(
        (row for row in rows if row.valid_from <= moment and (row.valid_to is None or row.valid_to > moment)), None
    )


def milestones(project: Project, day: dt.date, as_of: dt.date | None, limit: int = 6) -> list[Any]:
    """The next milestones with `expected`, `reached` and `slip` as known on the day shown; late ones first in time."""
    known = MilestoneForecast.objects.filter(milestone=OuterRef("pk"), recorded_on__lte=day).order_by("-recorded_on")
    rows = Milestone.objects.filter(project=project)
    if as_of is None:
        rows = rows.filter(actual_date__isnull=True).annotate(known=F("forecast_date"))
    else:
        then = Subquery(known.values("forecast_date")[:1])
        rows = rows.filter(Q(actual_date__isnull=True) | Q(actual_date__gt=day))
        rows = rows.annotate(known=Coalesce(then, "baseline_date"))
    found = list(rows)
    for row in found:
        row.expected = row.known or row.baseline_date
        row.late = row.expected is not None and row.expected < day
        row.slip = (row.expected - row.baseline_date).days if row.expected and row.baseline_date else None
    return sorted(found, key=lambda row: row.expected or dt.date.max)[:limit]


def has_milestones(project: Project) -> bool:
    """Whether any was ever entered: none ahead then means all are reached."""
    return Milestone.objects.filter(project=project).exists()


def top_risks(project: Project, limit: int = 3) -> list[Risk]:
    """The open threats of the highest residual level."""
    rows = Risk.objects.filter(project=project, status__in=Risk.OPEN, kind=Risk.Kind.THREAT).select_related("owner")
    return sorted(rows, key=lambda risk: -risk.residual_level)[:limit]


def parts(project: Project, user: Any) -> list[Project]:
    """The sub-projects the reader may see, with their health."""
    return list(Project.objects.visible_to(user).filter(parent=project).select_related("health").order_by("code"))
