"""The people a reader may know: named somewhere they see, in any role; and what those roles are."""

from collections.abc import Iterable
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet, Value

from projects.hierarchy.models import Node, Project
from projects.hierarchy.services.projects import PEOPLE
from projects.planning.models import Milestone
from projects.raid.models import Risk
from projects.resources.models import Person

OWNED = (Milestone, Risk)


def known_to(user: Any) -> QuerySet[Person]:
    """Everybody named on a project, a milestone, a risk or a container that this user sees: one condition, in SQL."""
    projects = Project.objects.visible_to(user).filter(roles_of(OuterRef("pk")))
    owned = [model.objects.visible_to(user).filter(owner=OuterRef("pk")) for model in OWNED]
    nodes = Node.objects.visible_to(user).filter(manager=OuterRef("pk"))
    return Person.objects.filter(reduce(or_, (Q(Exists(rows)) for rows in (projects, *owned, nodes))))


def roles_of(person: Any, prefix: str = "") -> Q:
    """The projects on which a person (or several: a list of ids) has one of the five roles."""
    many = "__in" if isinstance(person, list) else ""
    return reduce(or_, (Q(**{f"{prefix}{role}{many}": person}) for role in PEOPLE))


def concerns(ids: list[int]) -> Q:
    """The photographs of projects on which one of these people has a role or owns something, or whose container they manage."""
    owned = [Exists(model.objects.filter(project=OuterRef("project_id"), owner__in=ids)) for model in OWNED]
    return reduce(or_, (Q(one) for one in owned), roles_of(ids, "project__") | Q(project__node__manager__in=ids))


def roles_in_words(user: Any, ids: Iterable[int]) -> dict[int, list[str]]:
    """{person: their roles on what the user sees, in the reader's words}: one query for all of them."""
    wanted, seen = list(ids), Project.objects.visible_to(user)
    parts = [seen.filter(**{f"{role}__in": wanted}).values_list(role, Value(role)) for role in PEOPLE]
    parts += [
        model.objects.visible_to(user).filter(owner__in=wanted).values_list("owner", Value("owner")) for model in OWNED
    ]
    parts += [Node.objects.visible_to(user).filter(manager__in=wanted).values_list("manager", Value("manager"))]
    found: dict[int, list[str]] = {}
    pairs = set(parts[0].order_by().union(*(part.order_by() for part in parts[1:])))
    for role in (*PEOPLE, "manager", "owner"):
        model = Project if role in PEOPLE else Node if role == "manager" else Risk
        for pk in wanted:
            if (pk, role) in pairs:
                found.setdefault(pk, []).append(str(model._meta.get_field(role).verbose_name))  # type: ignore[union-attr]
    return found
