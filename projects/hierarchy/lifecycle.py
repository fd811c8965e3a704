"""The life of a project: which state may follow which (domain.md §8.3). Plain data and pure functions."""

from collections.abc import Mapping
from typing import Final

# From each state, those that may follow. A refused request for planning closes an initiating project; a project is put on
# hold or stopped from any active state; closed and stopped are final, and keep their facts.
NEXT: Final[Mapping[str, frozenset[str]]] = {
    "initiating": frozenset({"planning", "closing", "suspended", "stopped"}),
    "planning": frozenset({"executing", "suspended", "stopped"}),
    "executing": frozenset({"closing", "suspended", "stopped"}),
    "closing": frozenset({"closed", "suspended", "stopped"}),
    "suspended": frozenset({"initiating", "planning", "executing", "closing", "stopped"}),
    "closed": frozenset(),
    "stopped": frozenset(),
}


def may_follow(before: str, after: str) -> bool:
    """Whether a project in state `before` may go to `after`; staying where it is always may."""
    return before == after or after in NEXT[before]


def choices_from(state: str) -> frozenset[str]:
    """The states a form offers to a project in `state`, its own included."""
    return NEXT[state] | {state}
