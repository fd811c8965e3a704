"""The one domain signal. Senders pass `ids`, the projects whose facts changed, inside the writer's transaction."""

from collections.abc import Iterable

from django.dispatch import Signal

projects_changed = Signal()


def announce(ids: Iterable[int]) -> None:
    """Tell the floors above that the facts of these projects changed (no message for an empty set)."""
    unique = sorted(set(ids))
    if unique:
        projects_changed.send(sender=None, ids=unique)
