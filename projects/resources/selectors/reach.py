"""Whose people somebody answers for and keeps: everybody's, or those of the units that their roles name (decision 0220).

It only ever takes away: the right itself is asked of the policy, as everywhere.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Any

from django.db.models import Q

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
    access, roles = able(user, right), POLICY[right]
    grants = access.grants if place is None else access.grants_at(*place)
    tops = frozenset(grant.unit for grant in grants if grant.role in roles)
    known = getattr(user, "__dict__", {}).setdefault(
        "_units_below", {}
    )  # for the rest of the request, like their access
    if tops not in known:
        known[tops] = _below(tops)
    below: Units = known[tops]
    return below


def keeps(user: Any) -> Units:
    """The units whose people, time and capacity this user keeps."""
    return reach(user, EDIT_RESOURCES)


def answers_for(user: Any, row: Allocation, people: Collection[int | None] = (), unit: int | None = None) -> bool:
    """Whether this request, and whom it is given to (`people`, or a `unit` without a name), are theirs to answer.

    What is asked of nobody in particular is everybody's.
    """
    units = reach(user, ANSWER_ALLOCATION, row.project)
    if units is None:
        return True
    shares = shares_of(named := {row.person_id, *people})
    return all(covers(units, shares, pk) for pk in named - {None}) and (
        covers(units, shares, row.person_id, row.unit_id) and covers(units, shares, None, unit)
    )


def shares_of(people: Iterable[int | None]) -> Mapping[int, set[int]]:
    """The units of each of these people."""
    found: dict[int, set[int]] = defaultdict(set)
    for person, unit in UnitShare.objects.filter(person__in=set(people) - {None}).values_list("person", "unit"):
        found[person].add(unit)
    return found


def covers(units: Units, shares: Mapping[int, set[int]], person: int | None, unit: int | None = None) -> bool:
    """Whether a person, else a unit without a name, is theirs; who is in no unit is everybody's, so is what names nobody."""
    if units is None:
        return True
    if person is not None:
        return not shares.get(person) or not units.isdisjoint(shares[person])
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
    shares, pk = UnitShare.objects.order_by(), f"{prefix or 'pk'}__in"
    return Q(**{pk: shares.filter(unit__in=units).values("person")}) | ~Q(**{pk: shares.values("person")})


def answerable(user: Any) -> Q:
    """The filter of the requests this user may answer: `answers_for`, for lists."""
    access, roles = Access.of(user), POLICY[ANSWER_ALLOCATION]
    tops = {grant.unit for grant in access.grants if grant.role in roles and grant.unit is not None}
    found = _only(access, None).projects("project", roles=roles)
    for top in tops:
        found |= _only(access, top).projects("project", roles=roles) & of_units(_below({top}) or ())
    return found


def _only(access: Access, unit: int | None) -> Access:
    """The roles that hold for everybody and those of this unit; the others still name their projects, which opens wider roles."""
    grants = (one if one.unit in (None, unit) else replace(one, role="") for one in access.grants)
    return replace(access, grants=tuple(grants))


def of_units(units: Collection[int]) -> Q:
    """Requests given to people of these units, or asked of one of them, or of nobody in particular."""
    nobody = Q(person__isnull=True) & (Q(unit__in=units) | Q(unit__isnull=True))
    return nobody | (Q(person__isnull=False) & people_of(units, "person"))


def _below(tops: Collection[int | None]) -> Units:
    if not tops or None in tops:
        return None
    return frozenset(pk for top in tops if top is not None for pk in units_below(top))


def names(units: Units, *, most: int = 3) -> str:
    """These units in words, the highest of them first."""
    rows = Unit.objects.filter(pk__in=units or ())
    return ", ".join(row.label for row in rows.exclude(parent__in=units or ()).order_by("name", "pk")[:most])
