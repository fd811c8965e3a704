"""Who reads the history of what is known of them."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse

from projects.access.policy import VIEW_PEOPLE
from projects.hierarchy import records
from projects.hierarchy.visibility import Access
from projects.resources.models import (
    Absence,
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


def of_person(record: Any) -> str:
    return reverse("projects:person-detail", args=[record.pk if isinstance(record, Person) else record.person_id])


def in_list(name: str) -> Callable[[Any], str]:
    return lambda record: reverse(f"projects:{name}-list")


def calendar_page(record: Any) -> str:
    pk = record.calendar_id if isinstance(record, CalendarException) else record.pk
    return reverse("projects:working-calendar-detail", args=[pk])


def readable(model: Any) -> Callable[[Any], QuerySet[Any]]:
    """The rows whose history a reader may read: those of the lists, for whoever may open these."""
    return lambda reader: model.objects.all() if reader.has_perm(VIEW_PEOPLE) else model.objects.none()


def rates_of(reader: Any) -> QuerySet[Rate]:
    return Rate.objects.all() if Access.of(reader).sees_everywhere("rates") else Rate.objects.none()


KINDS: dict[str, tuple[type[Model], Callable[[Any], str]]] = {
    "person": (Person, of_person),
    "person-skill": (PersonSkill, of_person),
    "unit-share": (UnitShare, of_person),
    "work-pattern": (WorkPattern, of_person),
    "absence": (Absence, of_person),
    "unit": (Unit, in_list("unit")),
    "profile": (Role, in_list("profile")),
    "skill": (Skill, in_list("skill")),
    "working-calendar": (WorkingCalendar, calendar_page),
    "calendar-exception": (CalendarException, calendar_page),
    "generic-capacity": (PooledCapacity, in_list("generic-capacity")),
}
for key, (model, home) in KINDS.items():
    records.add(key, model, rows=readable(model), home=home)
records.add("rate", Rate, rows=rates_of, home=in_list("rate"))
