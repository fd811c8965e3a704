"""Reads about people, for pages."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet

from projects.resources.models import (
    Person,
    PersonSkill,
    Rate,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkingCalendar,
    WorkPattern,
)
from projects.resources.week import in_words


def people_with_words() -> QuerySet[Person]:
    """People with their role, units and skills: three queries whatever their number."""
    return Person.objects.select_related("role").prefetch_related(
        Prefetch("units", UnitShare.objects.select_related("unit")),
        Prefetch("skills", PersonSkill.objects.select_related("skill")),
    )


def present(rows: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Those who have arrived and not left on that day."""
    arrived = Q(arrives_on__isnull=True) | Q(arrives_on__lte=on)
    return rows.filter(arrived, Q(leaves_on__isnull=True) | Q(leaves_on__gte=on))


def calendar_of(person: Person) -> tuple[WorkingCalendar | None, str]:
    """The calendar whose days a person works, and whose it is: "person", "unit", "usual", or "" for none at all."""
    if person.calendar:
        return person.calendar, "person"
    shares = sorted(person.units.all(), key=lambda one: (-one.percent, one.unit_id))
    if shares and shares[0].unit.calendar:
        return shares[0].unit.calendar, "unit"
    usual = WorkingCalendar.objects.filter(is_default=True).first()
    return usual, "usual" if usual else ""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A working pattern in words; `current` holds today, `over` has been followed by another."""

    row: WorkPattern
    words: str
    current: bool
    over: bool


def patterns_of(person: Person, *, on: date) -> list[Pattern]:
    """The latest first."""
    rows = sorted(person.patterns.all(), key=lambda one: one.starts_on, reverse=True)
    begun = [one for one in rows if one.starts_on <= on]
    current = begun[0] if begun else None
    return [Pattern(one, in_words(one.shares), one is current, one in begun[1:]) for one in rows]


@dataclass(frozen=True, slots=True)
class Branch:
    """A unit at its depth of the tree; `people` counts those of it alone, `below` with all below it, each once."""

    unit: Unit
    depth: int
    people: int
    below: int


def tree_of_units(on: date) -> list[Branch]:
    """Every unit under what it is a part of, by name: three queries."""
    units = list(Unit.objects.select_related("manager", "calendar"))
    here = present(Person.objects.all(), on).values("pk")
    members: dict[int, set[int]] = {}
    for pk, person in UnitShare.objects.filter(person__in=here).values_list("unit", "person"):
        members.setdefault(pk, set()).add(person)
    children: dict[int | None, list[Unit]] = {}
    for unit in units:
        children.setdefault(unit.parent_id, []).append(unit)
    found: list[Branch] = []

    def walk(parent: int | None, depth: int) -> set[int]:
        within: set[int] = set()
        for unit in children.get(parent, ()):
            place = len(found)
            own = members.get(unit.pk, set())
            below = own | walk(unit.pk, depth + 1)
            found.insert(place, Branch(unit, depth, len(own), len(below)))
            within |= below
        return within

    walk(None, 0)
    return found


def roles_with_counts(on: date) -> QuerySet[Role]:
    return Role.objects.annotate(count=Count("people", filter=Q(people__in=present(Person.objects.all(), on))))


def skills_with_counts(on: date) -> QuerySet[Skill]:
    """How many have each skill, and how many at level 4 or 5."""
    here = Q(held_by__person__in=present(Person.objects.all(), on))
    return Skill.objects.annotate(
        count=Count("held_by", filter=here), experts=Count("held_by", filter=here & Q(held_by__level__gte=4))
    )


def rates_of(person: Person) -> Iterable[Rate]:
    """The person's own, the latest first."""
    return person.rates.order_by("-starts_on")
