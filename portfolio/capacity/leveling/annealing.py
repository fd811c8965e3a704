"""Local search on one key per project: keys move by chance, all is generated again, worse plans are accepted ever less."""

import numpy as np

from portfolio.capacity.leveling.compiled import Floats, Ints, State, below, fraction, kernel
from portfolio.capacity.leveling.generation import generate, late

TWO = 0.3  # chance of a move to move two projects


@kernel
def anneal(
    moves: int, reaches: Floats, warmth: float, key: Floats, cost: float, best_key: Floats, best: float, state: State, due: Ints,
    weights: Floats, over: Ints, base: Floats, begins: Ints, first: Ints, of: Ints, from_end: Ints, offset: Ints, durations: Ints,
    needs: Ints, masks: Ints, earliest: Ints, fixed: Ints, room: Ints, guards: Ints, closed: Ints, waits: Ints, frees: Ints,
    freed: Ints, free: Ints, starts: Ints, ends: Ints, waiting: Ints, at: Ints, heap: Ints, priority: Floats,
) -> tuple[float, float]:  # fmt: skip
    """`key` and `best_key` move on; answers the cost of the two. A plan that costs `warmth` more is accepted once in e times."""
    projects = weights.size
    tried = key.copy()
    for _ in range(moves):
        tried[:] = key
        for _ in range(2 if fraction(state) < TWO else 1):
            by = reaches[below(state, reaches.size)] * (0.5 + fraction(state))
            tried[below(state, projects)] += by if fraction(state) < 0.5 else -by
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
