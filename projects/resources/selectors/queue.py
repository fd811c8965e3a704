"""The requests that wait for an answer, those granted to somebody who is not there, and what a manager is shown of them."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import F, FloatField, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Cast, TruncMonth

from pmo_portal.core.models import User
from projects.access.policy import POLICY
from projects.hierarchy.visibility import Access
from projects.resources.models import Allocation, AllocationMonth, Unit
from projects.resources.selectors import reach
from projects.resources.selectors.fit import units_below
from projects.resources.selectors.going_on import going_on


def answerable(user: User) -> QuerySet[Any]:
    """The requests this user may answer: of projects on which one of their roles may, about the people it is for."""
    return Allocation.objects.filter(reach.answerable(user))


def askable(user: User, right: str) -> QuerySet[Any]:
    """The requests of projects on which this user has the right."""
    return Allocation.objects.filter(Access.of(user).projects("project", roles=POLICY[right]))


def waits() -> Q:
    return Q(status__in=Allocation.WAITING) & going_on()


def waiting(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows.filter(waits())


def astray(rows: QuerySet[Any], *, since: date | None = None) -> QuerySet[Any]:
    """Granted to somebody who has left by then, or has not arrived: nobody does that work. `since`: in these months alone."""
    gone = Q(month__gt=F("allocation__person__leaves_on"))
    early = Q(month__lt=TruncMonth("allocation__person__arrives_on"))
    months = AllocationMonth.objects.filter(gone | early, granted__gt=0)
    if since is not None:
        months = months.filter(month__gte=since.replace(day=1))
    return rows.filter(going_on(), status__in=Allocation.GRANTED, pk__in=months.values("allocation"))


def with_sums(rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with `first`, `last` and `total` of what they ask."""
    asked = AllocationMonth.objects.filter(allocation=OuterRef("pk"), asked__gt=0).order_by().values("allocation")
    return rows.annotate(
        first=Subquery(asked.annotate(x=Min("month")).values("x")),
        last=Subquery(asked.annotate(x=Max("month")).values("x")),
        total=Subquery(asked.annotate(x=Cast(Sum("asked"), FloatField())).values("x")),
    )


def of_units(rows: QuerySet[Any], units: Iterable[int]) -> QuerySet[Any]:
    """Those asked of one of these units or of one below them, or given to one of their people."""
    below: set[int] = set()
    for pk in units:
        below |= set(units_below(pk))
    return rows.filter(Q(unit__in=below) | Q(person__units__unit__in=below)).distinct()


def units_managed_by(user: User) -> list[Unit]:
    """The units whose requests come to this user."""
    return list(Unit.objects.filter(manager__user=user.pk).order_by("name"))


def answers_since(rows: QuerySet[Any], day: date) -> QuerySet[Any]:
    """Answered on or after this day, or handed over by who leaves, the latest first."""
    told = rows.filter(answered_on__gte=day)
    return told.select_related("project", "role", "person", "unit", "answered_by").order_by("-updated_at", "-pk")
