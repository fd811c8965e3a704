"""What the indicators of people read: sums of the stored picture, staffing, shares of people. A fixed number of statements."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import connection

from pmo_portal.core.periods import add_months
from portfolio.capacity.selectors.periods import QUARTER, Period, periods_from
from portfolio.capacity.selectors.picture import ROLE, heat
from portfolio.capacity.selectors.requests import open_levels
from projects.hierarchy.models import Project
from projects.resources.models import Skill
from projects.resources.worktime import Horizon
from reporting.health.staffing import NEAR, staffing
from reporting.kpis.people import Facts, Group

QUARTERS, HIGHEST = 4, 5
# Who has no role works on no projects (sponsors, owners of milestones): they are no capacity for them; what they are asked for
# all the same is under the role that is asked. The share of externals is of what everybody is firmly given, whatever their role.
TOTALS = """
    SELECT CASE WHEN kind = 'source' AND ref = 1 THEN 'external' ELSE kind END,
        sum(capacity + open_capacity), sum(hard + open_hard), sum(tentative + open_tentative)
    FROM portfolio_groupload WHERE kind IN ('role', 'source') AND (kind = 'source' OR ref > 0)
        AND starts_on BETWEEN %s AND %s GROUP BY 1
"""
LEVELS = """
    SELECT s.skill_id, s.level, sum(l.hard + l.tentative), sum(l.capacity) FROM projects_personskill s
    JOIN portfolio_personload l ON l.person_id = s.person_id
    WHERE s.skill_id = ANY(%s) AND l.starts_on BETWEEN %s AND %s GROUP BY 1, 2
"""
SHARES = """
    SELECT granted.person_id, granted.days / load.capacity + granted.percent / (100.0 * %s)
    FROM (
        SELECT a.person_id, m.project_id, coalesce(sum(m.granted) FILTER (WHERE a.measure <> 'percent'), 0)::float AS days,
            coalesce(sum(m.granted) FILTER (WHERE a.measure = 'percent'), 0)::float AS percent
        FROM projects_allocationmonth m JOIN projects_allocation a ON a.id = m.allocation_id
        JOIN projects_project p ON p.id = m.project_id AND p.state = ANY(%s)
        WHERE a.person_id IS NOT NULL AND a.status IN ('confirmed', 'changed') AND a.firmness = 'hard' AND m.granted > 0
            AND m.month >= %s AND m.month < %s GROUP BY 1, 2
    ) AS granted
    JOIN (
        SELECT person_id, sum(capacity) AS capacity FROM portfolio_personload
        WHERE starts_on >= %s AND starts_on < %s GROUP BY 1 HAVING sum(capacity) > 0
    ) AS load USING (person_id)
"""


def facts_of_people(today: date) -> Facts:
    """The four quarters from this one on; staffing and shares of the next three months."""
    quarters = periods_from(QUARTER, today, QUARTERS)
    first, until = today.replace(day=1), add_months(today, NEAR)
    with connection.cursor() as cursor:
        cursor.execute(TOTALS, [quarters[0].first, quarters[-1].last])
        totals = {row[0]: row[1:] for row in cursor.fetchall()}
        asked = staffing(cursor, None, first=first, until=until).values()
        cursor.execute(SHARES, [NEAR, list(Project.ACTIVE), first, until, first, until])
        shares: dict[int, list[float]] = defaultdict(list)
        for person, share in cursor.fetchall():
            shares[person].append(share)
    sums = totals.get("role", (0.0, 0.0, 0.0))
    return Facts(
        capacity=sums[0],
        hard=sums[1],
        tentative=sums[2],
        quarters=_quarters(quarters),
        required=sum(one.required for one in asked),
        staffed=sum(one.staffed for one in asked),
        gone=sum(one.gone for one in asked),
        shares=list(shares.values()),
        skills=_skills(quarters),
        external=totals.get("external", (0.0, 0.0, 0.0))[1],
        sourced=totals.get("source", (0.0, 0.0, 0.0))[1] + totals.get("external", (0.0, 0.0, 0.0))[1],
    )


def _quarters(quarters: Any) -> dict[int, list[Group]]:
    """Of the roles; what is asked of no role is no group that could have too much."""
    rows = [row for row in heat(ROLE, quarters).rows if row.ref and row.total.demand]
    return {row.ref: [Group(one.capacity, one.hard, one.tentative) for one in row.cells] for row in rows}


def _skills(quarters: Sequence[Period]) -> dict[int, tuple[float, float]]:
    """(demand, capacity) of each critical skill, at the level it is shortest of."""
    critical = sorted(Skill.objects.filter(is_critical=True).values_list("pk", flat=True))
    if not critical:
        return {}
    first, last = quarters[0].first, quarters[-1].last
    people: dict[int, list[tuple[int, float, float]]] = defaultdict(list)
    with connection.cursor() as cursor:
        cursor.execute(LEVELS, [critical, first, last])
        for skill, level, load, capacity in cursor.fetchall():
            people[skill].append((level, load, capacity))
    levels = range(1, HIGHEST + 1)
    asked = open_levels(critical, levels, Horizon.of(first, last))
    found = {skill: shortest(people[skill], {level: asked[skill, level] for level in levels}) for skill in critical}
    return {skill: sums for skill, sums in found.items() if any(sums)}


def shortest(people: Iterable[tuple[int, float, float]], asked: Mapping[int, float]) -> tuple[float, float]:
    """(demand, capacity) where what is missing is the most: of everybody who has a skill, or of those at a level that is asked
    or above it. Whoever is better does the work of a lower level; nobody does that of a higher one.

    `people` (level, load, capacity); `asked` days without a name by level.
    """
    people = list(people)
    sums = [
        (
            sum(load for level, load, _there in people if level >= least)
            + sum(days for level, days in asked.items() if level >= least),
            sum(there for level, _load, there in people if level >= least),
        )
        for least in (1, *(level for level, days in asked.items() if days and level > 1))
    ]
    return max(sums, key=lambda one: one[0] - one[1])
