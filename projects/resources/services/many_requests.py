"""Many requests asked at once, in statements whose number does not follow theirs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, events, trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services.facts import move_data_dates
from projects.resources.models import Allocation
from projects.resources.selectors.time import work_at_weekends
from projects.resources.services import months as quantities
from projects.resources.services.months import AT_ONCE, Quantities
from projects.resources.services.requests import FIELDS, check_goes_on, check_level


@dataclass(frozen=True, slots=True)
class Wanted:
    """One request as `request_allocation` takes it."""

    project: Project
    months: Quantities
    fields: Mapping[str, Any] = field(default_factory=dict)


def request_many(*, by: User, on: date, wanted: Sequence[Wanted]) -> list[Allocation]:
    """Ask for all of them or for none. Callers have checked the right on each project."""
    with editing.writing():
        projects = hold_projects({one.project.pk for one in wanted})
        rows = [row_of(one, projects[one.project.pk], by=by, on=on) for one in wanted]
        weekends = work_at_weekends({row.person_id for row in rows if row.person_id})
        for project in projects.values():
            check_goes_on(project)
        months = [checked(row, one.months, weekends) for row, one in zip(rows, wanted, strict=True)]
        with trace.acting(by):
            Allocation.objects.bulk_create(rows, batch_size=AT_ONCE)
        pending = quantities.Pending()
        for row, asked in zip(rows, months, strict=True):
            for month, amount in asked.items():
                pending.set(row, month, None, asked=amount)
        pending.write(by=by)
        move_data_dates(projects.values(), on=on)
        events.announce(projects)
        return rows


def hold_projects(ids: set[int]) -> dict[int, Project]:
    """Held in the one order in which everybody holds them."""
    return {one.pk: one for one in Project.objects.select_for_update(no_key=True).filter(pk__in=ids).order_by("pk")}


def row_of(one: Wanted, project: Project, *, by: User, on: date) -> Allocation:
    editing.only(one.fields, FIELDS)
    row = Allocation(project=project, asked_by=by, asked_on=on, **one.fields)
    relations = {field.name for field in row._meta.fields if field.is_relation}  # looked up by who asks
    editing.clean(row, [name for name in one.fields if name not in relations])
    check_level(row)
    return row


def checked(row: Allocation, months: Quantities, weekends: set[int]) -> Quantities:
    found = quantities.checked(
        months, measure=row.measure, named=row.person_id is not None, weekends=row.person_id in weekends
    )
    if not any(found.values()):
        raise DomainError(_("Say for at least one month how much you need."), field="months")
    return found
