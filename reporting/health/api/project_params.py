"""How lists of projects and of health are narrowed, now or on a past day."""

from typing import Any

from django.db.models import Q, QuerySet

from pmo_portal.core.api.params import FLAG, MOMENT, Param
from projects.hierarchy import priorities
from projects.hierarchy.api import EXTERNAL_REF, inside, words_in
from projects.hierarchy.declared import Level, Rag
from projects.hierarchy.models import Project
from reporting.health.api.days import AS_OF_PARAM

NONE = "none"
PRIORITIES = tuple(str(number) for number in range(priorities.LOWEST, priorities.HIGHEST + 1))
RAGS = tuple(str(rag) for rag in Rag)


def below(kind: str) -> Param:
    """Where the project is (was, on a past day), in the tree as it is now."""
    return inside(kind, lambda queryset: "path" if queryset.model is Project else "node__path")


def of_level(queryset: QuerySet[Any], value: list[str], user: Any) -> QuerySet[Any]:
    return queryset.filter(declared__in=["" if level == NONE else level for level in value])


def of_priority(queryset: QuerySet[Any], value: list[str], user: Any) -> QuerySet[Any]:
    unset = Q(priority__isnull=True) if NONE in value else Q(pk__in=[])
    return queryset.filter(Q(priority__in=[int(one) for one in value if one != NONE]) | unset)


def of_colour(queryset: QuerySet[Any], value: list[str], user: Any) -> QuerySet[Any]:
    """A project whose health was not computed yet is grey."""
    if queryset.model is not Project:
        return queryset.filter(computed__in=value)
    unknown = Q(health__isnull=True) if Rag.GREY in value else Q(pk__in=[])
    return queryset.filter(Q(health__computed__in=value) | unknown)


def whole(queryset: QuerySet[Any], value: bool, user: Any) -> QuerySet[Any]:
    return queryset.filter(parent__isnull=value) if queryset.model is Project else queryset.filter(counted=value)


def touched(queryset: QuerySet[Any], value: Any, user: Any) -> QuerySet[Any]:
    return queryset.filter(Q(updated_at__gte=value) | Q(health__computed_at__gte=value))


PARAMS = {
    "portfolio": below("portfolio"),
    "programme": below("programme"),
    "as_of": AS_OF_PARAM,
    "state": Param("State.", member="state", choices=Project.State.values),
    "declared": Param(
        "Declared level; `none` when nothing was reported.", where=of_level, choices=(*Level.values, NONE)
    ),
    "priority": Param(
        "Priority, 1 very low … 5 very high; `none` where it is not set.",
        where=of_priority,
        choices=(*PRIORITIES, NONE),
    ),
    "computed": Param("Computed colour.", where=of_colour, choices=RAGS),
    "counted": Param(
        "Projects that portfolio figures count (true), or parts of another project (false).", FLAG, where=whole
    ),
    "code": Param("Exactly this code.", member="code"),
    "external_ref": EXTERNAL_REF,
    "manager": Param("Exactly this name of a project manager.", member="manager"),
    "q": words_in("name", "name_en", "code", "external_ref"),
    "updated_since": Param(
        "Facts or health changed at or after this instant.", MOMENT, where=touched, current_only=True
    ),
}
