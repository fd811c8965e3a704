"""Where people are found, and who reads the history of what is known of them."""

from collections.abc import Callable
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pmo_portal.core.navigation import Entry, others
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

others.add("people", Entry(_("People"), "projects:person-list", "users", permission=VIEW_PEOPLE))


def people(_record: Any) -> str:
    return reverse("projects:person-list")


def readable(model: Any) -> Callable[[Any], QuerySet[Any]]:
    """The rows whose history a reader may read: those of the lists, for whoever may open these."""
    return lambda reader: model.objects.all() if reader.has_perm(VIEW_PEOPLE) else model.objects.none()


def rates_of(reader: Any) -> QuerySet[Rate]:
    return Rate.objects.all() if Access.of(reader).sees_everywhere("rates") else Rate.objects.none()


KINDS: dict[str, type[Model]] = {
    "person": Person,
    "person-skill": PersonSkill,
    "unit-share": UnitShare,
    "unit": Unit,
    "profile": Role,
    "skill": Skill,
    "working-calendar": WorkingCalendar,
    "calendar-exception": CalendarException,
    "work-pattern": WorkPattern,
    "absence": Absence,
    "generic-capacity": PooledCapacity,
}
for key, model in KINDS.items():
    records.add(key, model, rows=readable(model), home=people)
records.add("rate", Rate, rows=rates_of, home=people)
