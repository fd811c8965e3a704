"""Reporting calendars: made, changed and taken away by who runs the reporting there."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import editing, formats
from pmo_portal.core.days_off import knows_region
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import RUN_REPORTING, allowed
from projects.hierarchy.models import Node
from reporting.health.services.thresholds import compute_again
from reporting.status.models import ReportingCalendar, ReportingPeriod
from reporting.status.services import periods

LONG_BEFORE = timedelta(days=366)
FIELDS = frozenset(
    {"cadence", "since", "opens_before", "due_after", "review_days", "country", "region", "pmo_edits", "is_active"}
    | {"ambers_before_red"}
)


def create_calendar(*, by: User, on: date, node: Node, **fields: Any) -> ReportingCalendar:
    """A calendar for a container, and the period of today with it."""
    editing.only(fields, FIELDS)
    check_right(node, by=by)
    with editing.writing():
        row = ReportingCalendar(node=node, **{"since": on, **fields})
        _check(row)
        _check_since(row, on)
        editing.create(row, by=by, project_id=None)
        periods.plan(row, on=on)
        compute_again(node)
        return row


def update_calendar(
    *, calendar: ReportingCalendar, by: User, version: int, changes: Mapping[str, Any], on: date
) -> ReportingCalendar:
    """Change a calendar. Periods that opened keep their days; those still to come are made again."""
    editing.only(changes, FIELDS)
    check_right(calendar.node, by=by)
    with editing.writing():
        row = editing.lock(ReportingCalendar, calendar.pk, version=version, changes=changes)
        since = row.since
        if editing.write(row, by=by, changes=changes, project_id=None):
            _check(row)
            if row.since != since:
                _check_since(row, on)
            row.periods.filter(state=ReportingPeriod.State.UPCOMING).delete()
            periods.plan(row, on=on)
            if {"ambers_before_red", "is_active"} & changes.keys():  # which calendar is nearest, or what it asks for
                compute_again(row.node)
        return row


def delete_calendar(*, calendar: ReportingCalendar, by: User, version: int) -> None:
    """Only one that never collected anything: a calendar with open or frozen periods is paused instead."""
    check_right(calendar.node, by=by)
    with editing.writing():
        row = editing.lock(ReportingCalendar, calendar.pk, version=version, changes={})
        if row.periods.exclude(state=ReportingPeriod.State.UPCOMING).exists():
            raise DomainError(_("Reports were collected with this calendar. Pause it instead."))
        row.periods.all().delete()
        editing.delete(row, by=by, version=version, project_id=None)
        compute_again(row.node)


def check_right(node: Node, *, by: User) -> None:
    """A container the actor does not see is answered as if it did not exist."""
    if not Node.objects.visible_to(by).filter(pk=node.pk).exists():
        raise DomainError(_("This portfolio or programme does not exist. Choose another one."), field="node")
    if not allowed(by, RUN_REPORTING, node):
        raise NotAllowed(_("Your role does not let you run the reporting there."), field="node")


def _check(row: ReportingCalendar) -> None:
    if not knows_region(row.country, row.region):
        message = _("No public holidays are known for the region “%(region)s” of this country. Leave it empty.")
        raise DomainError(message % {"region": row.region}, field="region")


def _check_since(row: ReportingCalendar, on: date) -> None:
    """Each period from then on is made and frozen, though nobody can be asked any more for what is over."""
    earliest = on - LONG_BEFORE
    if row.since < earliest:
        message = _("Nobody can report on what is long over. Choose a day from %(day)s on.")
        raise DomainError(message % {"day": formats.date(earliest, "long")}, field="since")


editing.refusals.add(
    "reporting_reportingcalendar_node_id_key",
    editing.Refusal("node", gettext_lazy("This portfolio already has a reporting calendar. Change that one.")),
)
editing.refusals.add(
    "period_days_in_order",
    editing.Refusal("due_on", gettext_lazy("The days must follow each other: opens, due, end of the review.")),
)
