"""What the overview of one project reads and chooses: photographs, milestones, risks, parts; now or as they were."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from pmo_portal.core.as_of import end_of
from pmo_portal.core.periods import add_months, first_of_month
from projects.hierarchy.models import Project
from projects.planning.models import Milestone
from projects.raid.models import Risk
from reporting.health.as_of_models import HealthAsOf
from reporting.health.models import HealthFields, HealthHistory
from reporting.status.models import Snapshot

STATES = 12
PAST = 400
OVERVIEW_FIELDS = [
    "valid_from", "valid_to", "computed", "schedule", "cost", "risk", "freshness", "resources", "declared",
    "declared_label", "declared_rag",
    "state", "forecast_end", "budget", "eac", "currency", "max_risk", "late_milestones", "project_id",
]  # fmt: skip


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


def ahead(rows: Iterable[Milestone], day: dt.date, limit: int = 6) -> list[Any]:
    """The next milestones with `expected`, `late` and `slip` as known on the day shown; the earliest first."""
    found: list[Any] = [row for row in rows if row.actual_date is None or row.actual_date > day]
    for row in found:
        row.expected = row.forecast_date or row.baseline_date
        row.late = row.expected is not None and row.expected < day
        row.slip = (row.expected - row.baseline_date).days if row.expected and row.baseline_date else None
    return sorted(found, key=lambda row: row.expected or dt.date.max)[:limit]


def highest(risks: Iterable[Risk], limit: int = 3) -> list[Risk]:
    """The open threats of the highest residual level."""
    threats = [risk for risk in risks if risk.kind == Risk.Kind.THREAT and risk.status in Risk.OPEN]
    return sorted(threats, key=lambda risk: -risk.residual_level)[:limit]


@dataclass(frozen=True, slots=True)
class Part:
    """A sub-project: its photograph, now or then (None: not taken yet), under today's address."""

    code: str
    label: str
    url: str
    health: HealthFields | None
    forecast_end: dt.date | None


def parts(project: Project, user: Any) -> list[Part]:
    """The sub-projects the reader may see, with their health."""
    rows = Project.objects.visible_to(user).filter(parent=project).select_related("health").order_by("code")
    return [
        Part(one.code, one.label, one.get_absolute_url(), getattr(one, "health", None), one.forecast_end)
        for one in rows
    ]


def parts_then(photo: HealthFields, user: Any, day: dt.date) -> list[Part]:
    """Those of a past day, by the place each had in the tree."""
    inside = HealthAsOf.objects.on(day).visible_to(user).filter(path__startswith=photo.path).exclude(path=photo.path)
    depth = photo.path.count("/") + 1
    rows = sorted((row for row in inside if row.path.count("/") == depth), key=lambda row: row.code)
    return [Part(row.code, row.label, f"/projects/{row.project_id}/", row, row.forecast_end) for row in rows]


def kept_by(photo: Any) -> Snapshot | None:
    """The snapshot a photograph of a past day was frozen with, if it was."""
    pk = getattr(photo, "snapshot_id", None)
    return Snapshot.objects.select_related("period").get(pk=pk) if pk else None
