"""The containers around one: above it, below it, in reading order. Plain lists in memory; nothing is asked of the database."""

from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property

from pmo_portal.core.ordering import natural_key
from projects.hierarchy.models import Node

ORIGINS: tuple[str, ...] = (Node.Origin.OWN, Node.Origin.SCENARIO, Node.Origin.REAL)


class Family:
    """`node` (None: everything) among `family`: its ancestors, itself and what lies below, as far as a user may see them."""

    node: Node | None
    family: Sequence[Node]

    @cached_property
    def lineage(self) -> list[Node]:
        """From the root down to the container itself."""
        if self.node is None:
            return []
        return sorted(
            (one for one in self.family if self.node.path.startswith(one.path)), key=lambda one: len(one.path)
        )

    @cached_property
    def below(self) -> list[Node]:
        """The containers strictly below, parents before children, by name."""
        inside = [
            one
            for one in self.family
            if self.node is None or (one.path.startswith(self.node.path) and one != self.node)
        ]
        return sorted(inside, key=lambda one: (len(one.ancestor_ids), one.label))

    @cached_property
    def nodes(self) -> dict[int, Node]:
        return {one.pk: one for one in self.family}

    def heading(self, pk: int) -> str:
        """A container as the heading of a group: the path below the scope's own container; '' for one the user may not see."""
        node = self.nodes.get(pk)
        if node is None:
            return ""
        own = set(self.node.ancestor_ids) if self.node else set()
        parts = [self.nodes.get(one) for one in node.ancestor_ids if one not in own]
        return " › ".join(one.label for one in parts if one) or node.label

    @cached_property
    def reading_order(self) -> list[int]:
        """The container and those below, in the order of their headings."""
        inside = [self.node, *self.below] if self.node else self.below
        return sorted((one.pk for one in inside), key=lambda pk: natural_key(self.heading(pk)))

    @cached_property
    def children(self) -> dict[int, list[Node]]:
        """The containers right below each."""
        found = defaultdict[int, list[Node]](list)
        for one in self.family:
            if one.parent_id:
                found[one.parent_id].append(one)
        return found

    @cached_property
    def portfolios_below(self) -> dict[int, list[Node]]:
        """The portfolios nearest below each portfolio."""
        kinds, found = {one.pk: one.kind for one in self.family}, defaultdict[int, list[Node]](list)
        for one in self.family:
            above = [pk for pk in one.ancestor_ids if pk != one.pk and kinds.get(pk) == Node.Kind.PORTFOLIO]
            if above and one.kind == Node.Kind.PORTFOLIO:
                found[above[-1]].append(one)
        return found


def top_portfolios(family: Sequence[Node]) -> list[Node]:
    """The portfolios without a visible parent: our own first, then scenarios, then published ones, each by name."""
    ids = {one.pk for one in family}
    tops = [one for one in family if one.parent_id not in ids and one.kind == Node.Kind.PORTFOLIO]
    return sorted(tops, key=lambda one: (ORIGINS.index(one.origin), one.label.lower()))
