"""The reporting cycle of the scenario: every month is opened, reported, reviewed and frozen on its days, through the services."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction

from pmo_portal.core import trace
from pmo_portal.core.days_off import days_off
from pmo_portal.core.models import User
from pmo_portal.demo.scenario import filling, moves
from pmo_portal.demo.scenario.calendar import FIRST_MONTH, first_day, moment, review_day
from projects.hierarchy.models import Node
from reporting.alerts.services.gather import gather
from reporting.health.services import refresh
from reporting.status.calendar import working_day
from reporting.status.models import ReportingPeriod, StatusReport
from reporting.status.services import calendars, freezing, periods, review

if TYPE_CHECKING:
    from pmo_portal.demo.scenario.stage import Played

EARLY = (
    31  # working days before the end of a month: a period opens with its month, so that one is open whatever the day
)
DUE, LAST = 2, 5  # working days after the end of a month: reports are due, their review ends
MORNING, NOON = 8, 12


class Collecting:
    """The calendar of the scenario and the period of the month that is played."""

    def __init__(self, root: Node, *, by: User, today: date) -> None:
        self.by, self.today = by, today
        since = first_day(today, FIRST_MONTH)
        with _on(since, MORNING):
            told = {"opens_before": EARLY, "due_after": DUE, "review_days": LAST - DUE}
            self.calendar = calendars.create_calendar(by=by, on=since, node=root, since=since, **told)
        self.period = self.open(FIRST_MONTH)

    def open(self, month: int) -> ReportingPeriod:
        """The period of a month, opened on its first day."""
        day = first_day(self.today, month)
        with _on(day, MORNING) as at:
            periods.plan(self.calendar, on=day)
            row = self.calendar.periods.get(starts_on=day)
            return periods.open_period(row, by=None, on=day, at=at)

    def month_ends(self, month: int, played: Iterable["Played"], *, at: datetime) -> None:
        """The evening on which a month is told: who is quick reports, and who is not asked for a report declares as before."""
        day = review_day(self.today, month)
        periods.join(self.period, on=day)
        rows = {row.project_id: row for row in StatusReport.objects.filter(period=self.period)}
        for one in played:
            told = one.months.get(month)
            if told is None or one.project is None:
                continue
            one.report = rows.get(one.project.pk)
            if one.report is None:
                moves.declare(one, told.snapshot, told.told)
            elif told.conduct.day == 0:
                filling.report(one, told, on=day, at=at)
        if month == 0:
            self._look_through(played, month, at=at)

    def settle(self, month: int, played: list["Played"]) -> None:
        """What comes after the end of a month: reports of the next days, the review, the freeze."""
        if month == 0:
            return
        following = self.open(month + 1)
        off = days_off(self.calendar.country, self.calendar.region, years=(self.today.year - 3, self.today.year + 1))
        days = [min(working_day(self.period.ends_on, count, off), self.today) for count in range(LAST + 1)]
        for count in range(1, LAST + 1):
            with transaction.atomic(), _on(days[count], NOON) as at:
                self._day(month, count, played, on=days[count], at=at)
        self._freeze(month, played, on=min(self.period.review_until + timedelta(days=1), self.today))
        self.period = following

    def _day(self, month: int, count: int, played: list["Played"], *, on: date, at: datetime) -> None:
        touched = []
        if count == DUE + 1:
            periods.close_collection(self.period, by=None)
            self._look_through(played, month, at=at)
        for one in played:
            told = one.months.get(month)
            if told is None or one.report is None:
                continue
            comes_back = count == LAST - 1 and told.conduct.sent_back and told.conduct.mended
            if told.conduct.day != count and not comes_back:
                continue
            moves.reach(one, month, on=on)
            if comes_back:
                filling.mend(one, told, on=on, at=at)
            else:
                filling.report(one, told, on=on, at=at)
            touched.append(one.project.pk)  # type: ignore[union-attr]  # who reports has a project
        if touched:
            refresh.refresh(touched, on=on, at=at)
        if month == -1 and count <= DUE + 1:  # who was not reminded then has other worries today
            gather(on=on, at=at)

    def _look_through(self, played: Iterable["Played"], month: int, *, at: datetime) -> None:
        """The PMO reads what came: some reports go back, the others stand."""
        for one in played:
            told = one.months.get(month)
            if told is None or one.report is None or one.report.state != StatusReport.State.SUBMITTED:
                continue
            if told.conduct.sent_back:
                comment = one.pen.correction(told.told, month)
                one.report = review.ask_correction(report=one.report, by=self.by, at=at, comment=comment)
            elif told.conduct.validated:
                one.report = review.validate(report=one.report, by=self.by, at=at)

    def _freeze(self, month: int, played: list["Played"], *, on: date) -> None:
        with transaction.atomic(), _on(on, MORNING) as at:
            ids = [one.project.pk for one in played if one.project and moves.reach(one, month, on=on)]
            if ids:
                refresh.refresh(ids, on=on, at=at)
        with _on(on, NOON) as at:
            freezing.freeze(self.period, by=self.by if on <= self.period.review_until else None, on=on, at=at)
        for one in played:
            one.report = None


@contextmanager
def _on(day: date, hour: int) -> Iterator[datetime]:
    """What is written inside counts from that hour of the day; gives the moment."""
    at = moment(day, hour)
    with trace.tracing(source="command", request_id=f"scenario:{day}", at=at):
        yield at
