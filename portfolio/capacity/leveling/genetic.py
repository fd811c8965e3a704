"""Genetic search over activity lists: crossover at two points, or one that keeps a parent's busiest periods together.

Hartmann 1998 (lists), Valls, Ballestín & Quintanilla 2008 (the peak crossover and justification of every child).
"""

import numpy as np

from portfolio.capacity.leveling.bounds import tails
from portfolio.capacity.leveling.compiled import Floats, Ints, State, below, chance, fraction, kernel
from portfolio.capacity.leveling.lists import peaks, sample, two_points
from portfolio.capacity.leveling.network import Network
from portfolio.capacity.leveling.packing import packing
from portfolio.capacity.leveling.serial import justified

LISTS = 100
MIXED = 0.5  # share of children made by the peak crossover
SWAPPED = 0.15  # chance of two neighbours of a list to change places
PATIENCE = 3000  # children without any better list until a new population begins
NEVER = 2**31


@kernel
def likelier(placed: Ints, a: int, c: int, starts: Ints) -> int:
    """Which of two parents the child is more like: it gives way, so that the lists stay different for long (crowding)."""
    apart = 0
    for i in range(starts.size):
        apart += abs(placed[a, i] - starts[i]) - abs(placed[c, i] - starts[i])
    return a if apart < 0 else c


@kernel
def known(lengths: Ints, placed: Ints, length: int, starts: Ints) -> bool:
    """Whether the very schedule is there already."""
    for p in range(lengths.size):
        if lengths[p] == length:
            i = 0
            while i < starts.size and placed[p, i] == starts[i]:
                i += 1
            if i == starts.size:
                return True
    return False


@kernel
def evolve(
    lists: Ints, lengths: Ints, placed: Ints, begun: int, children: int, target: int, latest: Ints, first: Ints, of: Ints,
    first_after: Ints, after: Ints, durations: Ints, needs: Ints, weights: Floats, room: Ints, guards: Ints, horizon: int,
    state: State,
) -> int:  # fmt: skip
    """As many new schedules as `children` says: of chance while not all lists are `begun`, then by crossover. Answers the
    shortest length; stops at `target`."""
    size, count = durations.size, lengths.size
    free = np.empty((horizon, guards.size), np.int64)
    load = np.empty(horizon, np.float64)
    starts, back, turned = np.empty(size, np.int64), np.empty(size, np.int64), np.empty(size, np.int64)
    counts = np.empty(horizon + 2, np.int64)
    used, child = np.empty(size, np.int64), np.empty(size, np.int64)
    shortest = NEVER
    for p in range(begun):
        shortest = min(shortest, lengths[p])
    for p in range(begun, min(count, begun + children)):
        strength = 0.0 if p == 0 else 1.5 * fraction(state)
        sample(latest, first, of, first_after, after, strength, state, used, turned, child)
        lengths[p] = justified(
            child, first, of, first_after, after, durations, needs, room, guards, free, starts, back, counts, turned
        )
        lists[p] = child
        placed[p] = starts
        shortest = min(shortest, lengths[p])
        if shortest <= target:
            return int(shortest)
    for _ in range(children if begun == count else 0):
        a, b, c, d = below(state, count), below(state, count), below(state, count), below(state, count)
        if lengths[b] < lengths[a]:
            a = b
        if lengths[d] < lengths[c]:
            c = d
        if fraction(state) < MIXED:
            peaks(lists[a], lists[c], placed[c], durations, weights, state, load, used, child)
        else:
            two_points(lists[a], lists[c], state, used, child)
        for q in range(size - 1):
            if fraction(state) < SWAPPED:
                i, j = child[q], child[q + 1]
                follows = False
                for k in range(first[j], first[j + 1]):
                    if of[k] == i:
                        follows = True
                        break
                if not follows:
                    child[q], child[q + 1] = j, i
        length = justified(
            child, first, of, first_after, after, durations, needs, room, guards, free, starts, back, counts, turned
        )
        given_up = likelier(placed, a, c, starts)
        if length <= lengths[given_up] and not known(lengths, placed, length, starts):
            lengths[given_up] = length
            lists[given_up] = child
            placed[given_up] = starts
            if length < shortest:
                shortest = length
                if shortest <= target:
                    return int(shortest)
    return int(shortest)


class Search:
    """One population. `step` makes children; any number of searches run side by side, each with a seed of its own."""

    def __init__(self, network: Network, target: int, seed: int) -> None:
        packed = packing(network.capacities)
        needs = packed.demands(network.demands)
        lateness = -(tails(network) + network.durations)  # the latest start, up to a constant
        weights = (network.demands / np.maximum(1, network.capacities)).sum(axis=1)
        self._given = (
            target, lateness, network.before.first, network.before.of, network.after.first, network.after.of,
            network.durations, needs, weights, packed.free(network.capacities), packed.guards,
            int(network.durations.sum()) + 2, chance(seed),
        )  # fmt: skip
        self._target = target
        self._lists = np.zeros((LISTS, network.size), np.int64)
        self._placed = np.zeros((LISTS, network.size), np.int64)
        self._lengths = np.full(LISTS, NEVER, np.int64)
        self._begun = 0
        self._level, self._since = NEVER * LISTS, 0
        self.children = 0
        self.length = NEVER
        self.starts = np.zeros(network.size, np.int64)

    def step(self, children: int) -> int:
        """The length of the shortest schedule after that many more children. A population that no longer gets better
        makes place for a new one; the shortest schedule of all is kept."""
        if self.length <= self._target:
            return self.length  # its lists may not all be there
        shortest = int(evolve(self._lists, self._lengths, self._placed, self._begun, children, *self._given))
        self._begun = min(LISTS, self._begun + children)
        self.children += children
        if shortest < self.length:
            self.length, self.starts = shortest, self._placed[int(np.argmin(self._lengths))].copy()
        level = int(self._lengths.sum())
        self._since = self._since + children if level == self._level else 0
        self._level = level
        if self._since >= PATIENCE:
            self._begun = self._since = 0
            self._lengths[:] = NEVER
        return self.length
