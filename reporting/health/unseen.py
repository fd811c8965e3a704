"""Money hidden from who may not see it: photographs and sums lose their figures before anything is made of them.

What is shown is made from what is left, so that a place that forgot to ask shows "unknown", never an amount. Colours stay: that
of the cost is part of the health everybody sees; its reason no longer tells the figures.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet

from projects.hierarchy.models import Project
from projects.hierarchy.visibility import MONEY_GROUPS, Access
from reporting.health.models import HealthFields, RollupFields
from reporting.health.sums import MONEY

MONEY_FIELDS = (
    "budget", "eac", "committed", "actual", "year_budget", "year_forecast", "cost_variance", "cost_variance_percent",
)  # fmt: skip
FIGURED = frozenset({"variance", "nothing_budgeted"})  # the reasons of a cost that tell amounts
HIDDEN = "hidden"  # what they become
Photo = TypeVar("Photo", bound=HealthFields)
Sums = TypeVar("Sums", bound=RollupFields)


def without_figures(photo: Photo) -> Photo:
    """The photograph without its money; what was not read stays unread. Never to be saved."""
    unread = photo.get_deferred_fields()
    for name in MONEY_FIELDS:
        setattr(photo, name, None)
    if "reasons" not in unread:
        photo.reasons = told(photo.reasons)
    return photo


def told(reasons: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The reasons of a colour without the figures of the cost."""
    return [
        {**one, "code": HIDDEN, "params": {}} if one["dimension"] == "cost" and one["code"] in FIGURED else one
        for one in reasons
    ]


def with_money(user: Any) -> QuerySet[Any]:
    """The keys of the projects on which this reader sees money, where they are today."""
    access = Access.of(user)
    return Project.objects.filter(*(access.projects(group=group) for group in MONEY_GROUPS)).values("pk")


def hidden_unless(known: bool, photo: Photo) -> Photo:
    return photo if known else without_figures(photo)


def as_seen_by(user: Any, photo: Photo) -> Photo:
    """The photograph as this reader may see it."""
    known = Access.of(user).sees_money_at(photo.project_id, photo.path, photo.confidential)  # type: ignore[attr-defined]
    return hidden_unless(known, photo)


def without_sums(sums: Sums) -> Sums:
    """The sums of a container without its money."""
    for name in MONEY:
        setattr(sums, name, 0)
    return sums
