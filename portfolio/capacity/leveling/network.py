"""One network of activities under constant capacities, checked, as arrays."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from portfolio.capacity.leveling.compiled import Ints


class BadNetwork(Exception):
    """What cannot be scheduled whatever the order: `code` says why, `activity` and `resource` (from 0) where."""

    def __init__(self, code: str, activity: int = -1, resource: int = -1) -> None:
        super().__init__(code, activity, resource)
        self.code, self.activity, self.resource = code, activity, resource


@dataclass(frozen=True, slots=True)
class Links:
    """Neighbours of activity i: `of[first[i]:first[i + 1]]`."""

    first: Ints
    of: Ints

    def __getitem__(self, activity: int) -> Ints:
        return self.of[self.first[activity] : self.first[activity + 1]]


@dataclass(frozen=True, slots=True)
class Network:
    """n activities, R resources: an activity holds its demands while it lasts, and starts when all before it are over."""

    durations: Ints  # (n,) in periods; 0 for a milestone
    demands: Ints  # (n, R) in units
    capacities: Ints  # (R,) the same in every period
    before: Links
    after: Links
    order: Ints  # (n,) each activity after those before it

    @property
    def size(self) -> int:
        return len(self.durations)


def links(size: int, pairs: Iterable[tuple[int, int]]) -> Links:
    """From (activity, neighbour) pairs, in the order given."""
    rows: list[list[int]] = [[] for _ in range(size)]
    for activity, neighbour in pairs:
        rows[activity].append(neighbour)
    first = np.zeros(size + 1, np.int64)
    first[1:] = np.cumsum([len(row) for row in rows])
    return Links(first, np.array([one for row in rows for one in row], np.int64))


def topological(before: Links, after: Links) -> Ints:
    """Every activity after those before it, in waves; BadNetwork names an activity of a circle."""
    size = len(before.first) - 1
    waiting = np.diff(before.first).tolist()
    order = [activity for activity in range(size) if not waiting[activity]]
    for activity in order:
        for follower in after[activity].tolist():
            waiting[follower] -= 1
            if not waiting[follower]:
                order.append(follower)
    if len(order) < size:
        raise BadNetwork("circle", _in_circle(before, waiting))
    return np.array(order, np.int64)


def _in_circle(before: Links, waiting: list[int]) -> int:
    """An activity of a circle: going back from one that never got free, the first met twice."""
    seen: set[int] = set()
    activity = next(one for one, count in enumerate(waiting) if count)
    while activity not in seen:
        seen.add(activity)
        activity = next(one for one in before[activity].tolist() if waiting[one])
    return activity


def network(
    durations: Sequence[int],
    demands: Sequence[Sequence[int]],
    capacities: Sequence[int],
    pairs: Iterable[tuple[int, int]],
) -> Network:
    """Checked: no negative number, no activity that never fits, no circle. `pairs` are (earlier, later)."""
    size, kinds = len(durations), len(capacities)
    needed = np.array(demands, np.int64).reshape(size, kinds)
    lasting, room = np.array(durations, np.int64), np.array(capacities, np.int64)
    for activity in range(size):
        if lasting[activity] < 0 or (needed[activity] < 0).any():
            raise BadNetwork("negative", activity)
        if lasting[activity] and (needed[activity] > room).any():
            raise BadNetwork("never_fits", activity, int(np.argmax(needed[activity] > room)))
    needed[lasting == 0] = 0
    once = sorted(set(pairs))
    before, after = links(size, ((later, earlier) for earlier, later in once)), links(size, once)
    return Network(lasting, needed, room, before, after, topological(before, after))
