"""K-R06, the staffing rate: what of the days firmly asked for somebody was granted for (domain.md §4.3). One statement for all.

What was refused is still required: only the project takes a request back, by withdrawing it or by being over (decision 0220).
"""

from collections.abc import Sequence
from datetime import date
from typing import Any

from projects.resources.selectors.going_on import GOING_ON

NEAR = 3  # months, the present one included
USUAL_DAYS = 20  # of a month, where per cent is asked of nobody in particular
STAFFING = f"""
    SELECT m.project_id, sum(m.asked * days)::float AS required,
        sum(least(m.asked, CASE WHEN a.status IN ('confirmed', 'changed') THEN coalesce(m.granted, 0) ELSE 0 END)
            * days)::float AS staffed
    FROM projects_allocationmonth m JOIN projects_allocation a ON a.id = m.allocation_id
    JOIN projects_project p ON p.id = m.project_id AND {GOING_ON}
    CROSS JOIN LATERAL (
        SELECT CASE a.measure WHEN 'percent' THEN coalesce((
            SELECT sum(load.capacity) FROM portfolio_personload load WHERE load.person_id = a.person_id
            AND load.starts_on >= m.month AND load.starts_on < m.month + interval '1 month'
        ), {USUAL_DAYS}) / 100 ELSE 1 END AS days
    ) AS unit
    WHERE (%(ids)s::bigint[] IS NULL OR m.project_id = ANY(%(ids)s::bigint[])) AND a.firmness = 'hard' AND m.asked > 0
        AND m.month >= %(first)s AND m.month < %(until)s GROUP BY 1
"""  # noqa: S608  (our own words)


def staffing(cursor: Any, ids: Sequence[int] | None, *, first: date, until: date) -> dict[int, tuple[float, float]]:
    """{project: (days required, days staffed)} of the months from `first` up to `until`; `ids` None: of every project."""
    cursor.execute(STAFFING, {"ids": None if ids is None else list(ids), "first": first, "until": until})
    return {project: (required, staffed) for project, required, staffed in cursor.fetchall()}
