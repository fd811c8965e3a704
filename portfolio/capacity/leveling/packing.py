"""Capacities packed into machine words, so that one subtraction asks about many resources.

A resource takes the bits of its largest capacity and one guard bit above them. The guard of what is free is set; after the demand
is taken away it still is exactly where the demand fits. Fields do not borrow from each other: no demand is above its capacity.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from portfolio.capacity.leveling.compiled import Ints

Marks = npt.NDArray[np.bool_]
WORD = 63  # the sign stays out of it


@dataclass(frozen=True, slots=True)
class Packing:
    """Where each of R resources lies among W words."""

    word: Ints  # (R,)
    shift: Ints  # (R,)
    guard: Ints  # (R,) of each
    guards: Ints  # (W,) all of a word

    def demands(self, units: Ints) -> Ints:
        """(…, R) units as (…, W) words."""
        packed = np.zeros((*units.shape[:-1], len(self.guards)), np.int64)
        for resource, (word, shift) in enumerate(zip(self.word.tolist(), self.shift.tolist(), strict=True)):
            packed[..., word] += units[..., resource] << shift
        return packed

    def fields(self, marked: Marks) -> Ints:
        """(…, R) marks as (…, W) words with the guards of the marked resources."""
        packed = np.zeros((*marked.shape[:-1], len(self.guards)), np.int64)
        for resource, (word, guard) in enumerate(zip(self.word.tolist(), self.guard.tolist(), strict=True)):
            packed[..., word] |= np.where(marked[..., resource], guard, 0)
        return packed

    def free(self, units: Ints) -> Ints:
        """The same with the guards set: what is free."""
        return self.demands(units) + self.guards


def packing(largest: Ints) -> Packing:
    """For R resources whose capacities never pass `largest`; first fit, so that few words are needed."""
    filled: list[int] = []
    word, shift, guard = [], [], []
    guards: list[int] = []
    for capacity in largest.tolist():
        bits = int(capacity).bit_length() + 1
        at = next((index for index, used in enumerate(filled) if used + bits <= WORD), len(filled))
        if at == len(filled):
            filled.append(0)
            guards.append(0)
        word.append(at)
        shift.append(filled[at])
        filled[at] += bits
        guard.append(1 << (filled[at] - 1))
        guards[at] |= guard[-1]
    found = [np.array(one, np.int64) for one in (word, shift, guard, guards or [0])]
    return Packing(found[0], found[1], found[2], found[3])
