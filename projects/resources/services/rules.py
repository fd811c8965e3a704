"""What rows of supply must have in common: judged by services with the rows held that another writer could change meanwhile."""

from collections.abc import Callable, Collection
from typing import Any

from django.db.models import Model, Sum
from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.days_off import knows_region
from pmo_portal.core.errors import DomainError
from pmo_portal.core.formats import date as day
from projects.resources.models import CalendarException, Person, Unit, UnitShare, WorkingCalendar

UNITS = (7220, 1)  # advisory locks: the shape of the tree of units, and which calendar is the usual one
USUAL = (7220, 2)


def hold(row: Model) -> None:
    """Lock what the rules of this row span, before the row itself."""
    if isinstance(row, Unit):
        editing.advisory_lock(*UNITS)
    elif isinstance(row, WorkingCalendar):
        editing.advisory_lock(*USUAL)
    elif isinstance(row, UnitShare) and row.person_id:
        editing.hold(Person, row.person_id)
    elif isinstance(row, CalendarException) and row.calendar_id:
        editing.hold(WorkingCalendar, row.calendar_id)


def check(row: Any, names: Collection[str]) -> None:
    """Refuse what these fields of the row break; the row has its new values."""
    rule: Callable[..., None] | None = RULES.get(type(row))
    if rule is not None:
        rule(row, frozenset(names))


def check_not_usual(row: Model) -> None:
    """Without the usual calendar everybody who has none of their own would work on its days off."""
    if isinstance(row, WorkingCalendar) and WorkingCalendar.objects.filter(pk=row.pk, is_default=True).exists():
        raise DomainError(_("It is used where nothing else is said. Make another calendar the usual one first."))


def shares_fit(row: UnitShare, names: frozenset[str]) -> None:
    """The units of a person share them: 100 at most, so that nobody counts twice."""
    others = UnitShare.objects.filter(person=row.person_id).exclude(pk=row.pk)
    taken = others.aggregate(sum=Sum("percent"))["sum"] or 0
    if 1 <= row.percent <= 100 < taken + row.percent:  # the field itself says what is no share at all
        words = _("The units of a person share them: %(taken)d %% are taken, so %(left)d %% are left.")
        raise DomainError(words % {"taken": taken, "left": max(100 - taken, 0)}, field="percent")


def in_a_tree(row: Unit, names: frozenset[str]) -> None:
    """No unit is below itself."""
    if "parent" not in names or row.parent_id is None:
        return
    above = dict(Unit.objects.values_list("pk", "parent"))
    seen: set[int] = set()
    pk: int | None = row.parent_id
    while pk is not None and pk not in seen:
        seen.add(pk)
        if pk == row.pk:
            raise DomainError(_("A unit cannot be moved below itself. Choose a place outside it."), field="parent")
        pk = above.get(pk)


def in_its_country(row: WorkingCalendar, names: frozenset[str]) -> None:
    """The region is one of the country's."""
    if names & {"country", "region"} and not knows_region(row.country, row.region):
        raise DomainError(
            _("“%(region)s” is no region of %(country)s with holidays of its own. Choose one, or leave it empty.")
            % {"region": row.region, "country": row.country or "–"},
            field="region",
        )


def apart(row: CalendarException, names: frozenset[str]) -> None:
    """Exceptions of a calendar do not overlap: a day is worked as one of them says."""
    if row.first_day is None or row.last_day is None:
        return
    others = CalendarException.objects.filter(calendar=row.calendar_id).exclude(pk=row.pk)
    other = others.filter(first_day__lte=row.last_day, last_day__gte=row.first_day).exclude(
        first_day=row.first_day  # the database says it in its own words
    )
    if found := other.first():
        words = _("It overlaps with “%(other)s” (%(first)s – %(last)s). Change that one instead.")
        told = {"other": found.name or _("exception"), "first": day(found.first_day), "last": day(found.last_day)}
        raise DomainError(words % told, field="first_day")


RULES: dict[type[Model], Callable[..., None]] = {
    UnitShare: shares_fit,
    Unit: in_a_tree,
    WorkingCalendar: in_its_country,
    CalendarException: apart,
}
