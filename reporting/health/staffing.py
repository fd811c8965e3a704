"""K-R06, the staffing rate: what of the days firmly asked for somebody was granted for (domain.md §4.3). One statement for all.

What was refused is still required: only the project takes a request back, by withdrawing it or by being over (decision 0220).
Nobody works before they arrive nor after they leave: what they were granted then is no staffing, and is told apart. Per cent of a
month they come or leave in is asked of a whole month of theirs, and staffed by the part of it they are there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from projects.resources.selectors.going_on import GOING_ON

NEAR = 3  # months, the present one included
USUAL_DAYS = 20  # of a month, where per cent is asked of nobody in particular
STAFFING = f"""
    SELECT project_id, sum(required)::float, sum(least(granted, there))::float, sum(greatest(granted - there, 0))::float
    FROM (
        SELECT m.project_id, m.asked * full_month.days AS required,
            least(m.asked, answer.granted) * full_month.days AS granted,
            CASE WHEN NOT coming.goes THEN 'Infinity' WHEN coming.never THEN 0
                WHEN a.measure = 'percent' THEN least(m.asked, answer.granted) * coalesce(own.days, full_month.days * 100) / 100
                ELSE coalesce(own.days, 'Infinity') END AS there
        FROM projects_allocationmonth m JOIN projects_allocation a ON a.id = m.allocation_id
        JOIN projects_project p ON p.id = m.project_id AND {GOING_ON}
        LEFT JOIN projects_person person ON person.id = a.person_id
        CROSS JOIN LATERAL (
            SELECT CASE WHEN a.status IN ('confirmed', 'changed') THEN coalesce(m.granted, 0) ELSE 0 END AS granted,
                (m.month + interval '1 month')::date AS until
        ) AS answer
        CROSS JOIN LATERAL (
            SELECT coalesce(person.leaves_on < answer.until - 1, false) OR coalesce(person.arrives_on > m.month, false) AS goes,
                coalesce(person.leaves_on < m.month, false) OR coalesce(person.arrives_on >= answer.until, false) AS never
        ) AS coming
        LEFT JOIN LATERAL (
            SELECT sum(load.capacity) AS days FROM portfolio_personload load WHERE load.person_id = a.person_id
            AND load.starts_on >= m.month AND load.starts_on < answer.until AND (coming.goes OR a.measure = 'percent')
        ) AS own ON true
        CROSS JOIN LATERAL (
            SELECT CASE WHEN a.measure <> 'percent' THEN 1 WHEN coming.goes THEN coalesce((
                SELECT max(days) FROM (
                    SELECT sum(load.capacity) AS days FROM portfolio_personload load WHERE load.person_id = a.person_id
                    GROUP BY date_trunc('month', load.starts_on)
                ) AS months HAVING max(days) > 0
            ), {USUAL_DAYS}) / 100 ELSE coalesce(own.days, {USUAL_DAYS}) / 100 END AS days
        ) AS full_month
        WHERE (%(ids)s::bigint[] IS NULL OR m.project_id = ANY(%(ids)s::bigint[])) AND a.firmness = 'hard' AND m.asked > 0
            AND m.month >= %(first)s AND m.month < %(until)s
    ) AS months GROUP BY 1
"""  # noqa: S608  (our own words)


@dataclass(frozen=True, slots=True)
class Staffing:
    """Days: asked for, staffed, and granted to somebody who is not there then."""

    required: float = 0.0
    staffed: float = 0.0
    gone: float = 0.0


def staffing(cursor: Any, ids: Sequence[int] | None, *, first: date, until: date) -> dict[int, Staffing]:
    """{project: its staffing} in the months from `first` up to `until`; `ids` None: of every project."""
    cursor.execute(STAFFING, {"ids": None if ids is None else list(ids), "first": first, "until": until})
    return {project: Staffing(*days) for project, *days in cursor.fetchall()}
