"""Local search on one key per project: keys move by chance, all is generated again, worse plans are accepted ever less."""

import numpy as np

from portfolio.capacity.leveling.compiled import Floats, Ints, State, below, fraction, kernel
from portfolio.capacity.leveling.generation import generate, late

MOVED = 3  # keys at most in a move
FAR = 0.15  # chance of a key to move much further: behind all others, or back from there
FURTHER = 8.0


@kernel
def normal(state: State) -> float:
    """About a standard normal: the sum of twelve uniform numbers."""
    total = 0.0
    for _ in range(12):
        total += fraction(state)
    return total - 6.0


@kernel
def anneal(
    moves: int, wide: float, warmth: float, key: Floats, cost: float, best_key: Floats, best: float, state: State, due: Ints,
    weights: Floats, over: Ints, base: Floats, begins: Ints, first: Ints, of: Ints, from_end: Ints, offset: Ints, durations: Ints,
    needs: Ints, masks: Ints, earliest: Ints, fixed: Ints, room: Ints, guards: Ints, closed: Ints, waits: Ints, frees: Ints,
    freed: Ints, free: Ints, starts: Ints, ends: Ints, waiting: Ints, at: Ints, heap: Ints, priority: Floats,
) -> tuple[float, float]:  # fmt: skip
    """`key` and `best_key` move on; answers the cost of the two. A plan that costs `warmth` more is accepted once in e times."""
    projects = weights.size
    tried = key.copy()
    for _ in range(moves):
        tried[:] = key
        for _ in range(1 + below(state, MOVED)):
            by = wide * normal(state)
            if fraction(state) < FAR:
                by *= FURTHER
            tried[below(state, projects)] += by
        generate(
            base, tried, begins, first, of, from_end, offset, durations, needs, masks, earliest, fixed, room, guards, closed,
            waits, frees, freed, free, starts, ends, waiting, at, heap, priority,
        )  # fmt: skip
        found = late(ends, begins, due, weights, over)
        if found <= cost or (warmth > 0.0 and fraction(state) < np.exp((cost - found) / warmth)):
            cost = found
            key[:] = tried
            if found < best:
                best = found
                best_key[:] = tried
    return cost, best
