"""A bound that no plan beats: capacity is given up for prices by period and pool (Lagrange), raised where it is overrun.

For prices ≥ 0, a plan costs at least Σ over projects of the least of (lateness + what its activities pay) minus what all
capacity is worth. The least of a project is looked for end by end: an activity then runs between its earliest start and that end
less its tail, in the cheapest place there; what else links the activities is given up too, which keeps the bound true. Past the
horizon all is free.
"""

import time

import numpy as np

from portfolio.capacity.leveling.compiled import Floats, Ints, kernel
from portfolio.capacity.leveling.generation import pauses
from portfolio.capacity.leveling.prepared import Prepared, ends_without_capacity

ROUNDS = 150
FACTORS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
STOPS = 25  # of the grid on which pressed intervals are looked for
MANY_PERIODS = 10_000
LENGTH, KEPT = 0.05, 0.7  # of a step, and what it keeps of the direction of the one before
PATIENCE = 8  # rounds without a better bound until steps get shorter
MANY = 1e300


@kernel
def cheapest_places(
    i: int, j: int, prices: Floats, early: Ints, durations: Ints, first: Ints, pool: Ints, units: Ints, masks: Ints, closed: Ints,
    pays: Floats, where: Ints,
) -> None:  # fmt: skip
    """pays[j, s]: the least that activity i pays when it starts by s, and `where` it then starts."""
    horizon = prices.shape[0]
    best, at = MANY, early[i]
    for s in range(early[i], horizon + 1):
        cost, u, left = 0.0, s, durations[i]
        while left > 0 and u < horizon and cost < best:
            if not pauses(masks[i], closed, u):
                left -= 1
                for k in range(first[i], first[i + 1]):
                    cost += units[k] * prices[u, pool[k]]
            u += 1
        if cost < best:
            best, at = cost, s
        pays[j, s], where[j, s] = best, at


@kernel
def value(
    prices: Floats, begins: Ints, early: Ints, tail: Ints, durations: Ints, first: Ints, pool: Ints, units: Ints, masks: Ints,
    closed: Ints, free: Ints, least: Ints, due: Ints, weights: Floats, used: Floats, pays: Floats, where: Ints,
) -> float:  # fmt: skip
    """The bound for these prices; `used` gets the units that the cheapest places take. `least`: (P,) the earliest end of each."""
    horizon = prices.shape[0]
    total = -(prices * free).sum()
    used[:] = 0.0
    for p in range(due.size):
        begin, end = begins[p], begins[p + 1]
        for i in range(begin, end):
            cheapest_places(i, i - begin, prices, early, durations, first, pool, units, masks, closed, pays, where)
        bound, chosen = MANY, horizon + 1
        for finish in range(min(least[p], horizon + 1), horizon + 2):
            cost = weights[p] * max(0, max(finish, least[p]) - due[p])
            if cost >= bound:
                break
            for i in range(begin, end):
                cost += pays[i - begin, by(i, finish, horizon, early, tail, durations)]
            if cost < bound:
                bound, chosen = cost, finish
        total += bound
        for i in range(begin, end):
            u, left = where[i - begin, by(i, chosen, horizon, early, tail, durations)], durations[i]
            while left > 0 and u < horizon:
                if not pauses(masks[i], closed, u):
                    left -= 1
                    for k in range(first[i], first[i + 1]):
                        used[u, pool[k]] += units[k]
                u += 1
    return float(total)


@kernel
def by(i: int, finish: int, horizon: int, early: Ints, tail: Ints, durations: Ints) -> int:
    """The latest start of activity i when its project ends at `finish`; past the horizon any place will do."""
    if finish > horizon:
        return horizon
    return int(max(early[i], finish - tail[i] - durations[i]))


def bound(ready: Prepared, best: float, horizon: int, *, rounds: int = ROUNDS, until: float = float("inf")) -> float:
    """The highest found in so many rounds, or by `until` (time.monotonic). `best`: the cost of a plan, which sizes the steps;
    `horizon`: about where it ends."""
    horizon = max(1, min(horizon, ready.horizon))
    work, numbers = ready.work, ready.numbers
    fixed = work.fixed[numbers] >= 0
    needs = np.where(fixed[:, None], 0, work.needs[numbers])
    who, pool = np.nonzero(needs)
    first = np.zeros(work.size + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(who, minlength=work.size))
    durations, masks, closed = ready.given[4], ready.given[6], ready.given[11]
    durations = np.where(fixed, 0, durations)  # what is fixed pays nothing
    free = np.maximum(0, ready.capacity - ready.taken)[:horizon].astype(np.float64)
    least = ends_without_capacity(ready)
    most = int(np.diff(ready.begins).max(initial=0))
    pays, where = np.zeros((most, horizon + 1)), np.zeros((most, horizon + 1), np.int64)
    used, prices = np.zeros(free.shape), np.zeros(free.shape)
    given = (
        ready.begins, np.minimum(ready.early, horizon), ready.tail, durations, first, pool.astype(np.int64),
        needs[who, pool].astype(np.int64), masks, closed, free, least, work.due, work.weights, used, pays, where,
    )  # fmt: skip
    best_prices = prices = np.zeros(free.shape)
    highest = float(value(prices, *given))
    step = work.weights.sum() / max(1.0, float((needs * durations[:, None]).sum()))
    for kind, begin, end in pressed(ready, horizon, free):
        for factor in FACTORS:
            tried = prices.copy()
            tried[begin:end, kind] += factor * step
            found = float(value(tried, *given))
            if found > highest:
                highest, best_prices = found, tried
        prices = best_prices
    direction, length, idle = np.zeros(free.shape), LENGTH, 0
    for _round in range(rounds):
        found = float(value(prices, *given))
        if found > highest:
            idle = 0 if found > highest + 1e-4 * (best - highest) else idle + 1
            highest, best_prices = found, prices
        else:
            idle += 1
        if idle >= PATIENCE:
            prices, direction, length, idle = best_prices, np.zeros(free.shape), length / 2, 0
            found = float(value(prices, *given))
        over = used - free
        over[(over < 0) & (prices <= 0)] = 0
        direction = over + KEPT * direction
        size = float((direction * direction).sum())
        if size == 0 or highest >= best or time.monotonic() >= until:
            break
        prices = np.maximum(0, prices + length * (best - found) / size * direction)
    return max(0.0, min(highest, best))


def pressed(ready: Prepared, horizon: int, free: Floats) -> list[tuple[int, int, int]]:
    """(pool, from, to): where, were nobody late, a pool would have to do more than it can, by most (energetic reasoning)."""
    work, numbers = ready.work, ready.numbers
    lasting, due = work.durations[numbers], work.due[work.project[numbers]]
    latest = np.maximum(np.minimum(due - ready.tail, 2 * horizon + MANY_PERIODS) - lasting, ready.early)
    grid = np.unique(np.linspace(0, horizon, STOPS).astype(np.int64))
    found = []
    for pool in range(free.shape[1]):
        who = (work.needs[numbers, pool] > 0) & (work.fixed[numbers] < 0)
        units, d, first, last = work.needs[numbers, pool][who], lasting[who], ready.early[who], latest[who]
        room = np.concatenate([[0.0], np.cumsum(free[:, pool])])
        best = (0.0, 0, 0)
        for begin in grid.tolist():
            for end in grid[grid > begin].tolist():
                inside = np.minimum(np.minimum(d, end - begin), np.minimum(first + d - begin, end - last))
                over = float((units * np.maximum(0, inside)).sum() - (room[end] - room[begin]))
                best = max(best, (over, begin, end))
        if best[0] > 0:
            found.append((pool, best[1], best[2]))
    return found
