"""What people can do and when: create, change, delete. The same three verbs for every kind of record, whose rules stand in
`rules`: what spans rows is judged while the rows it spans are held.
"""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from pmo_portal.core import editing, events, undo
from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import EDIT_RESOURCES
from projects.hierarchy.visibility import Access
from projects.resources.models import (
    Absence,
    CalendarException,
    PersonSkill,
    PooledCapacity,
    Rate,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from projects.resources.models.calendar import DAYS
from projects.resources.selectors import reach
from projects.resources.services import keeping, rules

M = TypeVar("M", bound=models.Model)
NAMED = frozenset({"code", "name", "name_en", "external_ref"})
# What an editor may set of each kind; what it belongs to is said once, when it is made.
FIELDS: dict[type[models.Model], frozenset[str]] = {
    Unit: NAMED | {"kind", "parent", "manager", "calendar"},
    Role: NAMED,
    Skill: NAMED | {"domain", "is_critical"},
    WorkingCalendar: frozenset({"name", "country", "region", "hours_per_day", "is_default", "external_ref", *DAYS}),
    CalendarException: frozenset({"name", "first_day", "last_day", "share"}),
    PersonSkill: frozenset({"level"}),
    UnitShare: frozenset({"percent"}),
    WorkPattern: frozenset({"starts_on", "percent_run", *DAYS}),
    Absence: frozenset({"kind", "first_day", "last_day", "share", "external_ref", "source"}),
    PooledCapacity: frozenset({"role", "unit", "name", "first_month", "last_month", "fte", "external_ref"}),
    Rate: frozenset({"starts_on", "daily_rate", "currency"}),
}
OWNERS: dict[type[models.Model], frozenset[str]] = {
    CalendarException: frozenset({"calendar"}),
    PersonSkill: frozenset({"person", "skill"}),
    UnitShare: frozenset({"person", "unit"}),
    WorkPattern: frozenset({"person"}),
    Absence: frozenset({"person"}),
    Rate: frozenset({"person", "role"}),
}


def create_supply(model: type[M], *, by: User, **fields: Any) -> M:
    """A unit, a role, an absence…: one row of any of `FIELDS`."""
    editing.only(fields, FIELDS[model] | OWNERS.get(model, frozenset()))
    check_rates(model, by=by)
    row = model(**fields)
    with editing.writing():
        rules.hold(row)
        keeping.check(row, by=by)
        rules.check(row, fields)
        take_the_place(row, by=by)
        events.announce_people()
        saved = editing.create(row, by=by, project_id=None)
        if model is Unit:
            reach.forget(by)
        return saved


def update_supply(*, row: M, by: User, version: int, changes: Mapping[str, Any]) -> M:
    model = type(row)
    editing.only(changes, FIELDS[model])
    check_rates(model, by=by)
    with editing.writing():
        rules.hold(row)
        held = editing.lock(model, row.pk, version=version, changes=changes)
        keeping.check(held, by=by)
        for name, value in changes.items():
            editing.assign(row, name, value)
        keeping.check(row, by=by)
        rules.check(row, changes)
        take_the_place(row, by=by)
        editing.write(held, by=by, changes=changes, project_id=None)
        if model is Unit:
            reach.forget(by)
        events.announce_people()
        return held


def delete_supply(*, row: models.Model, by: User, version: int) -> None:
    """Delete it; refused while something else still names it, as everybody without a calendar does the usual one."""
    check_rates(type(row), by=by)
    with editing.writing():
        rules.hold(row)
        rules.check_not_usual(row)
        keeping.check(row, by=by)
        keeping.check_not_last(row, by=by)
        events.announce_people()
        editing.delete(row, by=by, version=version, project_id=None)


def take_the_place(row: models.Model, *, by: User) -> None:
    """The calendar that becomes the usual one takes the place of the former."""
    if isinstance(row, WorkingCalendar) and row.is_default:
        for former in WorkingCalendar.objects.select_for_update(no_key=True).filter(is_default=True).exclude(pk=row.pk):
            editing.write(former, by=by, changes={"is_default": False}, project_id=None)


def check_rates(model: type[models.Model], *, by: User) -> None:
    """What a day costs is written by who sees it."""
    if model is Rate and not Access.of(by).sees_everywhere("rates"):
        raise NotAllowed(_("Your role does not show rates, so it cannot change them."), field="daily_rate")


class SupplyWay(undo.Way):
    """Who keeps resources takes back what was changed of them, under the same rules."""

    permission = EDIT_RESOURCES

    def __init__(self, model: type[models.Model]) -> None:
        self.model = model  # type: ignore[misc]  # one way for each of `FIELDS`

    def may(self, user: User) -> bool:
        rates = self.model is not Rate or Access.of(user).sees_everywhere("rates")
        return rates and user.has_perm(self.permission)

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        if not (self.may(by) and keeping.keeps(by, row)):
            raise undo.not_allowed()

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        return self.may(user) and keeping.keeps_kind(user, self.model)

    def hold(self, event: AuditEvent) -> None:
        row = self.model._default_manager.filter(pk=event.target_id).first() or self.model(
            **{
                self.model._meta.get_field(name).attname: pair[0]  # type: ignore[union-attr]
                for name, pair in event.changes.items()
                if name in OWNERS.get(self.model, ())
            }
        )
        rules.hold(row)

    def done(self, row: Any, names: Iterable[str], *, by: User, on: date) -> None:
        names = tuple(names)
        if names:
            keeping.check(row, by=by)
            rules.check(row, names)


for each in FIELDS:
    undo.ways.add(each._meta.label, SupplyWay(each))
