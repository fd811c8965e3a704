"""Answers about a scope put together from those of its containers, each kept as long as nothing below it changed.

One changed project makes the answers of its own container and of those above again, from a few rows each: the cost of opening
a page after a change grows with the change, not with the portfolio.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from django.db.models import QuerySet

from pmo_portal.core import kept
from projects.hierarchy.models import Node
from projects.hierarchy.visibility import Access
from reporting.health.models import Rollup
from reporting.health.scope import Scope

T = TypeVar("T")
DAY = 24 * 3600  # an answer names the day it speaks of: nobody asks for it longer


def put_together(
    scope: Scope, name: str, own: Callable[[QuerySet[Any]], Mapping[int, T]], merged: Callable[[Sequence[T]], T]
) -> T:
    """The answer for everything in a scope.

    `own` gives {container: answer} for photographs, `merged` adds answers up. Where stored sums cover the scope they tell
    when anything changed below a container, and only what changed is asked for; elsewhere all is. Who may not see money has
    answers of their own: nothing in them is ordered by it.
    """
    name = name if scope.sees_money else f"{name}-no-money"
    return scope.kept(name, lambda: _whole(scope, name, own, merged))


def _whole(scope: Scope, name: str, own: Any, merged: Any) -> Any:
    if scope.own is None:
        return merged(list(own(scope.rows()).values()))
    tops = [scope.node] if scope.node else scope.roots
    keys = _keys(scope, name, tops)
    found, missing = _look(scope, keys, tops)
    if missing:
        mine = own(_rows(scope, missing))
        for one in reversed(missing):  # from the leaves up
            inside = [found[keys[below.pk]] for below in scope.children.get(one.pk, ())]
            found[keys[one.pk]] = merged([*([mine[one.pk]] if one.pk in mine else []), *inside])
        kept.keep({keys[one.pk]: found[keys[one.pk]] for one in missing}, seconds=DAY)
    return merged([found[keys[one.pk]] for one in tops])


def _look(scope: Scope, keys: Mapping[int, str], tops: Sequence[Node]) -> tuple[dict[str, Any], list[Node]]:
    """(kept answers, containers without one), level by level: nothing is looked for below a container whose answer is kept."""
    found: dict[str, Any] = {}
    missing, level = list[Node](), list(tops)
    while level:
        found |= kept.read([keys[one.pk] for one in level])
        fresh = [one for one in level if keys[one.pk] not in found]
        missing += fresh
        level = [inside for one in fresh for inside in scope.children.get(one.pk, ())]
    return found, missing


def _rows(scope: Scope, nodes: Sequence[Node]) -> QuerySet[Any]:
    rows = scope.rows()
    return rows if 2 * len(nodes) > len(scope.family) else rows.filter(node__in=nodes)


def _keys(scope: Scope, name: str, tops: Sequence[Node]) -> dict[int, str]:
    """Where the answer of each container is kept: the key says whose rights, which day, and when anything changed there."""
    stamps = scope.once("stamps", lambda: _stamps(scope, tops))
    return {pk: f"{name}:{pk}:{audience}:{scope.day}:{changed}" for pk, (audience, changed) in stamps.items()}


def _stamps(scope: Scope, tops: Sequence[Node]) -> dict[int, tuple[str | None, str]]:
    """{container: (whose sums it is covered by, the moment anything last changed in it; "" where nothing ever was)}.

    Who is PMO of one portfolio and looks at another sees each as others in the same role there do.
    """
    access, audiences = Access.of(scope.user), dict[int, str | None]()
    for top in tops:
        audience = access.audience_of(top)  # of all that lies below, too
        audiences |= {one.pk: audience for one in scope.family if one.path.startswith(top.path)}
    rows = Rollup.objects.filter(node__in=list(audiences), audience__in=set(audiences.values()))
    changed = {(pk, whose): at.isoformat() for pk, whose, at in rows.values_list("node_id", "audience", "changed_at")}
    return {pk: (audience, changed.get((pk, str(audience)), "")) for pk, audience in audiences.items()}
