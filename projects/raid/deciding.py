"""The life of a decision: asked, on an agenda, decided, or no longer needed (domain.md §2.9.4). Plain data, pure functions.

What was decided is final: the question may only be asked anew, as another decision. A body that does not decide yet (postponed,
to be reworked) leaves the question open, and its word is kept with it.
"""

from collections.abc import Mapping
from typing import Final

ASKED, SCHEDULED, TAKEN, REFUSED, LAPSED = "asked", "scheduled", "taken", "refused", "lapsed"

# From each status, those that may follow.
NEXT: Final[Mapping[str, frozenset[str]]] = {
    ASKED: frozenset({ASKED, SCHEDULED, TAKEN, REFUSED, LAPSED}),
    SCHEDULED: frozenset({ASKED, SCHEDULED, TAKEN, REFUSED, LAPSED}),
    TAKEN: frozenset(),
    REFUSED: frozenset(),
    LAPSED: frozenset({ASKED}),
}
OPEN: Final = (ASKED, SCHEDULED)
DECIDED: Final = (TAKEN, REFUSED)

# What a body may say, and where that leaves the question.
BECOMES: Final[Mapping[str, str]] = {
    "go": TAKEN,
    "go_conditional": TAKEN,
    "granted": TAKEN,
    "suspended": TAKEN,
    "stop": TAKEN,
    "refused": REFUSED,
    "rework": ASKED,
    "postponed": ASKED,
}
DECIDING: Final = tuple(outcome for outcome, status in BECOMES.items() if status == TAKEN)
WAITING: Final = tuple(outcome for outcome, status in BECOMES.items() if status == ASKED)
NEEDS_A_REASON: Final = frozenset({"go_conditional", "refused", "suspended", "stop", "rework"})


def may_follow(before: str, after: str) -> bool:
    """Whether a decision in status `before` may come to `after`."""
    return after in NEXT[before]
