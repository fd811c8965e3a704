"""What the projects of the scenario ask of people, and what was answered: through the services, the same for the same seed."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Prefetch

from pmo_portal.core import events, trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.core.periods import add_months, first_of_month
from pmo_portal.demo.scenario.stage import unheard
from projects.hierarchy.models import Node, Project
from projects.resources.models import Allocation, Person, PersonSkill, Role, Unit
from projects.resources.services import (
    Whom,
    change_allocation,
    confirm_allocation,
    propose_allocation,
    refuse_allocation,
    request_allocation,
    split_allocation,
)

A_PROJECT = 6  # requests, give or take one
SOUGHT = {"DATA": 2.5, "ARCH": 1.5}  # for each of these there is so much more to do than for the others
STEPS = ("confirm",) * 12 + ("propose",) * 2 + ("wait",) * 4 + ("refuse", "change", "part", "unit")
OPEN = ("propose", "wait", "refuse")  # what was not granted is mostly asked for in case
TRIES = 3  # people asked before a request is left waiting
NOTES = {
    "fr": ("Conception détaillée", "Reprise des données", "Recette", "Développement des interfaces", "Conduite du changement",
           "Mise en production", "Cadrage et ateliers", ""),
    "en": ("Detailed design", "Data migration", "Acceptance tests", "Interface development", "Change management",
           "Go-live", "Scoping workshops", ""),
}  # fmt: skip
NO = {"fr": "Personne de ce profil n’est libre avant le printemps.", "en": "Nobody of this role is free before spring."}
PART = {"fr": "Trois jours par semaine au plus.", "en": "Three days a week at most."}


@dataclass
class Directory:
    """Who can be asked for: people by role, with their skills; suppliers."""

    people: Mapping[Role, list[Person]]
    weights: list[float]  # of the roles: how often one is asked for
    suppliers: list[Unit]

    @classmethod
    def read(cls) -> "Directory":
        skills = Prefetch("skills", PersonSkill.objects.select_related("skill").order_by("skill"))
        found: dict[Role, list[Person]] = {}
        for person in (
            Person.objects.filter(role__isnull=False).select_related("role").prefetch_related(skills).order_by("name")
        ):
            if person.role is not None:
                found.setdefault(person.role, []).append(person)
        weights = [
            len(people) * SOUGHT.get(role.external_ref.rpartition(":")[2], 1.0) for role, people in found.items()
        ]
        return cls(found, weights, list(Unit.objects.filter(kind=Unit.Kind.SUPPLIER).order_by("code")))


def play(root: Node, *, by: User, today: date, seed: int, language: str = "fr") -> int:
    """Requests of the active projects below `root` from two months ago on, answered by `by`; how many there are.

    Nothing where nobody has a role, or where there are requests already.
    """
    directory = Directory.read()
    projects = Project.objects.below(root).filter(state__in=Project.ACTIVE).order_by("code")
    if not directory.people or Allocation.objects.filter(project__in=projects).exists():
        return 0
    with unheard(), transaction.atomic(), trace.tracing(source="command", request_id=f"scenario:team:{today}"):
        for project in projects.select_related("project_manager__user"):
            chance = random.Random(f"{seed} {project.code}")  # noqa: S311  (a scenario, no secret)
            for _ in range(A_PROJECT + chance.choice((-1, 0, 0, 1))):
                _one(project, directory, chance, by=by, today=today, language=language)
    asking = set(Allocation.objects.filter(project__in=projects).values_list("project", flat=True))
    events.announce(asking)
    return Allocation.objects.filter(project__in=projects).count()


def _one(
    project: Project, directory: Directory, chance: random.Random, *, by: User, today: date, language: str
) -> None:
    role = chance.choices(list(directory.people), directory.weights)[0]
    wanted = chance.choice(directory.people[role])
    first, length = add_months(today, chance.randint(-2, 5)), chance.randint(2, 9)
    percent = chance.random() < 0.25
    amount = Decimal(chance.choice((20, 30, 50, 60, 80) if percent else (3, 4, 5, 6, 8, 10, 12, 15)))
    skills = list(wanted.skills.all())
    skill = chance.choice(skills) if skills and chance.random() < 0.5 else None
    on = min(first_of_month(first), today) - timedelta(days=chance.randint(2, 25))
    manager = project.project_manager.user if project.project_manager and project.project_manager.user else by
    step = chance.choice(STEPS)
    row = request_allocation(
        project=project, by=manager, on=on, role=role, skill=skill.skill if skill else None,
        level=max(skill.level - 1, 1) if skill else None, note=chance.choice(NOTES[language]),
        firmness="tentative" if chance.random() < (0.95 if step in OPEN else 0.1) else "hard",
        measure="percent" if percent else "days", months={add_months(first, n): amount for n in range(length)},
    )  # fmt: skip
    for _ in range(TRIES):
        try:
            _answer(row, step, directory, chance, by=by, manager=manager, today=today, language=language)
        except DomainError:
            continue  # that person has no room
        return
    if chance.random() < 0.85:  # nobody has: it is asked for in case somebody will
        tentative = {"firmness": "tentative"}
        change_allocation(allocation=row, by=manager, version=row.version, on=today, changes=tentative)


def _answer(
    row: Allocation,
    step: str,
    directory: Directory,
    chance: random.Random,
    *,
    by: User,
    manager: User,
    today: date,
    language: str,
) -> None:
    on = min(row.asked_on + timedelta(days=chance.randint(1, 9)), today)
    person = Whom(chance.choice(directory.people[row.role]))
    told: dict[str, Any] = {"allocation": row, "by": by, "version": row.version, "on": on}
    months = dict(row.months.values_list("month", "asked"))
    if step == "refuse":
        refuse_allocation(**told, answer=NO[language])
    elif step == "propose":
        propose_allocation(**told, whom=person)
    elif step == "unit" and directory.suppliers:
        confirm_allocation(**told, whom=Whom(unit=chance.choice(directory.suppliers)), anyway=True)
    elif step == "part":
        half = {month: (asked / 2).quantize(Decimal("0.5")) for month, asked in months.items()}
        split_allocation(**told, whom=person, part=half, confirm=True, answer=PART[language])
    elif step in ("confirm", "change", "unit"):
        # One in ten is confirmed although it is too much: so it happens, and the pages show it.
        done = confirm_allocation(**told, whom=person, anyway=chance.random() < 0.1)
        if step == "change":
            more = {**months, add_months(max(months), 1): min(months.values())}
            change_allocation(allocation=done, by=manager, version=done.version, on=today, changes={}, months=more)
