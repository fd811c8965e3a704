"""Requests without a name and capacity without names, by group: what no person carries."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from django.db import connection

from projects.resources import worktime
from projects.resources.selectors.going_on import GOING_ON
from projects.resources.selectors.time import calendars_in
from projects.resources.worktime import Asked, Floats, Horizon, first_of_month, month_number

LEVEL_BASE = 10
# Which group a row is of; `u` is the unit it is asked of.
GROUP_OF = {
    "role": "coalesce({row}.role_id, 0)",
    "unit": "coalesce({row}.unit_id, 0)",
    "skill": "{row}.skill_id",
    "level": f"{{row}}.skill_id * {LEVEL_BASE} + coalesce({{row}}.level, 1)",
    "source": "coalesce(u.kind = 'supplier', false)::int",
}
ASKED = """
    SELECT {group}, u.calendar_id, m.month, a.measure = 'percent', hard,
        sum(CASE WHEN hard THEN m.granted
                 WHEN a.status IN ('requested', 'proposed') THEN m.asked
                 WHEN a.firmness = 'hard' THEN greatest(m.asked - coalesce(m.granted, 0), 0)
                 WHEN a.status = 'changed' THEN greatest(m.asked, coalesce(m.granted, 0))
                 ELSE coalesce(m.granted, 0) END)::float
    FROM projects_allocationmonth m
    JOIN projects_allocation a ON a.id = m.allocation_id AND a.person_id IS NULL
    JOIN projects_project p ON p.id = m.project_id AND {going_on}
    LEFT JOIN projects_unit u ON u.id = a.unit_id
    CROSS JOIN unnest(ARRAY[true, false]) AS hard
    WHERE {group} = ANY(%s) AND m.month BETWEEN %s AND %s AND CASE
        WHEN hard THEN a.status IN ('confirmed', 'changed') AND a.firmness = 'hard' AND m.granted > 0
        ELSE a.status IN ('requested', 'proposed', 'changed') OR (a.status = 'confirmed' AND a.firmness = 'tentative') END
    GROUP BY 1, 2, 3, 4, 5
"""
POOLS = """
    SELECT {group}, u.calendar_id, p.first_month, p.last_month, p.fte::float
    FROM projects_pooledcapacity p LEFT JOIN projects_unit u ON u.id = p.unit_id
    WHERE {group} = ANY(%s) AND p.last_month >= %s AND p.first_month <= %s
"""


@dataclass(frozen=True)
class Unnamed:
    """(groups, D) each, in days of work."""

    capacity: Floats
    hard: Floats
    tentative: Floats


def unnamed(kind: str, refs: Sequence[int], horizon: Horizon) -> Unnamed:
    """What is asked of these groups without a name, and what they have without names: four statements."""
    days, default = calendars_in(horizon)
    keys = list(days)
    at = {key: number for number, key in enumerate(keys)}
    base = worktime.of_calendars([days[key] for key in keys])
    place = {ref: number for number, ref in enumerate(refs)}
    span = [first_of_month(horizon.first_month), first_of_month(horizon.last_month)]
    asked = _rows(ASKED.format(group=GROUP_OF[kind].format(row="a"), going_on=GOING_ON), [list(refs), *span])
    loads = []
    for wanted in (True, False):
        rows = [row for row in asked if row[4] is wanted and row[5]]
        months = Asked.of([(at[row[1] or default], month_number(row[2]), row[5], row[3]) for row in rows])
        whose = np.array([place[row[0]] for row in rows], dtype=np.int64)
        loads.append(worktime.by_row(horizon, whose, len(refs), worktime.spread(horizon, base, months)))
    return Unnamed(_capacity(kind, place, horizon, base, at, default, span), *loads)


def open_levels(skills: Sequence[int], levels: Sequence[int], horizon: Horizon) -> dict[tuple[int, int], float]:
    """{(skill, level): days asked without a name} over the horizon; who names no level asks for the first."""
    refs = [(skill, level) for skill in skills for level in levels]
    found = unnamed("level", [skill * LEVEL_BASE + level for skill, level in refs], horizon)
    return dict(zip(refs, (found.hard + found.tentative).sum(axis=1).tolist(), strict=True))


def _capacity(
    kind: str,
    place: dict[int, int],
    horizon: Horizon,
    base: worktime.Worked,
    at: dict[int, int],
    default: int,
    span: list[date],
) -> Floats:
    capacity = np.zeros((len(place), len(horizon.days)))
    if kind in ("skill", "level"):  # nobody says what a pool can do beyond its role
        return capacity
    for ref, calendar, first, last, fte in _rows(
        POOLS.format(group=GROUP_OF[kind].format(row="p")), [list(place), *span]
    ):
        where = horizon.months(first, last)
        capacity[place[ref], where] += fte * base.capacity[at[calendar or default], where]
    return capacity


def _rows(sql: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())
