"""What people and capacity cost at 2,000 people, 24 months, 10,000 requests: the picture made anew, one change, the heat map."""

import os
import random
import statistics
import time
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from benchmarks import meter, portal
from pmo_portal.core.models import User, Work
from pmo_portal.core.periods import add_months
from pmo_portal.demo import accounts
from portfolio.capacity.models import Stale
from portfolio.capacity.services import queue, refresh
from projects.hierarchy.models import Project
from projects.resources.api.candidates import candidates_of
from projects.resources.models import (
    Absence,
    Allocation,
    AllocationMonth,
    Person,
    PersonSkill,
    PooledCapacity,
    Role,
    Skill,
    Unit,
    UnitShare,
    WorkPattern,
)

PEOPLE, MONTHS, REQUESTS = 2000, 24, 10_000
MOST_PROJECTS = 1000
ROLES, UNITS, SKILLS = 30, 40, 60
CHANGES, PAGES = 9, 9
ADDRESSES = {
    "by role": "/capacity/?by=role&grain=month",
    "by role and week": "/capacity/?by=role&grain=week",
    "by unit": "/capacity/?by=unit&grain=quarter",
    "by person": "/capacity/?by=person&grain=month",
}


def generate(today: date) -> None:
    """People with patterns, leave, units and skills; requests over all projects, three in four with a name."""
    rng = random.Random(5)
    roles = Role.objects.bulk_create(Role(code=f"R{n}", name=f"Role {n}") for n in range(ROLES))
    units = Unit.objects.bulk_create(
        Unit(code=f"U{n}", name=f"Unit {n}", kind="supplier" if n % 10 == 9 else "unit") for n in range(UNITS)
    )
    skills = Skill.objects.bulk_create(
        Skill(code=f"S{n}", name=f"Skill {n}", is_critical=n % 6 == 0) for n in range(SKILLS)
    )
    people = Person.objects.bulk_create(
        Person(name=f"Person {n:04}", role=rng.choice(roles), is_external=n % 8 == 0) for n in range(PEOPLE)
    )
    UnitShare.objects.bulk_create(UnitShare(person=one, unit=rng.choice(units)) for one in people)
    PersonSkill.objects.bulk_create(
        PersonSkill(person=one, skill=skill, level=rng.randint(1, 5))
        for one in people
        for skill in rng.sample(skills, 3)
    )
    WorkPattern.objects.bulk_create(
        WorkPattern(
            person=one, starts_on=date(2025, 1, 1), wednesday=0 if n % 2 else 50, percent_run=rng.choice([0, 10, 20])
        )
        for n, one in enumerate(people)
        if n % 4 == 0
    )
    leave = []
    for one in people:
        for _week in range(6):
            first = today + timedelta(days=rng.randrange(MONTHS * 30))
            leave.append(Absence(person=one, first_day=first, last_day=first + timedelta(days=rng.randrange(12))))
    Absence.objects.bulk_create(leave)
    PooledCapacity.objects.bulk_create(
        PooledCapacity(role=role, unit=rng.choice(units), fte=Decimal(rng.randint(1, 9)), first_month=today.replace(day=1),
                       last_month=add_months(today, 11))
        for role in roles
    )  # fmt: skip
    _requests(rng, today, people, roles, units, skills)


def _requests(rng: random.Random, today: date, people: Any, roles: Any, units: Any, skills: Any) -> None:
    projects = list(Project.objects.order_by("pk").values_list("pk", flat=True)[:1000])
    rows, months = [], []
    for number in range(REQUESTS):
        named, granted = number % 4 > 0, number % 5 > 0
        rows.append(
            Allocation(
                project_id=rng.choice(projects),
                role=rng.choice(roles),
                person=rng.choice(people) if named else None,
                unit=rng.choice(units),
                skill=rng.choice(skills) if number % 3 == 0 else None,
                measure=rng.choice(["days", "percent"]),
                firmness="tentative" if number % 6 == 0 else "hard",
                status="confirmed" if granted else "requested",
                asked_on=today,
                answered_on=today if granted else None,
            )
        )
    for row in Allocation.objects.bulk_create(rows, batch_size=2000):
        begin, amount = rng.randrange(MONTHS - 3), Decimal(rng.choice([2, 4, 5, 10]))
        granted = amount if row.status == "confirmed" else None
        for step in range(rng.randint(3, min(12, MONTHS - begin))):
            month = add_months(today, begin + step)
            months.append(
                AllocationMonth(allocation=row, project_id=row.project_id, month=month, asked=amount, granted=granted)
            )
    AllocationMonth.objects.bulk_create(months, batch_size=5000)


def measure() -> dict[str, Any]:
    """{"everything_s", "change_ms", "pages": {name: {"cpu_ms", …}}, and how much there was}."""
    today = timezone.localdate()
    generate(today)
    Stale.objects.all().delete()
    Work.objects.filter(kind__in=queue.KINDS).delete()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    start = time.perf_counter()
    refresh.at_once(on=today, at=timezone.now())
    answer: dict[str, Any] = {"everything_s": round(time.perf_counter() - start, 2)}
    start = time.perf_counter()
    refresh.at_once(on=today, at=timezone.now())
    answer["again_s"] = round(time.perf_counter() - start, 2)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    answer["change_ms"] = round(statistics.median([_change(number) for number in range(CHANGES)]), 1)
    answer["people"], answer["requests"] = Person.objects.count(), Allocation.objects.count()
    answer["months"] = AllocationMonth.objects.count()
    answer["pages"] = {name: _page(address) for name, address in ADDRESSES.items()}
    answer["fits"] = {name: _who_fits(today, count) for name, count in (("eight roles", 8), ("all in one role", 1))}
    return answer


def _who_fits(today: date, count: int) -> dict[str, float]:
    """The ranked answer to a request of a year, with its reasons and marks, by how many roles the people share."""
    reader = User.objects.get(username=accounts.ADMIN)
    roles = list(Role.objects.order_by("pk")[:count])
    costs = []
    with transaction.atomic():
        people = list(Person.objects.order_by("pk").values_list("pk", flat=True))
        for number, role in enumerate(roles):
            Person.objects.filter(pk__in=people[number::count]).update(role=role)
        row = Allocation.objects.create(project=Project.objects.order_by("pk")[0], role=roles[0], asked_on=today,
                                        skill=Skill.objects.order_by("pk")[0], level=3)  # fmt: skip
        AllocationMonth.objects.bulk_create(
            AllocationMonth(allocation=row, project_id=row.project_id, month=add_months(today, ahead), asked=8)
            for ahead in range(1, 13)
        )
        for measure in ("days", "percent"):
            row.measure = measure

            def ask(asked: Allocation = row) -> None:
                if not candidates_of(asked, reader=reader, on=today, named="")["results"]:
                    raise LookupError(asked)

            told = [
                meter.measure(ask, ours=lambda: [os.getpid()], postgres=portal.own_backend) for _round in range(PAGES)
            ]
            costs.append(told[2:])
        transaction.set_rollback(True)
    worst = max(costs, key=lambda told: statistics.median(one.cpu_ms for one in told))
    return {
        name: round(statistics.median(getattr(one, name) for one in worst), 1)
        for name in ("cpu_ms", "ours_ms", "postgres_ms")
    }


def _change(number: int) -> float:
    """From the write of one month of an allocation to the stored answer, in ms by the clock."""
    rows = AllocationMonth.objects.filter(allocation__person__isnull=False, granted__gt=0).order_by("pk")
    one = rows[number * 97]
    Work.objects.filter(kind__in=queue.KINDS).update(next_try=timezone.now())
    start = time.perf_counter()
    with transaction.atomic():
        AllocationMonth.objects.filter(pk=one.pk).update(granted=one.granted + 3)
    refresh.drain()
    return (time.perf_counter() - start) * 1000


def _page(address: str) -> dict[str, float]:
    client = Client()
    client.force_login(User.objects.get(username=accounts.ADMIN), portal.BACKEND)

    def ask() -> None:
        answer = client.get(address)
        if b"heat" not in answer.content:
            raise LookupError(answer.status_code)

    costs = [meter.measure(ask, ours=lambda: [os.getpid()], postgres=portal.own_backend) for _round in range(PAGES)][2:]
    return {
        "cpu_ms": round(statistics.median(one.cpu_ms for one in costs), 1),
        "ours_ms": round(statistics.median(one.ours_ms for one in costs), 1),
        "postgres_ms": round(statistics.median(one.postgres_ms for one in costs), 1),
    }
