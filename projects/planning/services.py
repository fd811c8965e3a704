"""Milestones: create, change, delete, and the history of what was forecast. Callers have checked the right on the project."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from pmo_portal.core import editing, undo
from pmo_portal.core.errors import DomainError
from pmo_portal.core.formats import date as day_in_words
from pmo_portal.core.models import AuditEvent, User
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project, restoring
from projects.hierarchy.services.baselines import check_baseline
from projects.planning.models import Milestone, MilestoneForecast

FIELDS = frozenset(
    {"code", "name", "name_en", "external_ref", "is_key", "is_fixed", "weight", "position", "owner"}
    | {"baseline_date", "forecast_date", "actual_date"}
)
# What a contributor may touch (policy: edit_registers); the baseline and the weight belong to whoever edits the project.
PROGRESS = frozenset({"forecast_date", "actual_date"})
EDIT_PROJECT = "projects.edit_project"


def create_milestone(*, project: Project, by: User, on: date, **fields: Any) -> Milestone:
    """A milestone at the end of the project's list, unless `position` says otherwise."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        if not fields.get("position"):
            last = Milestone.objects.filter(project=held).aggregate(last=Max("position"))["last"]
            fields["position"] = (last or 0) + 1
        milestone = Milestone(project=held, **fields)
        check_reached(fields, on=on)
        editing.create(milestone, by=by, project_id=held.pk)
        if milestone.forecast_date:
            remember(milestone, on=on)
        facts_changed(held, on=on)
        return milestone


def update_milestone(
    *, milestone: Milestone, by: User, version: int, changes: Mapping[str, Any], on: date
) -> Milestone:
    """Change a milestone. A forecast that moves is remembered, one row a day; it lies ahead as long as nothing was reached."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(milestone.project_id)
        row = editing.lock(Milestone, milestone.pk, version=version, changes=changes)
        check_baseline(row, changes, project=held, by=by)
        done = editing.write(row, by=by, changes=changes, project_id=held.pk)
        if done:
            check_reached({name: getattr(row, name) for name in done}, on=on)
            if "forecast_date" in done:
                check_forecast(row, on=on)
                remember(row, on=on)
            facts_changed(held, on=on)
        return row


def delete_milestone(*, milestone: Milestone, by: User, version: int, on: date) -> None:
    """Delete a milestone with the history of its forecasts."""
    with editing.writing():
        held = hold_project(milestone.project_id)
        editing.delete(milestone, by=by, version=version, project_id=held.pk)
        facts_changed(held, on=on)


def remember(milestone: Milestone, *, on: date) -> None:
    """Keep what is forecast from the day `on`; a second change of the same day replaces the first."""
    MilestoneForecast.objects.update_or_create(
        milestone=milestone, recorded_on=on, defaults={"forecast_date": milestone.forecast_date}
    )


def check_reached(changes: Mapping[str, Any], *, on: date) -> None:
    """A milestone was reached in the past of the data (domain.md VR-06)."""
    reached = changes.get("actual_date")
    if isinstance(reached, date) and reached > on:
        message = _("A milestone cannot have been reached after %(day)s. Enter a coming date as a forecast.")
        raise DomainError(message % {"day": day_in_words(on)}, field="actual_date")


def check_forecast(milestone: Milestone, *, on: date) -> None:
    """A new forecast of a milestone not yet reached is not in the past (domain.md VR-06)."""
    if milestone.forecast_date and milestone.forecast_date < on and milestone.actual_date is None:
        message = _("This forecast is already past. Enter a date from %(day)s on, or the day it was reached.")
        raise DomainError(message % {"day": day_in_words(on)}, field="forecast_date")


class MilestoneWay(restoring.FactWay):
    """One that comes back starts a new history of forecasts: the former one went with it."""

    model = Milestone
    permission = "projects.edit_registers"

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        whole = event.action in {"create", "delete"}
        if (whole or not event.changes.keys() <= PROGRESS) and not by.has_perm(EDIT_PROJECT, row):
            raise undo.not_allowed()
        super().check(row, event, by=by)
        if not whole:
            former = {name: undo.former_value(row, name, pair[0]) for name, pair in event.changes.items()}
            check_baseline(row, former, project=row.project, by=by)

    def done(self, row: Milestone, names: Iterable[str], *, by: User, on: date) -> None:
        if "forecast_date" in names:
            remember(row, on=on)
        super().done(row, names, by=by, on=on)


undo.ways.add("projects.Milestone", MilestoneWay())
