"""Limits as pages show them: the organisation's, and what a container overrides."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from projects.access.policy import EDIT_THRESHOLDS, allowed_everywhere
from projects.hierarchy.models import Node
from reporting.health.models import Threshold

Limits = dict[str, tuple[Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class LimitSet:
    """What one scope says itself (`own`) and what it receives from above; `seen` changes when anybody saves it."""

    own: Limits
    inherited: Limits
    seen: str


@dataclass(frozen=True, slots=True)
class LimitRow:
    """A container in the list: every limit that applies, and which are its own."""

    node: Node | None
    cells: Sequence[tuple[Decimal, Decimal, bool]]
    may_edit: bool


def limits_of(node: Node | None) -> LimitSet:
    """The limits of a scope and what it inherits: one query."""
    above = [] if node is None else [one for one in node.ancestor_ids if one != node.pk]
    chain = [*above, node.pk] if node else []
    rows = list(Threshold.objects.filter(Q(node__isnull=True) | Q(node__in=chain)))
    own = [row for row in rows if row.node_id == (node.pk if node else None)]
    inherited: Limits = {}
    if node is not None:
        for scope in (None, *above):
            inherited |= {row.key: (row.amber, row.red) for row in rows if row.node_id == scope}
    seen = ",".join(f"{row.pk}.{row.version}" for row in sorted(own, key=lambda row: row.pk))
    return LimitSet({row.key: (row.amber, row.red) for row in own}, inherited, seen)


def limit_rows(user: Any) -> tuple[list[LimitRow], list[Node]]:
    """The organisation, the portfolios at the top and every container with limits of its own; then the others the user may tune.

    A container that only inherits says nothing new: it is offered for choice, not listed. Two queries.
    """
    nodes = sorted(Node.objects.visible_to(user), key=lambda one: one.path)
    by_scope: dict[int | None, Limits] = {}
    for row in Threshold.objects.filter(Q(node__isnull=True) | Q(node__in=nodes)):
        by_scope.setdefault(row.node_id, {})[row.key] = (row.amber, row.red)
    rows = [_row(None, by_scope, [None], allowed_everywhere(user, EDIT_THRESHOLDS))]
    others: list[Node] = []
    for node in nodes:
        may = user.has_perm(EDIT_THRESHOLDS, node)
        if node.pk in by_scope or (may and node.parent_id is None):
            rows.append(_row(node, by_scope, [None, *node.ancestor_ids], may))
        elif may:
            others.append(node)
    return rows, others


def _row(
    node: Node | None, by_scope: dict[int | None, Limits], chain: Sequence[int | None], may_edit: bool
) -> LimitRow:
    merged: Limits = {}
    for scope in chain:
        merged |= by_scope.get(scope, {})
    own = by_scope.get(node.pk if node else None, {})
    return LimitRow(
        node, [(*merged[key], key in own and node is not None) for key in Threshold.Key if key in merged], may_edit
    )
