"""Who keeps the people of some units keeps theirs alone; what everybody shares is for who keeps everybody (decision 0220)."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.access.policy import EDIT_RESOURCES
from projects.resources.models import Absence, PersonSkill, PooledCapacity, Unit, UnitShare, WorkPattern
from projects.resources.selectors import reach

Units = frozenset[int]


def keeps_person(user: Any, pk: int) -> bool:
    """Whether this person is theirs to keep; who is in no unit is everybody's."""
    return bool(reach.among([pk], reach.keeps(user)))


def keeps(user: Any, row: Any) -> bool:
    """Whether this record of `supply.FIELDS`, as it is now, is theirs to keep."""
    return fits(row, reach.keeps_of_own(user) if type(row) in MOVING else reach.keeps(user))


def fits(row: Any, units: Units | None) -> bool:
    rule = OWN.get(type(row))
    return units is None or (rule is not None and rule(row, units))


def keeps_kind(user: Any, model: type[Model]) -> bool:
    """Whether any record of this kind can be theirs: what everybody shares is for who keeps everybody."""
    return reach.keeps(user) is None or model in OWN


def check(row: Model, *, by: User) -> None:
    if not keeps(by, row):
        raise not_theirs(by)
    reach.tell_lender(by, EDIT_RESOURCES, None, lambda units: fits(row, units))


def check_not_last(row: Model, *, by: User) -> None:
    """Who is in no unit is everybody's: a manager of some units moves people on, but does not let them go."""
    if not isinstance(row, UnitShare) or reach.keeps(by) is None:
        return
    if not UnitShare.objects.filter(person=row.person_id).exclude(pk=row.pk).exists():
        words = _("%(name)s is in no other unit: give them another one first.")
        raise DomainError(words % {"name": row.person.name})


def not_theirs(by: User, field: str = "") -> NotAllowed:
    words = _("You keep the people of %(units)s: this is of others, or shared by all.")
    return NotAllowed(words % {"units": reach.names(reach.keeps(by))}, field=field or None)


def of_theirs(row: Any, units: Units) -> bool:
    return bool(reach.among([row.person_id], units))


def share_in(row: UnitShare, units: Units) -> bool:
    """Into or out of one of theirs; nobody is drawn in from the units of others."""
    return row.unit_id in units and of_theirs(row, units)


def below(row: Unit, units: Units) -> bool:
    """What is below theirs. The unit they were given stays where it is: its manager and its place are not theirs to say."""
    return row.parent_id in units


def pool_of(row: PooledCapacity, units: Units) -> bool:
    return row.unit_id in units


MOVING = frozenset({UnitShare, Unit})  # whose people are whose: for the roles one has, not for those lent for a week
OWN: dict[type[Model], Callable[[Any, Units], bool]] = {
    Absence: of_theirs,
    PersonSkill: of_theirs,
    WorkPattern: of_theirs,
    UnitShare: share_in,
    Unit: below,
    PooledCapacity: pool_of,
}
