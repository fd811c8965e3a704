"""Whose people somebody answers for and keeps: everybody's, or those of the units that their roles name (decision 0220).

It only ever takes away: the right itself is asked of the policy, as everywhere.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Q

from pmo_portal.core import trace
from projects.access.policy import ANSWER_ALLOCATION, EDIT_RESOURCES, POLICY, able
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.resources.models import Allocation, Unit, UnitShare
from projects.resources.selectors.fit import units_below

Units = frozenset[int] | None  # None: everybody's


def reach(user: Any, right: str, project: Project | None = None) -> Units:
    """The units whose people this right of theirs reaches on a project (None: anywhere at all), those below included."""
    return reach_at(user, right, None if project is None else (project.pk, project.path, project.is_confidential))


def reach_at(user: Any, right: str, place: tuple[int, str, bool] | None) -> Units:
    """The same, of a project known by its id, its path and whether it is confidential."""
    return below(user, tops_of(able(user, right), right, place))


def tops_of(access: Access, right: str, place: tuple[int, str, bool] | None) -> frozenset[int | None]:
    """The units named by the roles that give a right; None among them: one of these names no unit."""
    grants = access.grants if place is None else access.grants_at(*place)
    return frozenset(grant.unit for grant in grants if grant.role in POLICY[right])


def below(user: Any, tops: frozenset[int | None]) -> Units:
    """These units and all below them, read once for the rest of the request, like the user's access."""
    if not tops or None in tops:
        return None
    known: dict[Any, frozenset[int]] = getattr(user, "__dict__", {}).setdefault("_units_below", {})
    if tops not in known:
        known[tops] = frozenset(pk for top in tops if top is not None for pk in units_below(top))
    return known[tops]


def forget(user: Any) -> None:
    """The tree of units changed."""
    user.__dict__.pop("_units_below", None)


def keeps(user: Any) -> Units:
    """The units whose people, time and capacity this user keeps."""
    return reach(user, EDIT_RESOURCES)


def keeps_of_own(user: Any) -> Units:
    """The same by their own roles, where they have one: what somebody lends for a week gives nobody people for good."""
    access = able(user, EDIT_RESOURCES)
    tops = tops_of(access.own, EDIT_RESOURCES, None) or tops_of(access, EDIT_RESOURCES, None)
    return below(user, tops)


def tell_lender(user: Any, right: str, project: Project | None, fits: Callable[[Units], bool]) -> None:
    """Note in the trace whose right it is, where that of one's own roles does not reach what is done."""
    access = able(user, right)
    place = None if project is None else (project.pk, project.path, project.is_confidential)
    lenders = sorted({grant.lender for grant in access.grants if grant.lender})
    own = tops_of(access.own, right, place) if lenders else frozenset()
    if not lenders or (own and fits(below(user, own))):
        return
    for lender in lenders:
        lent = replace(access, grants=tuple(grant for grant in access.grants if grant.lender == lender))
        tops = tops_of(lent, right, place)
        if tops and fits(below(user, tops)):
            trace.note_right(user.pk, "project" if project else "", project.pk if project else None, lender=lender)
            return


def answers_for(user: Any, row: Allocation, people: Collection[int | None] = (), unit: int | None = None) -> bool:
    """Whether this request, and whom it is given to (`people`, or a `unit` without a name), are theirs to answer.

    What is asked of nobody in particular is everybody's.
    """
    return answered_by(reach(user, ANSWER_ALLOCATION, row.project), row, people, unit)


def answered_by(units: Units, row: Allocation, people: Collection[int | None] = (), unit: int | None = None) -> bool:
    """The same, of who answers for these units."""
    if units is None:
        return True
    shares = shares_of({row.person_id, *people})
    given = all(covers(units, shares, pk) for pk in people) and covers(units, shares, None, unit)
    return given and covers(units, shares, row.person_id, row.unit_id)


def shares_of(people: Iterable[int | None]) -> Mapping[int, set[int]]:
    """The units of each of these people."""
    found: dict[int, set[int]] = defaultdict(set)
    for person, unit in UnitShare.objects.filter(person__in=set(people) - {None}).values_list("person", "unit"):
        found[person].add(unit)
    return found


def covers(units: Units, shares: Mapping[int, set[int]], person: int | None, unit: int | None = None) -> bool:
    """Whether a person is theirs, or, where nobody is named or they are in no unit, a unit; what names neither is everybody's."""
    if units is None:
        return True
    if person is not None and shares.get(person):
        return not units.isdisjoint(shares[person])
    return unit is None or unit in units


def may_give(user: Any, row: Allocation) -> Q | None:
    """The filter of the people whom this user may give to a request; None: anybody."""
    units = reach(user, ANSWER_ALLOCATION, row.project)
    return None if units is None else people_of(units)


def among(people: Iterable[int], units: Units) -> set[int]:
    """Those of these people who are in one of these units, in whatever share, or in none at all: they are everybody's."""
    people = set(people)
    shares = shares_of(people) if units is not None else {}
    return {pk for pk in people if covers(units, shares, pk)}


def people_of(units: Collection[int], prefix: str = "") -> Q:
    """The filter of `among`."""
    return _in_units(units, prefix) | ~_in_some_unit(prefix)


def _in_units(units: Collection[int], prefix: str) -> Q:
    return Q(**{f"{prefix or 'pk'}__in": UnitShare.objects.filter(unit__in=units).order_by().values("person")})


def _in_some_unit(prefix: str) -> Q:
    return Q(**{f"{prefix or 'pk'}__in": UnitShare.objects.order_by().values("person")})


def answerable(user: Any) -> Q:
    """The filter of the requests this user may answer: `answers_for`, for lists."""
    access, roles = Access.of(user), POLICY[ANSWER_ALLOCATION]
    tops = {grant.unit for grant in access.grants if grant.role in roles and grant.unit is not None}
    found = _only(access, None).projects("project", roles=roles)
    for top in tops:
        found |= _only(access, top).projects("project", roles=roles) & of_units(below(user, frozenset({top})) or ())
    return found


def _only(access: Access, unit: int | None) -> Access:
    """The roles that hold for everybody and those of this unit; the others still name their projects, which opens wider roles."""
    grants = (one if one.unit in (None, unit) else replace(one, role="") for one in access.grants)
    return replace(access, grants=tuple(grants))


def of_units(units: Collection[int]) -> Q:
    """Requests given to people of these units, or asked of one of them, or of nobody in particular."""
    nobody = Q(person__isnull=True) | ~_in_some_unit("person")
    return (Q(person__isnull=False) & _in_units(units, "person")) | (
        nobody & (Q(unit__in=units) | Q(unit__isnull=True))
    )


def names(units: Units, *, most: int = 3) -> str:
    """These units in words, the highest of them first."""
    rows = Unit.objects.filter(pk__in=units or ())
    return ", ".join(row.label for row in rows.exclude(parent__in=units or ()).order_by("name", "pk")[:most])
