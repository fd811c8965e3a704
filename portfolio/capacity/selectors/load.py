"""One person: projects, load by week, absences to come."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from portfolio.capacity.selectors.behind import Cell, behind
from portfolio.capacity.selectors.crowded import Day, Run, crowded_days, runs_of
from portfolio.capacity.selectors.periods import WEEK, Period, periods_from
from portfolio.capacity.selectors.picture import OF_PEOPLE, PERSON, Figures, cells_in, sums_of
from projects.resources.models import Absence, Person

WEEKS = 26
ABSENCES = 12
RUNS = 8


@dataclass(frozen=True)
class Load:
    """`weeks` with their figures; `cell` the requests of all these weeks; `absences` from today on, as
    the `days` with too much."""

    weeks: Sequence[tuple[Period, Figures]]
    cell: Cell
    absences: Sequence[Absence]
    days: Sequence[Day]

    @cached_property
    def runs(self) -> list[Run]:
        return runs_of(self.days)

    @property
    def next_runs(self) -> list[Run]:
        """The first lines of the days with too much."""
        return self.runs[:RUNS]

    @property
    def later_runs(self) -> list[Run]:
        return self.runs[RUNS:]

    @property
    def crowded(self) -> list[tuple[Period, Figures]]:
        """The weeks with too much on some day."""
        return [(week, figures) for week, figures in self.weeks if figures.over >= 0.05]

    @property
    def most(self) -> float:
        """The top of the drawing, in days."""
        return max([5.0, *(max(one.demand, one.capacity) for _week, one in self.weeks)])


def weeks_of(person: Person, *, today: date) -> list[tuple[Period, Figures]]:
    """Half a year from this week on: one statement."""
    weeks = periods_from(WEEK, today, WEEKS)
    return list(zip(weeks, cells_in(sums_of(OF_PEOPLE, weeks, [person.pk]), person.pk, weeks), strict=True))


def load_of(person: Person, *, today: date, reader: Any) -> Load:
    """Half a year from this week on: a fixed number of statements."""
    weeks = weeks_of(person, today=today)
    whole = Period(WEEK, weeks[0][0].first, weeks[-1][0].last)
    absences = list(Absence.objects.filter(person=person, last_day__gte=today).order_by("first_day")[:ABSENCES])
    days = days_of(person, weeks, today=today, reader=reader)
    cell = behind(PERSON, person.pk, whole, reader=reader, own=person.user_id == reader.pk)
    return Load(weeks, cell, absences, days)


def days_of(person: Person, weeks: Sequence[tuple[Period, Figures]], *, today: date, reader: Any) -> list[Day]:
    """The days with too much from today on; nothing is computed where no week has any."""
    if not any(figures.over > 0 for _week, figures in weeks):
        return []
    return crowded_days(person, today, weeks[-1][0].last, reader=reader)
