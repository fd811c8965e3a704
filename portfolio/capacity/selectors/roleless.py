"""The load of people without a role, under the role each request asks for: what nobody's role would hold otherwise.

They are capacity of no role, so that what they do shows as what it is: work of a role done by somebody it does not count on.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from portfolio.capacity.selectors.amounts import amounts
from projects.resources import worktime
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.time import time_of
from projects.resources.worktime import Asked, Floats, Horizon, first_of_month, month_number


@dataclass(frozen=True)
class Borrowed:
    """(roles, D) each, in days of work. `over` of a person is of the roles they are given to, in proportion to each."""

    hard: Floats
    tentative: Floats
    over: Floats


def people_asked_as(roles: Collection[int]) -> list[int]:
    """Those without a role whose requests ask for one of these."""
    asked = Allocation.objects.filter(role__in=roles, person__isnull=False, person__role__isnull=True)
    return sorted(set(asked.order_by().values_list("person", flat=True)))


def roles_asked_of(people: Collection[int]) -> list[int]:
    """The roles that requests ask for of those of these people who have none."""
    asked = Allocation.objects.filter(person__in=people, person__role__isnull=True)
    return sorted(set(asked.order_by().values_list("role", flat=True)))


def borrowed(roles: Sequence[int], horizon: Horizon) -> Borrowed:
    """What these roles have on people without one: a fixed number of statements, one where there is nobody."""
    shape = (len(roles), len(horizon.days))
    people = people_asked_as(roles)
    if not people:
        return Borrowed(np.zeros(shape), np.zeros(shape), np.zeros(shape))
    time = time_of(people, horizon)
    span = (first_of_month(horizon.first_month), first_of_month(horizon.last_month))
    months = AllocationMonth.objects.filter(going_on(), allocation__person__in=people, month__range=span)
    rows: dict[int, list[tuple[int, int, float, bool]]] = {0: [], 1: []}
    of: dict[int, list[int]] = {0: [], 1: []}
    place = {role: number for number, role in enumerate(roles)}
    for person, role, month, asked, granted, measure, status, firmness in months.order_by("pk").values_list(
        "allocation__person", "allocation__role", "month", "asked", "granted", "allocation__measure", "allocation__status",
        "allocation__firmness",
    ):  # fmt: skip
        for number, amount in enumerate(amounts(asked, granted, status, firmness)):
            if amount:
                percent = measure == Allocation.Measure.PERCENT
                rows[number].append((time.row[person], month_number(month), float(amount), percent))
                of[number].append(place.get(role, len(roles)))  # of another role: beside them all
    found = {}
    for number in rows:
        asked_ = Asked.of(rows[number])
        found[number] = (asked_, worktime.spread(horizon, time.worked, asked_))
    firm, loads = found[0]
    hard = worktime.by_row(horizon, firm.row, len(time.ids), loads)
    over = worktime.too_much(hard, time.worked.capacity)
    share = np.divide(over, hard, out=np.zeros_like(over), where=hard > 0.0)
    crowded = worktime.Spread(loads.item, loads.day, loads.load * share[firm.row[loads.item], loads.day])
    groups = {number: np.array(of[number], dtype=np.int64) for number in of}

    def by_role(number: int, days: worktime.Spread) -> Floats:
        return worktime.by_row(horizon, groups[number], len(roles) + 1, days)[:-1]

    return Borrowed(by_role(0, loads), by_role(1, found[1][1]), by_role(0, crowded))
