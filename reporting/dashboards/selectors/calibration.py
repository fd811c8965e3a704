"""Calibration (domain.md BR-25, K-O04): how far what was declared lay above what was computed, and what became of it.

For the PMO alone, and by name in the order of the alphabet: it is there to talk about, never to rank people.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet

from reporting.status.models import ReportingPeriod, Snapshot

PERIODS, MOST = 6, 100
NUMBERS = ("compared", "gaps", "optimistic", "lowered")
LATEST = """
    SELECT DISTINCT ON (s.project_id, p.starts_on) s.project_id, p.starts_on, s.gap, r.author_id,
        array_position(ARRAY['red', 'amber', 'green'], s.declared_rag::text) AS rank
    FROM reporting_snapshot s
    JOIN reporting_reportingperiod p ON p.id = s.period_id
    JOIN reporting_statusreport r ON r.id = s.report_id
    WHERE s.id IN ({visible})
    ORDER BY s.project_id, p.starts_on, s.revision DESC
"""
SUMS = """
    SELECT author_id, count(gap), sum(gap), count(*) FILTER (WHERE gap >= 1), count(*) FILTER (WHERE gap >= 1 AND next < rank)
    FROM (
        SELECT author_id, gap, rank, lead(rank) OVER (PARTITION BY project_id ORDER BY starts_on) AS next
        FROM ({latest}) AS reports
    ) AS followed WHERE author_id IS NOT NULL GROUP BY author_id
"""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Of one author (None: of all): the reports that could be compared, the sum of their gaps in ranks, those above the
    computed colour, and those of them whose next report was lower."""

    author_id: int | None
    compared: int
    gaps: int
    optimistic: int
    lowered: int

    @property
    def mean(self) -> float | None:
        """Ranks; the goal is 0."""
        return self.gaps / self.compared if self.compared else None

    @property
    def share(self) -> float | None:
        return 100 * self.optimistic / self.compared if self.compared else None


def kept_of(user: Any, period: ReportingPeriod) -> QuerySet[Any]:
    """The snapshots of this period and the five before it that the reader sees."""
    periods = ReportingPeriod.objects.filter(
        calendar=period.calendar_id, state=ReportingPeriod.State.FROZEN, starts_on__lte=period.starts_on
    )
    chosen = list(periods.order_by("-starts_on").values_list("pk", flat=True)[:PERIODS])
    return Snapshot.objects.visible_to(user).filter(period__in=chosen)


def calibrations(user: Any, period: ReportingPeriod) -> tuple[Calibration, list[Calibration]]:
    """(all together, one of each author): one query beside that of the periods."""
    compiler = kept_of(user, period).values("pk").query.get_compiler(using="default", elide_empty=False)
    visible, values = compiler.as_sql()
    sql = SUMS.format(latest=LATEST.format(visible=visible))
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        rows = [Calibration(author, compared, gaps or 0, *rest) for author, compared, gaps, *rest in cursor.fetchall()]
    whole = Calibration(None, *(sum(getattr(one, name) for one in rows) for name in NUMBERS))
    return whole, [one for one in rows if one.compared]


def optimistic(user: Any, period: ReportingPeriod) -> list[Snapshot]:
    """The rows behind it: what was declared above what was computed, newest first, 100 at most."""
    rows = kept_of(user, period).filter(gap__gte=1, report__author__isnull=False)
    later = Snapshot.objects.filter(
        project=OuterRef("project"), period=OuterRef("period"), revision__gt=OuterRef("revision")
    )
    rows = rows.filter(~Exists(later)).select_related("period", "report__author")
    return list(rows.order_by("-period__starts_on", "code")[:MOST])
