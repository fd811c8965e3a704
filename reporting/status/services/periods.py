"""Periods: planned from their calendar, opened, closed for review. The clock moves them; every step may be repeated.

A step holds its period first (`hold`), so that two of them, or a step and a report being written, take turns.
"""

from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from pmo_portal.core import editing, trace
from pmo_portal.core.days_off import days_off
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.hierarchy.models import Project, ProjectQuerySet
from reporting.status.calendar import working_day
from reporting.status.models import ReportingCalendar, ReportingPeriod, StatusReport

State = ReportingPeriod.State
PLANNED_AHEAD = 2  # periods known beyond the current one


def plan(calendar: ReportingCalendar, *, on: date) -> list[ReportingPeriod]:
    """The periods from the first day of a calendar (or the last one known) to some that start after `on`, made where missing."""
    last = calendar.periods.order_by("-starts_on").first()
    day = last.ends_on + timedelta(days=1) if last else calendar.since
    ahead = calendar.periods.filter(starts_on__gt=on).count()
    made = []
    while ahead < PLANNED_AHEAD:
        span = calendar.span(day)
        ahead += span.starts_on > on
        first = (
            max(span.starts_on, day) if last else span.starts_on
        )  # a change of cadence begins where the last one ended
        days = {"ends_on": span.ends_on, "opens_on": max(span.opens_on, first), "due_on": span.due_on}
        row = ReportingPeriod(calendar=calendar, cadence=calendar.cadence, starts_on=first, **days)
        row.review_until = span.review_until
        made.append(row)
        day = span.ends_on + timedelta(days=1)
    return ReportingPeriod.objects.bulk_create(made)


def hold(pk: int) -> ReportingPeriod:
    """The period, held until the end of the transaction."""
    return editing.hold(ReportingPeriod, pk)


def open_period(period: ReportingPeriod, *, by: User | None, on: date, at: datetime) -> ReportingPeriod:
    """Reports may be written: one is made for each project that reports here. One that opens late is due later as well.

    A period whose successor should be open already is not collected any more: nobody writes two reports at once.
    """
    with editing.writing(), trace.acting(by):
        row = hold(period.pk)
        if row.state != State.UPCOMING:
            return row
        if on > row.due_on and not _overtaken(row, on):
            _postpone(row, on)
        row.state, row.opened_at = State.OPEN, at
        row.save(update_fields=["state", "opened_at", "due_on", "review_until", "updated_at"])
        join(row, on=on)
        return row


def _overtaken(row: ReportingPeriod, on: date) -> bool:
    later = ReportingPeriod.objects.filter(calendar=row.calendar_id, starts_on__gt=row.starts_on, opens_on__lte=on)
    return later.exists()


def _postpone(row: ReportingPeriod, on: date) -> None:
    calendar = row.calendar
    off = days_off(calendar.country, calendar.region, years=(on.year, on.year + 1))
    row.due_on = working_day(on, max(1, calendar.due_after), off)
    row.review_until = working_day(row.due_on, calendar.review_days, off)


def close_collection(period: ReportingPeriod, *, by: User | None) -> ReportingPeriod:
    """From now on what comes is late, and the PMO reviews; who is late may still submit until the freeze."""
    with editing.writing(), trace.acting(by):
        row = hold(period.pk)
        if row.state == State.UPCOMING:
            raise DomainError(_("This period has not opened yet."))
        if row.state == State.OPEN:
            row.state = State.REVIEW
            row.save(update_fields=["state", "updated_at"])
        return row


def join(period: ReportingPeriod, *, on: date) -> int:
    """A report for each project that reports here and has none: at the opening, and for what starts meanwhile.

    Returns how many were made. A project that came from elsewhere and reports there for the same days is not asked twice.
    """
    collecting = ReportingPeriod.objects.collecting().filter(
        ends_on__gte=period.starts_on, starts_on__lte=period.ends_on
    )
    periods = [period.pk, *collecting.values_list("pk", flat=True)]
    # Two plain reads and a set: one statement with both exclusions is planned badly while the tables are young.
    asked = set(StatusReport.objects.filter(period__in=periods).values_list("project_id", flat=True))
    here = reporting_here(period.calendar, on=on).order_by("pk").values_list("pk", flat=True)
    ids = [pk for pk in here if pk not in asked]
    made = StatusReport.objects.bulk_create(
        [StatusReport(project_id=pk, period=period) for pk in ids], ignore_conflicts=True, batch_size=1000
    )
    return len(made)


def reporting_here(calendar: ReportingCalendar, *, on: date) -> ProjectQuerySet:
    """The active projects whose nearest calendar this is; parts of a project report with the whole."""
    node = calendar.node
    projects = Project.objects.below(node).counted().filter(state__in=Project.ACTIVE)
    nested = ReportingCalendar.objects.filter(node__path__startswith=node.path, is_active=True).exclude(pk=calendar.pk)
    for path in nested.values_list("node__path", flat=True):
        projects = projects.exclude(path__startswith=path)
    return projects


def due_steps(*, on: date) -> list[tuple[str, ReportingPeriod]]:
    """What the clock has to do on this day: ("open" | "close" | "freeze" | "join", period), in the order of the periods."""
    rows = ReportingPeriod.objects.filter(calendar__is_active=True, opens_on__lte=on).exclude(state=State.FROZEN)
    steps = []
    for row in rows.select_related("calendar__node").order_by("starts_on", "pk"):
        if row.state == State.UPCOMING:
            step = "open"
        elif row.state == State.OPEN and row.due_on < on:
            step = "close"
        elif row.state == State.REVIEW and row.review_until < on:
            step = "freeze"
        else:
            step = "join"
        steps.append((step, row))
    return steps
