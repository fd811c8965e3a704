"""Amber that lasts while nothing is re-planned (BR-24), where the reporting calendar asks for it (decision 0193)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

# What is asked of each project today: by the nearest calendar above it that runs, else the nearest (as it reports,
# reporting.status.services.periods). Then its reports, whichever calendar they were made for, newest first.
AMBERS = """
    WITH calendars AS MATERIALIZED (
        SELECT n.path, c.is_active, c.ambers_before_red
        FROM reporting_reportingcalendar c JOIN projects_node n ON n.id = c.node_id
        WHERE EXISTS (SELECT FROM reporting_reportingcalendar WHERE ambers_before_red > 0)
    ), asked AS MATERIALIZED (
        SELECT p.id AS project_id, nearest.ambers_before_red
        FROM projects_project p CROSS JOIN LATERAL (
            SELECT c.ambers_before_red FROM calendars c WHERE starts_with(p.path, c.path)
            ORDER BY c.is_active DESC, length(c.path) DESC LIMIT 1
        ) AS nearest
        WHERE p.id = ANY(%s) AND nearest.ambers_before_red > 0
            AND EXISTS (SELECT FROM reporting_reportingcalendar WHERE ambers_before_red > 0)
    )
    SELECT project_id, ambers_before_red, count(*) FILTER (WHERE unbroken), plan_end, plan_budget FROM (
        SELECT project_id, ambers_before_red, plan_end, plan_budget,
            bool_and(amber AND baseline_end IS NOT DISTINCT FROM plan_end AND budget IS NOT DISTINCT FROM plan_budget)
                OVER (PARTITION BY project_id ORDER BY starts_on DESC) AS unbroken
        FROM (
            SELECT DISTINCT ON (s.project_id, p.starts_on) s.project_id, p.starts_on, s.baseline_end, s.budget,
                asked.ambers_before_red,
                s.declared_rag = 'amber' OR s.computed = 'amber'
                    OR s.content->'health'->'reasons' @> '[{"code": "amber_too_long"}]' AS amber,
                first_value(s.baseline_end) OVER newest AS plan_end, first_value(s.budget) OVER newest AS plan_budget
            FROM asked
            JOIN reporting_snapshot s ON s.project_id = asked.project_id
            JOIN reporting_reportingperiod p ON p.id = s.period_id
            WINDOW newest AS (PARTITION BY s.project_id ORDER BY p.starts_on DESC, s.revision DESC)
            ORDER BY s.project_id, p.starts_on, s.revision DESC
        ) AS reports
    ) AS judged GROUP BY project_id, ambers_before_red, plan_end, plan_budget
"""


@dataclass(frozen=True, slots=True)
class Ambers:
    """Reports in a row at amber with the plan of the newest of them; `limit` of them count as red, 0: never."""

    limit: int
    reports: int
    plan_end: date | None
    plan_budget: Decimal | None

    def count(self, end: date | None, budget: Decimal | None) -> int:
        """Those that still count under the plan of today: a re-planned project starts again."""
        return self.reports if (self.plan_end, self.plan_budget) == (end, budget) else 0


NEVER = Ambers(0, 0, None, None)


def in_a_row(cursor: Any, ids: Sequence[int]) -> dict[int, Ambers]:
    """{project: its ambers} of those that are asked and have frozen reports: one statement, little of it where none is."""
    cursor.execute(AMBERS, [list(ids)])
    return {row[0]: Ambers(*row[1:]) for row in cursor.fetchall()}
