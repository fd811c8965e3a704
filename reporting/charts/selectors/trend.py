"""The sums of a container over the last periods: what the trend chart and the sparklines draw."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.db.models.functions import TruncMonth
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.as_of import end_of
from pmo_portal.core.periods import add_months, first_of_month
from reporting.charts.registry import Twin
from reporting.health.models import RollupHistory
from reporting.health.scope import Scope
from reporting.health.sums import aggregates, as_rollup

PERIODS = 12
# What the charts and the sparklines read of each point.
DRAWN = (
    "projects", "active", "green", "amber", "red", "grey", "hold", "late", "slip_known", "compared",
    "compared_budget", "compared_eac",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Point:
    """The sums of a container at the end of a day."""

    day: dt.date
    sums: Any  # RollupFields


@dataclass(frozen=True, slots=True)
class Trend:
    """The same sums at the ends of the last periods, oldest first; the last point is the day shown."""

    points: Sequence[Point]
    currency: str
    monthly: bool

    @property
    def is_empty(self) -> bool:
        return len(self.points) < 2

    def values(self, name: str) -> list[Any]:
        return [getattr(point.sums, name) for point in self.points]

    @property
    def labels(self) -> list[str]:
        return [formats.date(point.day, "month" if self.monthly else "medium") for point in self.points]

    def twin(self) -> Twin:
        head = [_("Period"), _("On track"), _("At risk"), _("Off track"), _("Not rated"), _("On hold"), _("Late")]
        rows = [
            [
                label,
                *(
                    formats.number(getattr(point.sums, name))
                    for name in ("green", "amber", "red", "grey", "hold", "late")
                ),
            ]
            for label, point in zip(self.labels, self.points, strict=True)
        ]
        return Twin(head, rows)


def trend(scope: Scope, periods: int = PERIODS) -> Trend:
    """The sums at the ends of the last months, or at the dated states of an archived portfolio: one query, kept.

    Stored sums when they say what the user may see, else counted over the visible history. A past day itself is the sums its
    page shows: those of a freeze, where it was one.
    """
    return scope.kept(f"trend{periods}", lambda: _trend(scope, periods))


def _trend(scope: Scope, periods: int) -> Trend:
    archived = any(one.status_date for one in scope.lineage)
    ends = _month_ends(scope.day, periods)
    audience = scope.audience_ever
    if audience is None:
        points = _counted(scope, ends)
    else:
        rows = RollupHistory.objects.filter(node=scope.node, audience=audience, day__lte=scope.as_of or scope.today)
        newest = list(
            rows.annotate(month=TruncMonth("day")).order_by("-month", "-day").distinct("month")[: periods + 1]
        )
        states = [Point(row.day, row) for row in reversed(newest)]
        points = states[-periods:] if archived else _carried(states, ends)
    for point in points:
        scope.shown(point.sums)
    if scope.as_of and points and points[-1].day == scope.as_of:
        points = [*points[:-1], Point(scope.as_of, scope.sums)]
    return Trend(points, scope.currency, monthly=not archived)


def _month_ends(day: dt.date, periods: int) -> list[dt.date]:
    """The ends of the months before the month of `day`, then `day` itself: `periods` days."""
    month = first_of_month(day)
    return [add_months(month, -back) - dt.timedelta(days=1) for back in range(periods - 2, -1, -1)] + [day]


def _carried(states: Sequence[Point], ends: Sequence[dt.date]) -> list[Point]:
    """The last state known at each end; ends before the first state are left out."""
    found = []
    for end in ends:
        known = [state for state in states if state.day <= end]
        if known:
            found.append(Point(end, known[-1].sums))
    return found


def _counted(scope: Scope, ends: Sequence[dt.date]) -> list[Point]:
    """The sums at each end over the photographs the user may see: one query."""
    columns: dict[str, Any] = {}
    for position, end in enumerate(ends):
        moment = end_of(end)
        true_then = Q(valid_from__lte=moment) & (Q(valid_to__isnull=True) | Q(valid_to__gt=moment))
        columns |= {
            f"sum_{name}_{position}": one
            for name, one in aggregates(scope.currency, true_then).items()
            if name in DRAWN
        }
    row = scope.history().order_by().aggregate(**columns)
    return [
        Point(end, as_rollup({name: row[f"sum_{name}_{position}"] for name in DRAWN}))
        for position, end in enumerate(ends)
        if row[f"sum_projects_{position}"]
    ]
