"""What Groupe Démo can do: units, roles, skills, calendars, part-timers, absences, rates, capacity without names.

Written through the services, the same for the same seed, for the people the scenario has made.
"""

import tomllib
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

from django.db import transaction
from django.db.models import Q

from pmo_portal.core.models import User
from pmo_portal.demo.scenario.stage import ORGANISATION
from projects.resources.models import (
    Absence,
    Allocation,
    CalendarException,
    Person,
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
from projects.resources.services import create_person, create_supply, update_person

MARK = "DEMO:"  # in front of every reference, so that it can be taken away again
PART_TIME = ({"wednesday": 0}, {"thursday": 0, "friday": 0}, {"friday": 50}, {"monday": 50, "tuesday": 50})


def is_there() -> bool:
    return Role.objects.filter(external_ref__startswith=MARK).exists()


def clear() -> None:
    """Take away what `stock` wrote, and what was asked or said of it since, wherever; the people go with the scenario."""
    mine = Q(external_ref__startswith=MARK)
    people = Person.objects.filter(organisation__startswith=ORGANISATION)
    roles, units, skills, calendars = (
        model._default_manager.filter(mine).values("pk") for model in (Role, Unit, Skill, WorkingCalendar)
    )
    with transaction.atomic():
        asked = Q(role__in=roles) | Q(unit__in=units) | Q(skill__in=skills) | Q(person__in=people)
        Allocation.objects.filter(asked).delete()
        PooledCapacity.objects.filter(mine | Q(role__in=roles) | Q(unit__in=units)).delete()
        UnitShare.objects.filter(Q(person__in=people) | Q(unit__in=units)).delete()
        PersonSkill.objects.filter(Q(person__in=people) | Q(skill__in=skills)).delete()
        Rate.objects.filter(Q(person__in=people) | Q(role__in=roles)).delete()
        Person.objects.filter(Q(pk__in=people) | Q(role__in=roles)).update(role=None)
        Person.objects.filter(Q(pk__in=people) | Q(calendar__in=calendars)).update(calendar=None)
        Unit.objects.filter(calendar__in=calendars).update(calendar=None)
        Unit.objects.filter(Q(pk__in=units) | Q(parent__in=units)).update(parent=None)
        Unit.objects.filter(Q(pk__in=units) | Q(manager__in=people)).update(manager=None)
        for model in (Unit, Role, Skill, WorkingCalendar):
            model._default_manager.filter(mine).delete()


@transaction.atomic
def stock(*, by: User, accounts: Mapping[str, User], today: date, seed: int) -> None:
    plan = tomllib.loads((Path(__file__).parent / "supply.toml").read_text())
    chance = Random(f"supply {seed}")  # noqa: S311  (a demo)
    people = {one.name: one for one in Person.objects.filter(organisation__startswith=ORGANISATION)}
    for name in {manager for *_rest, manager, _calendar in plan["units"].values()} - people.keys():
        user = accounts.get(name)
        free = user if user and not Person.objects.filter(user=user).exists() else None
        people[name] = create_person(by=by, name=name, organisation=f"{ORGANISATION} · Direction", user=free)
    calendars = _calendars(plan, by, today)
    units = _units(plan, by, people, calendars)
    roles = {
        code: create_supply(Role, by=by, code=code, name=name, name_en=english, external_ref=MARK + code)
        for code, (name, english, _rate) in plan["roles"].items()
    }
    skills = {
        code: create_supply(Skill, by=by, code=code, name=name, name_en=english, domain=domain, is_critical=critical,
                            external_ref=MARK + code)
        for code, (name, english, domain, critical) in plan["skills"].items()
    }  # fmt: skip
    for department, (role, places, known) in plan["departments"].items():
        staff = sorted(name for name, one in people.items() if one.organisation == f"{ORGANISATION} · {department}")
        for number, name in enumerate(staff):
            place = places[-1] if number % 3 == 2 else places[0]
            _member(people[name], by, today, chance, number, role=roles[role], unit=units[place],
                    skills=[skills[code] for code in known])  # fmt: skip
    _shared(people, units, by)
    _costs(plan, by, today, roles, people)
    _pools(plan, by, today, roles, units)


def _calendars(plan: Mapping[str, Any], by: User, today: date) -> dict[str, WorkingCalendar]:
    made = {}
    for given in plan["calendars"]:
        usual = given.pop("is_default", False) and not WorkingCalendar.objects.filter(is_default=True).exists()
        made[given["name"]] = create_supply(
            WorkingCalendar, by=by, **given, is_default=usual, external_ref=MARK + given["name"]
        )
    for year in (today.year, today.year + 1):
        create_supply(
            CalendarException, by=by, calendar=made["France"], name="Fermeture de fin d’année", first_day=date(year, 12, 28),
            last_day=date(year, 12, 31), share=0,
        )  # fmt: skip
    return made


def _units(
    plan: Mapping[str, Any], by: User, people: Mapping[str, Person], calendars: Mapping[str, WorkingCalendar]
) -> dict[str, Unit]:
    made: dict[str, Unit] = {}
    for code, (name, english, kind, parent, manager, calendar) in plan["units"].items():
        made[code] = create_supply(
            Unit, by=by, code=code, name=name, name_en=english if english != name else "", kind=kind,
            parent=made.get(parent), manager=people[manager], calendar=calendars.get(calendar), external_ref=MARK + code,
        )  # fmt: skip
    return made


def _member(
    person: Person, by: User, today: date, chance: Random, number: int, *, role: Role, unit: Unit, skills: list[Skill]
) -> None:
    """One of a department: some come from outside, work part of the week, arrive or leave; everybody is away at times."""
    outside = number % 7 == 6
    update_person(
        person=person,
        by=by,
        version=person.version,
        changes={
            "role": role,
            "is_external": outside,
            "arrives_on": today + timedelta(days=45) if number % 11 == 10 else date(today.year - 2, 1, 5),
            "leaves_on": today + timedelta(days=chance.randrange(40, 160)) if outside else None,
        },
    )
    create_supply(UnitShare, by=by, person=person, unit=unit, percent=60 if number % 6 == 5 else 100)
    for skill in chance.sample(skills, k=min(len(skills), 1 + number % 3)):
        create_supply(PersonSkill, by=by, person=person, skill=skill, level=chance.choice((2, 3, 3, 4, 4, 5)))
    if number % 4 == 1:
        week = PART_TIME[number // 4 % len(PART_TIME)]
        create_supply(WorkPattern, by=by, person=person, starts_on=date(today.year - 1, 1, 1), **week)
    elif number % 5 == 3:
        create_supply(WorkPattern, by=by, person=person, starts_on=date(today.year - 1, 1, 1), percent_run=20)
    for ahead in (chance.randrange(5, 60), chance.randrange(100, 250)):
        first = today + timedelta(days=ahead)
        kind = Absence.Kind.TRAINING if ahead % 9 == 0 else Absence.Kind.LEAVE
        last = first + timedelta(days=chance.choice((0, 2, 4, 11)))
        create_supply(Absence, by=by, person=person, kind=kind, first_day=first, last_day=last)


def _shared(people: Mapping[str, Person], units: Mapping[str, Unit], by: User) -> None:
    """Who belongs to one unit by a part only gives the rest to architecture."""
    mine = UnitShare.objects.filter(percent=60, person__in=[one.pk for one in people.values()])
    for share in mine.select_related("unit", "person").order_by("pk"):
        if share.unit_id != units["DSI-ARC"].pk:
            create_supply(UnitShare, by=by, person=share.person, unit=units["DSI-ARC"], percent=40)


def _costs(
    plan: Mapping[str, Any], by: User, today: date, roles: Mapping[str, Role], people: Mapping[str, Person]
) -> None:
    for code, (_name, _english, rate) in plan["roles"].items():
        for year, more in ((today.year - 1, 0), (today.year, 15)):
            create_supply(Rate, by=by, role=roles[code], starts_on=date(year, 1, 1), daily_rate=rate + more)
    for person in sorted(people.values(), key=lambda one: one.name):
        if person.is_external and person.role_id:
            create_supply(Rate, by=by, person=person, starts_on=date(today.year, 1, 1), daily_rate=840)


def _pools(
    plan: Mapping[str, Any], by: User, today: date, roles: Mapping[str, Role], units: Mapping[str, Unit]
) -> None:
    for given in plan["pools"]:
        first, last = (_month(today, ahead) for ahead in given["months"])
        create_supply(
            PooledCapacity, by=by, role=roles[given["role"]], unit=units[given["unit"]], name=given["name"], fte=given["fte"],
            first_month=first, last_month=last, external_ref=MARK + given["name"],
        )  # fmt: skip


def _month(today: date, ahead: int) -> date:
    month = today.year * 12 + today.month - 1 + ahead
    return date(month // 12, month % 12 + 1, 1)
