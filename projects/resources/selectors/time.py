"""What people can work by day and what is on them, read for the engine of `worktime` in a fixed number of statements."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from typing import Any

import numpy as np
from django.db import connection
from django.db.models import Case, DecimalField, F, FloatField, Func, IntegerField, Q, Sum, Value, When
from django.db.models.functions import Cast, Coalesce, ExtractMonth, ExtractYear, Greatest
from numpy.typing import NDArray

from pmo_portal.core.days_off import days_off
from projects.resources import worktime
from projects.resources.models import (
    Absence,
    Allocation,
    AllocationMonth,
    CalendarException,
    Person,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from projects.resources.models.calendar import DAYS
from projects.resources.selectors.going_on import going_on
from projects.resources.worktime import Asked, Horizon, Worked, first_of_month, month_number

USUAL_WEEK = (1.0, 1.0, 1.0, 1.0, 1.0, 0.0, 0.0)
USUAL_COUNTRY = "FR"


@dataclass(frozen=True)
class Time:
    """The days of some people: row i of every array is of `ids[i]`."""

    horizon: Horizon
    ids: tuple[int, ...]
    worked: Worked

    @cached_property
    def row(self) -> dict[int, int]:
        return {pk: place for place, pk in enumerate(self.ids)}

    def only(self, ids: Sequence[int]) -> "Time":
        """The same days of some of them."""
        rows = [self.row[pk] for pk in ids]
        days = self.worked
        some = Worked(
            days.usual[rows], days.promised[rows], days.capacity[rows], days.fallback[rows], days.present[rows]
        )
        return Time(self.horizon, tuple(ids), some)

    @cached_property
    def months(self) -> list[date]:
        return [first_of_month(number) for number in range(self.horizon.first_month, self.horizon.last_month + 1)]

    def load(self, rows: Iterable[tuple[int, date, Decimal | float, bool]]) -> worktime.Floats:
        """(P, D) of what (person, month, amount, whether per cent) put on them; months outside the horizon are left out."""
        first, last = self.horizon.first_month, self.horizon.last_month
        asked = Asked.of([
            (self.row[person], number, float(amount), percent)
            for person, month, amount, percent in rows
            if first <= (number := month_number(month)) <= last
        ])  # fmt: skip
        return worktime.by_row(
            self.horizon, asked.row, len(self.ids), worktime.spread(self.horizon, self.worked, asked)
        )

    def by_month(self, by_day: worktime.Floats) -> worktime.Floats:
        """(P, D) → (P, M): sums."""
        starts = self.horizon.month_starts[:-1]
        return np.asarray(np.add.reduceat(by_day, starts, axis=-1), dtype=np.float64)


def time_of(ids: Collection[int], horizon: Horizon) -> Time:
    """What these people can work by day: six statements."""
    rows = list(
        Person.objects.filter(pk__in=ids).order_by("pk").values_list("pk", "calendar", "arrives_on", "leaves_on")
    )
    place = {row[0]: number for number, row in enumerate(rows)}
    calendars, default = calendars_in(horizon)
    units = _calendars_of_units(ids)
    keys = list(calendars)
    where = {key: number for number, key in enumerate(keys)}
    of = [where[calendar or units.get(pk) or default] for pk, calendar, _arrives, _leaves in rows]
    last = date.fromordinal(horizon.last)
    patterns = WorkPattern.objects.filter(person__in=ids, starts_on__lte=last).order_by("starts_on")
    absences = Absence.objects.filter(
        person__in=ids, last_day__gte=date.fromordinal(horizon.first), first_day__lte=last
    )
    people = np.array(list(place), dtype=np.int64)
    worked = worktime.worked(
        horizon,
        calendars=[calendars[key] for key in keys],
        calendar_of=of,
        arrives=[_ordinal(row[2]) for row in rows],
        leaves=[_ordinal(row[3]) for row in rows],
        patterns=[
            worktime.Pattern(place[pk], starts.toordinal(), tuple(day / 100 for day in week), run / 100)
            for pk, starts, run, *week in patterns.values_list("person", "starts_on", "percent_run", *DAYS)
        ],
        absences=_away(people, absences),
    )
    return Time(horizon, tuple(place), worked)


def _away(people: worktime.Ints, absences: Any) -> worktime.Away:
    """`people`: their ids in the order of the rows."""
    person, first, last, share = columns(
        absences.values_list("person", ordinal("first_day"), ordinal("last_day"), "share")
    )
    known = np.isin(person, people)  # nobody who came since
    row = np.searchsorted(people, person[known]).astype(np.int64)
    return worktime.Away(row, first[known].astype(np.int64), last[known].astype(np.int64), share[known] / 100.0)


def columns(rows: Any) -> "list[NDArray[Any]]":
    """The columns of a query as arrays. The database makes one row of them: nothing is made of each of thousands."""
    sql, params = rows.order_by().query.sql_with_params()
    names = [f"c{number}" for number in range(len(rows.query.values_select) + len(rows.query.annotation_select))]
    gathered = ", ".join(f"array_agg({name})" for name in names)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {gathered} FROM ({sql}) AS of_all ({', '.join(names)})", params)  # noqa: S608  (our own names)
        found = cursor.fetchone()
    return [np.array(one if one is not None else [], dtype=None if one else np.int64) for one in found]


def ordinal(field: str) -> Func:
    """The proleptic Gregorian ordinal of a day, as Python counts it."""
    return Func(F(field), template="(%(expressions)s - DATE '0001-01-01' + 1)", output_field=IntegerField())


def nobody(horizon: Horizon) -> Time:
    """The days of nobody in particular, under the id 0: one full-time equivalent on the default calendar."""
    calendars, default = calendars_in(horizon)
    return Time(horizon, (0,), worktime.of_calendars([calendars[default]]))


def _ordinal(day: date | None) -> int | None:
    return day.toordinal() if day else None


def calendars_in(horizon: Horizon) -> tuple[dict[int, worktime.CalendarDays], int]:
    """(days of every calendar by its id, the id of the default one): 0 is that of who has none, where there is no default."""
    years = range(date.fromordinal(horizon.first).year, date.fromordinal(horizon.last).year + 1)
    exceptions: dict[int, list[tuple[int, int, float]]] = defaultdict(list)
    told = CalendarException.objects.filter(
        last_day__gte=date.fromordinal(horizon.first), first_day__lte=date.fromordinal(horizon.last)
    )
    for calendar, first, last, share in told.order_by("first_day", "pk").values_list(
        "calendar", "first_day", "last_day", "share"
    ):
        exceptions[calendar].append((first.toordinal(), last.toordinal(), share / 100))
    found, default = {}, 0
    for pk, country, region, usual, *week in WorkingCalendar.objects.order_by("pk").values_list(
        "pk", "country", "region", "is_default", *DAYS
    ):
        holidays = [day.toordinal() for day in days_off(country, region, years=years)]
        found[pk] = worktime.calendar_days(
            horizon, week=[day / 100 for day in week], holidays=holidays, exceptions=exceptions[pk]
        )
        default = pk if usual else default
    if not default:
        holidays = [day.toordinal() for day in days_off(USUAL_COUNTRY, years=years)]
        found[0] = worktime.calendar_days(horizon, week=USUAL_WEEK, holidays=holidays)
    return found, default


def _calendars_of_units(ids: Collection[int]) -> dict[int, int]:
    """{person: calendar of the unit with their largest share, where it has one}."""
    shares = UnitShare.objects.filter(person__in=ids).order_by("person", "-percent", "unit")
    found: dict[int, int | None] = {}
    for person, calendar in shares.values_list("person", "unit__calendar"):
        found.setdefault(person, calendar)
    return {person: calendar for person, calendar in found.items() if calendar}


def firmly(people: Any, ids: Sequence[int], horizon: Horizon, *, without: int | None = None) -> worktime.Monthly:
    """What these people (`people` a query of their ids, `ids` in the order of the rows) are firmly given, by month."""
    month = Cast(ExtractYear("month") * 12 + ExtractMonth("month") - 1, IntegerField())
    percent = Case(When(allocation__measure=Allocation.Measure.PERCENT, then=1), default=0, output_field=IntegerField())
    rows = firmly_given(_months(people, horizon, without))  # summed by person and month below: the database need not
    rows = rows.annotate(number=month, percent=percent, amount=Cast("granted", FloatField()))
    person, number, kind, amount = columns(rows.values_list("allocation__person", "number", "percent", "amount"))
    order = np.array(ids, dtype=np.int64)
    known = np.isin(person, order)
    asked = Asked(
        np.searchsorted(order, person[known]).astype(np.int64), number[known].astype(np.int64),
        amount[known].astype(np.float64), kind[known].astype(np.bool_),
    )  # fmt: skip
    shape = (len(ids), horizon.last_month - horizon.first_month + 1)
    return worktime.Monthly.of(shape, asked, horizon.first_month)


Amount = tuple[int, date, float, bool]  # person, month, how much, whether per cent


def hard(ids: Collection[int], horizon: Horizon, *, without: int | None = None) -> list[Amount]:
    """What these people are firmly given by month, summed; `without` leaves one allocation out."""
    return _summed(firmly_given(_months(ids, horizon, without)), F("granted"))


def firmly_given(months: Any) -> Any:
    """Those of these months that are hard load."""
    return months.filter(
        going_on(),
        allocation__status__in=Allocation.GRANTED,
        allocation__firmness=Allocation.Firmness.HARD,
        granted__gt=0,
    )


def tentative(ids: Collection[int], horizon: Horizon, *, without: int | None = None) -> list[Amount]:
    """The same of what is asked of them by name and not answered, and of what is granted to requests that are not firm."""
    asked = Q(allocation__status__in=(Allocation.Status.REQUESTED, Allocation.Status.PROPOSED))
    changed, soft = Q(allocation__status=Allocation.Status.CHANGED), Q(allocation__firmness="tentative")
    held = Coalesce("granted", Value(Decimal(0)))
    amount = Case(
        When(asked, then=F("asked")),
        When(changed & soft, then=Greatest(F("asked"), held)),
        When(changed, then=Greatest(F("asked") - held, Value(Decimal(0)))),
        When(soft & Q(allocation__status=Allocation.Status.CONFIRMED), then=held),
        default=Value(Decimal(0)),
        output_field=DecimalField(max_digits=7, decimal_places=2),
    )
    return _summed(_months(ids, horizon, without).annotate(amount=amount).filter(amount__gt=0), F("amount"))


def _summed(rows: Any, amount: Any) -> list[Amount]:
    """Days of one month add up, and so do percentages: one row for each person, month and measure."""
    of = rows.values("allocation__person", "month", "allocation__measure")
    sums = of.annotate(sum=Cast(Sum(amount), FloatField()))
    percent = Allocation.Measure.PERCENT
    return [
        (person, month, total, measure == percent)
        for person, month, measure, total in sums.values_list(
            "allocation__person", "month", "allocation__measure", "sum"
        )
    ]


def _months(ids: Collection[int], horizon: Horizon, without: int | None) -> Any:
    rows = AllocationMonth.objects.filter(
        going_on(),
        allocation__person__in=ids,
        month__gte=first_of_month(horizon.first_month),
        month__lte=first_of_month(horizon.last_month),
    ).order_by()
    return rows if without is None else rows.exclude(allocation=without)


def work_at_weekends(ids: Collection[int]) -> set[int]:
    """Those of these people who work on some Saturdays or Sundays, by their calendar or a pattern: one statement."""
    conditions = Q()
    for way in ("patterns", "calendar", "units__unit__calendar"):
        conditions |= Q(**{f"{way}__saturday__gt": 0}) | Q(**{f"{way}__sunday__gt": 0})
    return set(Person.objects.filter(conditions, pk__in=ids).values_list("pk", flat=True))
