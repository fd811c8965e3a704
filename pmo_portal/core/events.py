"""What changed, for the floors above.

`people_changed` says that people, their time or what they can do changed, and nothing more: the database itself notes whose
(portfolio/migrations/0002_stale). It only wakes who computes.

`projects_changed`: senders pass `ids`, the projects whose facts changed, inside the writer's transaction.

`on` is the day the facts describe when that is a past day: a state of the past is kept as of its own date. `at_once`: who may
see these projects changed, so that no sum may wait for a worker. `removed` is true when these projects are about to be deleted:
what was stored about them can still be read. `erased` goes further: they should never have been there, and leave the past as
well (the undo of an import).
"""

from collections.abc import Iterable
from datetime import date

from django.dispatch import Signal

projects_changed = Signal()
people_changed = Signal()


def announce(ids: Iterable[int], *, on: date | None = None, at_once: bool = False) -> None:
    """Tell the floors above that the facts of these projects changed (no message for an empty set)."""
    unique = sorted(set(ids))
    if unique:
        projects_changed.send(sender=None, ids=unique, on=on, at_once=at_once, removed=False, erased=False)


def announce_removal(ids: Iterable[int], *, erased: bool = False) -> None:
    """Tell the floors above to forget what they stored of these projects, while the rows are still as they were.

    What was reported on a past day stays, unless `erased`: it then keeps its project from being deleted.
    """
    unique = sorted(set(ids))
    if unique:
        projects_changed.send(sender=None, ids=unique, on=None, removed=True, erased=erased)


def announce_people() -> None:
    """Tell the floors above, inside the writer's transaction, that people or their time changed."""
    people_changed.send(sender=None)
