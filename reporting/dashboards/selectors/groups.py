"""Which groups a page of a list reaches, and their subtotals, from stored sums: neither reads the rows of the whole list."""

from collections.abc import Sequence

from projects.hierarchy.models import Node
from reporting.health.models import Rollup, RollupFields
from reporting.health.scope import FIRST_GROUPS, MOST_INSIDE, Scope
from reporting.health.sums import without_money

FIELDS = [field.name for field in RollupFields._meta.get_fields()]
WIDER = 4


def groups_of_page(
    scope: Scope, key: str, ordered: Sequence[int], *, start: int, size: int, begun: bool
) -> dict[int, Rollup | None] | None:
    """The sums of the groups, from position `start` of `ordered`, that surely hold the next `size` rows and one more.

    `key` is "node_id" or "portfolio_id". When the first group was `begun` on an earlier page it counts for nothing. Twice the
    rows are asked for, so that a project leaving meanwhile cuts nothing short. None when no stored sums say it.
    """
    found: dict[int, Rollup | None] = {}
    position, look, held = start, FIRST_GROUPS, 0
    while position < len(ordered):
        own = own_sums(scope, key, ordered[position : position + look])
        if own is None:
            return None
        for place, (pk, sums) in enumerate(own.items(), position):
            found[pk] = sums
            held += sums.projects if sums and (place > start or not begun) else 0
            if held > 2 * size:
                return found
        position, look = position + look, look * WIDER
    return found


def own_sums(scope: Scope, key: str, groups: Sequence[int]) -> dict[int, Rollup | None] | None:
    """The sums of the projects right in each of these containers: its own less those of the containers it holds.

    A group that holds very many others is given as None: to be counted if rows of it show, which is rare.
    None when rights, currencies or a past day make stored sums say something else: they must then be counted.
    """
    inside = {pk: _inside(scope, key, pk) for pk in groups}
    wide = [pk for pk, parts in inside.items() if len(parts) > MOST_INSIDE]
    for pk in wide:
        del inside[pk]
    nodes = [scope.nodes[pk] for pk in inside] + [one for parts in inside.values() for one in parts]
    if scope.currency and any(one.currency != scope.currency for one in nodes):
        return None
    stored = scope.stored(nodes)
    if inside and not stored:
        return None
    own = {pk: _less(stored[pk], [stored[one.pk] for one in parts], scope.currency) for pk, parts in inside.items()}
    return {pk: own.get(pk) for pk in groups}


def _inside(scope: Scope, key: str, pk: int) -> list[Node]:
    """The containers right below, whose projects belong to another group."""
    if key == "node_id":
        return scope.children.get(pk, [])
    return scope.portfolios_below.get(pk, [])


def _less(whole: Rollup, parts: Sequence[Rollup], currency: str) -> Rollup:
    left = {name: getattr(whole, name) - sum(getattr(part, name) for part in parts) for name in FIELDS}
    return Rollup(node_id=whole.node_id, **(left if currency else without_money(left)))
