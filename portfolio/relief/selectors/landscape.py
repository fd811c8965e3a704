"""What a levelling is computed from: the work of a scope by project, month and role, and what is left for it.

Read by month, since requests are written so: whole months move. What stays (other projects, those its author does not
see, the months under way) takes its part of the capacity first.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from pmo_portal.core.periods import add_months
from portfolio.capacity.horizon import horizon_on, months_of
from portfolio.capacity.selectors.periods import MONTH, periods_from
from portfolio.capacity.selectors.picture import OF_GROUPS, ROLE, sums_of
from portfolio.relief.later import Dated, months_between
from portfolio.relief.models import Leveling
from portfolio.relief.selectors.between import Between, between
from portfolio.relief.selectors.conflict import Work, by_days, works_of
from portfolio.relief.selectors.dates import dates_of
from portfolio.relief.selectors.weights import weight_of
from projects.hierarchy.models import Project
from projects.resources.models import Allocation


@dataclass(frozen=True, slots=True)
class Moving:
    """A project whose work may move. `work` is days by (month number, role); `due` the month by whose end nothing is late;
    `stays` the days before its last fixed date, which keep their months."""

    project: Project
    weight: float
    due: int
    works: Sequence[Work]
    dates: Sequence[Dated]
    work: Mapping[tuple[int, int], float]
    stays: float = 0.0


@dataclass(frozen=True)
class Landscape:
    """Months are numbered from `first`. `room` is what is left of each role by month, `total` its capacity, `fixed` stays.
    `before_fixed`: days of work of the scope that keep their month because a fixed date follows. `links` are the dependencies
    between what may move, and with what stays."""

    first: date
    months: int
    roles: Sequence[int]
    moving: Sequence[Moving]
    total: Mapping[tuple[int, int], float] = field(default_factory=dict)
    fixed: Mapping[tuple[int, int], float] = field(default_factory=dict)
    before_fixed: float = 0.0
    links: Sequence[Between] = ()

    def room(self, role: int, month: int) -> float:
        return max(self.total.get((role, month), 0.0) - self.fixed.get((role, month), 0.0), 0.0)

    def month(self, number: int) -> date:
        return add_months(self.first, number)


def scope_of(run: Leveling, *, reader: Any) -> Any:
    """The projects that may move: active, of the scope, seen by its author, and not held."""
    rows = Project.objects.visible_to(reader).filter(state__in=Project.ACTIVE, left_on__isnull=True)
    if run.node is not None:
        rows = rows.below(run.node)
    if run.hold_must_wins:
        rows = rows.exclude(must_win=True)
    return rows.exclude(pk__in=run.held).order_by("pk")


def landscape(run: Leveling, *, reader: Any, today: date) -> Landscape:
    """A fixed number of statements, whatever the number of projects."""
    first = add_months(today.replace(day=1), 1)
    months = months_between(first, months_of(horizon_on(today))[1]) + 1
    projects = list(scope_of(run, reader=reader))
    rows = Allocation.objects.filter(project__in=projects).select_related("person", "role")
    works, dates = by_days(works_of(rows), first, months), dates_of(projects)
    every = [moving_of(project, works[project.pk], dates[project.pk], first, months) for project in projects]
    moving = [one for one in every if one.work]
    asked: dict[tuple[int, int], float] = defaultdict(float)
    for one in moving:
        for (month, role), days in one.work.items():
            asked[role, month] += days
    sums = sums_of(OF_GROUPS, periods_from(MONTH, first, months), ROLE)
    total = {(role, months_between(first, month)): one.capacity for (role, month), one in sums.items() if role}
    fixed = {
        (role, number): max(one.demand - asked.get((role, number), 0.0), 0.0)
        for (role, month), one in sums.items()
        if role and (number := months_between(first, month)) >= 0
    }
    roles = sorted({role for role, _month in asked})
    links = between([one.project for one in moving], reader=reader, today=today, first=first)
    stays = sum(one.stays for one in every)
    return Landscape(first, months, roles, moving, total, fixed, stays, links)


def moving_of(project: Project, works: Sequence[Work], dates: Sequence[Dated], first: date, months: int) -> Moving:
    found: dict[tuple[int, int], float] = defaultdict(float)
    fixed, stays = max((one.day for one in dates if one.fixed), default=date.min), 0.0
    for work in works:
        for month in work.plan:
            number = months_between(first, month)
            if not work.role or not 0 <= number < months:
                continue
            if month <= fixed:
                stays += work.in_days(month)
            else:
                found[number, work.role] += work.in_days(month)
    last = max((month for month, _role in found), default=0)
    end = project.forecast_end or project.baseline_end
    due = max(last, months_between(first, end.replace(day=1))) if end and project.actual_end is None else last
    return Moving(project, weight_of(project), due, works, dates, dict(found), stays)
