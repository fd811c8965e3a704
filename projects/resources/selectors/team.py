"""Who does what on a project by month: asked against granted, now or on a past day."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from pmo_portal.core import formats
from pmo_portal.core.periods import add_months, first_of_month
from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.resources.models import Allocation, AllocationMonth
from projects.resources.selectors.time import nobody, time_of
from projects.resources.worktime import Horizon, month_number

SPAN, LONG_SPAN = 13, 60
RELATED = ("role", "skill", "unit", "person", "asked_by", "answered_by")
ORDER = {"requested": 0, "changed": 1, "proposed": 2, "confirmed": 3, "refused": 4}


@dataclass(frozen=True, slots=True)
class Slot:
    """A month of a request: what is asked, and what was granted (None: nobody answered); `outside`: the person is not there."""

    month: date
    asked: Decimal
    granted: Decimal | None
    outside: bool = False

    proposed: bool = False

    @property
    def label(self) -> str:
        return formats.date(self.month, "mon")

    @property
    def state(self) -> str:
        """none, open (asked, no answer), prop (proposed), less, full, more, no (refused)."""
        if self.granted is None:
            return "open" if self.asked else "none"
        if self.proposed:
            return "prop" if self.asked or self.granted else "none"
        if self.granted == 0:
            return "no" if self.asked else "none"
        return "less" if self.granted < self.asked else "more" if self.granted > self.asked else "full"


@dataclass(frozen=True)
class Line:
    """A request with the months shown; `asked`, `granted` and `met` are days of all of them, also where it is in per cent.

    `met` is what of each month's demand is granted: more in one month makes up for no other, here as in K-R06.
    """

    row: Allocation
    slots: list[Slot]
    asked: float
    granted: float
    met: float
    beyond: bool = False  # there are months outside those shown

    @property
    def outside(self) -> list[date]:
        """The months granted to somebody who is not there then."""
        return [slot.month for slot in self.slots if slot.outside and slot.granted]


@dataclass(frozen=True)
class Team:
    """The requests of a project over some months."""

    months: list[date]
    lines: list[Line]

    @cached_property
    def asked(self) -> float:
        """What was refused is asked for until the project withdraws it, here as in K-R06."""
        return sum(line.asked for line in self.lines)

    @cached_property
    def granted(self) -> float:
        return sum(line.granted for line in self.lines)

    @property
    def missing(self) -> float:
        return sum(line.asked - line.met for line in self.lines)

    @property
    def percent(self) -> float | None:
        """How much of what is asked in these months is granted; None where nothing is asked.

        Not the staffing rate: that is of what is firm, three months ahead (K-R06, in the health of the project).
        """
        return 100 * sum(line.met for line in self.lines) / self.asked if self.asked else None


def months_from(first: date, span: int) -> list[date]:
    start = first_of_month(first)
    return [add_months(start, count) for count in range(span)]


def team(project: Project, months: Sequence[date]) -> Team:
    """The requests of a project now: a fixed number of statements."""
    rows = list(Allocation.objects.filter(project=project).select_related(*RELATED))
    return assembled(rows, AllocationMonth.objects.filter(project=project), months)


def team_then(trail: Trail, months: Sequence[date]) -> Team:
    """The same on a past day."""
    return assembled(trail.rows(Allocation, *RELATED), trail.rows(AllocationMonth), months)


def assembled(rows: Sequence[Allocation], amounts: Iterable[AllocationMonth], months: Sequence[date]) -> Team:
    """Lines of these rows, what waits first; days of per cents by what each person would work."""
    held: Mapping[int, dict[date, AllocationMonth]] = defaultdict(dict)
    for one in amounts:
        held[one.allocation_id][one.month] = one
    days = days_of(rows, months)
    lines = [line_of(row, held[row.pk], months, days) for row in rows]
    return Team(list(months), sorted(lines, key=lambda line: (ORDER[line.row.status], name_of(line.row), line.row.pk)))


def name_of(row: Allocation) -> str:
    return f"{row.role.label} {row.person or ''}".casefold()


def days_of(rows: Sequence[Allocation], months: Sequence[date]) -> Mapping[int | None, dict[date, float]]:
    """{person: {month: days they would work}} of those who are asked for in per cent; None: of nobody in particular."""
    percent = [row for row in rows if row.measure == Allocation.Measure.PERCENT]
    if not percent or not months:
        return {}
    horizon = Horizon(month_number(months[0]), month_number(months[-1]))
    people = {row.person_id for row in percent if row.person_id}
    found: dict[int | None, dict[date, float]] = {}
    for time in (time_of(people, horizon), nobody(horizon)) if people else (nobody(horizon),):
        sums = time.by_month(time.worked.promised)
        for place, pk in enumerate(time.ids):
            found[pk or None] = dict(zip(time.months, map(float, sums[place]), strict=True))
    return found


def line_of(
    row: Allocation,
    held: Mapping[date, AllocationMonth],
    months: Sequence[date],
    days: Mapping[int | None, dict[date, float]],
) -> Line:
    slots = [
        Slot(
            month,
            one.asked if one else Decimal(0),
            one.granted if one else None,
            away(row, month),
            row.status == Allocation.Status.PROPOSED,
        )
        for month in months
        for one in (held.get(month),)
    ]
    percent = row.measure == Allocation.Measure.PERCENT
    worth = days.get(row.person_id, days.get(None, {})) if percent else {}

    def total(amount: Callable[[Slot], Decimal]) -> float:
        return sum(float(amount(slot)) * (worth.get(slot.month, 0) / 100 if percent else 1) for slot in slots)

    counts = row.status in Allocation.GRANTED
    return Line(
        row,
        slots,
        asked=total(lambda slot: slot.asked),
        granted=total(lambda slot: slot.granted or Decimal(0)) if counts else 0.0,
        met=total(lambda slot: min(slot.asked, slot.granted or Decimal(0))) if counts else 0.0,
        beyond=bool(held.keys() - set(months)),
    )


def away(row: Allocation, month: date) -> bool:
    """Whether the person is not there at any moment of the month."""
    person = row.person
    if person is None:
        return False
    gone = person.leaves_on is not None and person.leaves_on < month
    return gone or (person.arrives_on is not None and person.arrives_on >= add_months(month, 1))
