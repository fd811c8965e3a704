"""What a token leaves of its owner's access: the same roles, on the projects and containers it was limited to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import Q

from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import NOTHING, Access, Grant


@dataclass(frozen=True, slots=True)
class LimitedAccess(Access):
    """`inside`: paths of containers with all below them; `only`: (id, path) of projects. Nothing else is there for the token.

    A limit never adds: a project it names stays hidden when it is hidden from the owner. The administration of the portal
    concerns no project, so it is out of reach. (`Access.x(self)`, not `super()`: a dataclass with slots is made twice.)
    """

    inside: tuple[str, ...] = ()
    only: tuple[tuple[int, str], ...] = ()

    @classmethod
    def to(cls, access: Access, *, nodes: Iterable[int], projects: Iterable[int]) -> LimitedAccess:
        """The access within containers and projects given by id; an id that is no more leaves nothing."""
        paths = Node.objects.filter(pk__in=list(nodes)).order_by("path").values_list("path", flat=True)
        only = Project.objects.filter(pk__in=list(projects)).order_by("pk").values_list("pk", "path")
        return cls(access.user_id, access.grants, False, access.withheld, inside=tuple(paths), only=tuple(only))

    def reaches(self, path: str) -> bool:
        """Whether this container is below one of those the token is limited to."""
        return any(path.startswith(one) for one in self.inside)

    def grants_at(self, pk: int, path: str, confidential: bool) -> list[Grant]:
        within = self.reaches(path) or pk in dict(self.only)
        return Access.grants_at(self, pk, path, confidential) if within else []

    def roles_on_node(self, node: Node | None) -> set[str]:
        return Access.roles_on_node(self, node) if node and self.reaches(node.path) else set()

    def sees_everywhere(self, group: str) -> bool:
        """Never: what belongs to no place is outside of every limit."""
        return False

    def audience_of(self, node: Node) -> str | None:
        return Access.audience_of(self, node) if self.reaches(node.path) else None

    @property
    def named_projects(self) -> list[int]:
        named = {g.project_id: g.home for g in self.grants if g.project_id is not None}
        return [pk for pk, home in named.items() if self.reaches(home) or pk in dict(self.only)]

    def projects(self, prefix: str = "", group: str = "", roles: frozenset[str] | None = None) -> Q:
        join = f"{prefix}__" if prefix else ""
        within = [Q(**{f"{join}path__startswith": path}) for path in self.inside]
        within.append(Q(**{f"{prefix or 'pk'}__in": [pk for pk, _path in self.only]}))
        return Access.projects(self, prefix, group, roles) & reduce(or_, within)

    def nodes(self, homes: Iterable[int]) -> Q:
        """The covered containers within the limits, and the way down to them and to the projects the token is limited to."""
        granted = [g.path for g in self.grants if g.path is not None]
        shown = {path for path in self.inside if any(path.startswith(one) for one in granted)}
        shown |= {path for path in granted if self.reaches(path)}
        covered = [path for _pk, path in self.only if any(path.startswith(one) for one in granted)]
        way = {int(part) for path in (*shown, *covered) for part in path.split("/") if part.isdigit()}
        return reduce(or_, [Q(path__startswith=path) for path in sorted(shown)], NOTHING) | Q(pk__in=way.union(homes))
