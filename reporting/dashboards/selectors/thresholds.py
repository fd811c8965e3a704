"""Limits as pages show them: the organisation's, and what a container overrides."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q

from projects.access.policy import EDIT_THRESHOLDS, allowed_everywhere
from projects.hierarchy.models import Node, Project
from reporting.health.models import Threshold
from reporting.health.services.thresholds import state_of

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
    size: str
    cells: Sequence[tuple[Decimal, Decimal, bool]]
    may_edit: bool


def limits_of(node: Node | None, size: str = "") -> LimitSet:
    """The limits of a scope, for every size or for one class, and what it inherits: one query."""
    above = [] if node is None else [one for one in node.ancestor_ids if one != node.pk]
    chain: list[int | None] = [None, *above, *([node.pk] if node else [])]
    here = (chain[-1], size)
    rows = list(Threshold.objects.filter(Q(node__isnull=True) | Q(node__in=[one for one in chain if one])))
    own = [row for row in rows if (row.node_id, row.size) == here]
    inherited: Limits = {}
    scopes = [(one, kind) for kind in (("", size) if size else ("",)) for one in chain]
    for scope in scopes[: scopes.index(here)]:
        inherited |= {row.key: (row.amber, row.red) for row in rows if (row.node_id, row.size) == scope}
    return LimitSet({row.key: (row.amber, row.red) for row in own}, inherited, state_of(own))


def limit_rows(user: Any) -> tuple[list[LimitRow], list[Node]]:
    """The organisation, the portfolios at the top and every container with limits of its own; then the others the user may tune.

    A container that only inherits says nothing new: it is offered for choice, not listed. Two queries.
    """
    nodes = sorted(Node.objects.visible_to(user), key=lambda one: one.path)
    by_scope: dict[tuple[int | None, str], Limits] = {}
    for row in Threshold.objects.filter(Q(node__isnull=True) | Q(node__in=nodes)):
        by_scope.setdefault((row.node_id, row.size), {})[row.key] = (row.amber, row.red)
    everywhere = allowed_everywhere(user, EDIT_THRESHOLDS)
    rows = [_row(None, size, by_scope, [None], everywhere) for size in _sizes(None, by_scope)]
    others: list[Node] = []
    held = {node_id for node_id, _size in by_scope}
    for node in nodes:
        may = user.has_perm(EDIT_THRESHOLDS, node)
        if node.pk in held or (may and node.parent_id is None):
            rows += [_row(node, size, by_scope, [None, *node.ancestor_ids], may) for size in _sizes(node.pk, by_scope)]
        elif may:
            others.append(node)
    return rows, others


def _sizes(node_id: int | None, by_scope: Mapping[tuple[int | None, str], Limits]) -> list[str]:
    """Every size together, then the classes with limits of their own."""
    return ["", *(size for size in Project.Size.values if (node_id, size) in by_scope)]


def _row(
    node: Node | None, size: str, by_scope: Mapping[tuple[int | None, str], Limits], chain: Sequence[int | None],
    may_edit: bool,
) -> LimitRow:  # fmt: skip
    merged: Limits = {}
    for kind in ("", size) if size else ("",):
        for scope in chain:
            merged |= by_scope.get((scope, kind), {})
    own = by_scope.get((chain[-1], size), {})
    marked = node is not None or bool(size)
    cells = [(*merged[key], key in own and marked) for key in Threshold.Key if key in merged]
    return LimitRow(node, size, cells, may_edit)
