"""A portfolio levelled: its projects delayed as little as their weights and the people allow.

The best priority rule gives a plan in some milliseconds; local search on one key per project improves it until time or moves
are over. The plan is never worse than that of the rule. With a number of moves instead of seconds, a seed decides all.
"""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from portfolio.capacity.leveling.annealing import anneal
from portfolio.capacity.leveling.compiled import Floats, Ints, State, chance
from portfolio.capacity.leveling.generation import generate, late
from portfolio.capacity.leveling.prepared import Prepared, ends_without_capacity, horizon_for, prepared
from portfolio.capacity.leveling.prices import bound
from portfolio.capacity.leveling.rules import rules
from portfolio.capacity.leveling.work import Work

LONGEST = 40_000  # periods: what finds no place until then has none
ROUND = 25  # moves between two looks at the clock and at `watch`
EXCHANGE = 20  # rounds after which the worst search goes on from where the best is
REACHES = (4.0, 10.0, 20.0)  # periods by which a key moves; the fourth is behind all others
WARMTH = 0.0001  # of the rule's cost: what a worse plan may cost in the beginning; more of it was slower
PROOF = 0.1  # share of the seconds that the bound may take
PROOF_SECONDS = 3.0


@dataclass(frozen=True, slots=True)
class Progress:
    cost: float
    rule_cost: float
    share: float  # of the time or of the moves, 0 to 1


@dataclass(frozen=True, slots=True)
class Plan:
    """Starts and ends of activities, and ends of projects, as period numbers: what ends at 5 ran in 4 and is over in 5.

    `cost` is Σ weight · periods late; no plan costs less than `lower`, which is proven (and often far below: the bound gives up
    the links inside projects). `unplaced` are activities without a place, because a pool never has room for them again, and all
    that waits for them; the cost counts them at the end of the horizon."""

    starts: Ints
    ends: Ints
    project_ends: Ints
    cost: float
    lower: float
    rule: str
    rule_cost: float
    moves: int
    unplaced: Ints
    broken: tuple[tuple[int, int], ...]  # links into fixed activities that do not wait for them
    overloads: tuple[tuple[int, int, int], ...]  # (period, pool, units) by which fixed work alone passes the capacity

    @property
    def gap(self) -> float:
        """By how much, as a share of its cost, the plan could at most be better."""
        return (self.cost - self.lower) / self.cost if self.cost > 0 else 0.0


def on(progress: Progress) -> bool:
    """The `watch` of who does not want to stop it."""
    return True


@dataclass(slots=True)
class _Search:
    """One chain of plans, with arrays and chance of its own."""

    ready: Prepared
    seed: int
    key: Floats
    cost: float
    best_key: Floats = field(init=False)
    best: float = field(init=False)
    _over: Ints = field(init=False)
    _scratch: tuple[Any, ...] = field(init=False)
    _state: State = field(init=False)
    _reaches: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.key = self.key.copy()
        self.best_key, self.best = self.key.copy(), self.cost
        self._over = np.zeros(len(self.key), np.int64)
        self._scratch = self.ready.scratch()
        self._state = chance(self.seed)
        span = float(np.ptp(self.ready.base)) + 1 if len(self.ready.base) else 1.0
        self._reaches = np.array([*REACHES, span])

    def step(self, moves: int, warmth: float) -> None:
        work, ready = self.ready.work, self.ready
        self.cost, self.best = anneal(
            moves, self._reaches, warmth, self.key, self.cost, self.best_key, self.best, self._state,
            work.due, work.weights, self._over, ready.base, ready.begins, *ready.given, *self._scratch,
        )  # fmt: skip


def by_rules(work: Work) -> tuple[Prepared, str, Floats, float]:
    """The first feasible plans: of every rule, the best. With a horizon in which all find a place that have one."""
    horizon = horizon_for(work)
    while True:
        ready = prepared(work, horizon)
        tried = {name: (key, *generated(ready, key)) for name, key in rules(ready).items()}
        name = min(tried, key=lambda one: tried[one][4])
        key, starts, _ends, _over, cost = tried[name]
        if horizon >= LONGEST or not (starts >= ready.horizon).any() or not _room_later(ready, starts):
            return ready, name, key, cost
        horizon = min(2 * horizon, LONGEST)


def _room_later(ready: Prepared, starts: Ints) -> bool:
    """Whether the last line of the capacity, which goes on for ever, has room for some of what found no place."""
    left = ready.work.needs[ready.numbers[starts >= ready.horizon]]
    return bool((left <= ready.work.capacity[-1]).all(axis=1).any())


def generated(ready: Prepared, key: Floats) -> tuple[Ints, Ints, Ints, float]:
    """Starts, ends, ends of projects and cost, in the order of `ready`."""
    scratch = ready.scratch()
    generate(ready.base, key, ready.begins, *ready.given, *scratch)
    over = np.zeros(len(key), np.int64)
    cost = float(late(scratch[2], ready.begins, ready.work.due, ready.work.weights, over))
    return scratch[1], scratch[2], over, cost


def level(
    work: Work,
    *,
    seconds: float | None = None,
    moves: int | None = None,
    seed: int = 1,
    workers: int = 1,
    watch: Callable[[Progress], bool] = on,
) -> Plan:
    """Until `seconds` have passed or each worker has made `moves`, whichever is given or comes first. `watch` is told the
    progress several times a second, and stops the search by answering False: the best until then is the plan."""
    began = time.monotonic()
    ready, rule, key, rule_cost = by_rules(work)
    lower = float((work.weights * np.maximum(0, ends_without_capacity(ready) - work.due)).sum())
    proof = min(PROOF * seconds, PROOF_SECONDS) if seconds is not None else PROOF_SECONDS
    made, best_key, going = 0, key, True
    if rule_cost > lower:
        until = None if seconds is None else began + seconds - proof
        made, best_key, going = _improved(ready, key, rule_cost, lower, until, moves, seed, workers, watch)
    starts, ends, over, cost = generated(ready, best_key)
    if cost > lower and going:
        deadline = time.monotonic() + proof
        lower = max(lower, bound(ready, cost, int(over.max(initial=0)) + 1, until=deadline))
    return _plan(ready, starts, ends, over, cost, lower, rule, rule_cost, made)


def _improved(
    ready: Prepared, key: Floats, cost: float, lower: float, until: float | None, moves: int | None, seed: int, workers: int,
    watch: Callable[[Progress], bool],
) -> tuple[int, Floats, bool]:  # fmt: skip
    """Moves made by each worker, the best key, and whether nobody stopped it."""
    searches = [_Search(ready, seed + 7919 * number, key, cost) for number in range(workers)]
    began, made, rounds, going = time.monotonic(), 0, 0, True
    with ThreadPoolExecutor(workers) as threads:
        while True:
            shares = [0.0 if moves is None else made / moves if moves > 0 else 1.0]
            if until is not None:
                shares.append((time.monotonic() - began) / max(until - began, 1e-9))
            best = min(searches, key=lambda one: one.best)
            going = watch(Progress(best.best, cost, min(1.0, max(shares))))
            if not going or max(shares) >= 1 or best.best <= lower:
                return made, best.best_key, going
            step = ROUND if moves is None else min(ROUND, moves - made)
            warmth = WARMTH * cost * (1 - max(shares))
            list(threads.map(_Search.step, searches, [step] * workers, [warmth] * workers))
            made, rounds = made + step, rounds + 1
            if rounds % EXCHANGE == 0 and workers > 1:
                _exchange(searches)


def _exchange(searches: list[_Search]) -> None:
    first, last = (choose(searches, key=lambda one: one.cost) for choose in (min, max))
    last.key[:] = first.key
    last.cost = first.cost


def _plan(
    ready: Prepared,
    starts: Ints,
    ends: Ints,
    over: Ints,
    cost: float,
    lower: float,
    rule: str,
    rule_cost: float,
    moves: int,
) -> Plan:
    work = ready.work
    there, until = np.empty(work.size, np.int64), np.empty(work.size, np.int64)
    there[ready.numbers], until[ready.numbers] = starts, ends
    excess = ready.taken - ready.capacity
    return Plan(
        starts=there,
        ends=until,
        project_ends=over,
        cost=cost,
        lower=min(lower, cost),
        rule=rule,
        rule_cost=rule_cost,
        moves=moves,
        unplaced=np.nonzero((there >= ready.horizon) | (until > ready.horizon))[0].astype(np.int64),
        broken=_broken(work, there, until),
        overloads=tuple((int(t), int(k), int(excess[t, k])) for t, k in np.argwhere(excess > 0)),
    )


def _broken(work: Work, starts: Ints, ends: Ints) -> tuple[tuple[int, int], ...]:
    found = []
    for later in np.nonzero(work.fixed >= 0)[0].tolist():
        for k in range(int(work.before.first[later]), int(work.before.first[later + 1])):
            earlier = int(work.before.of[k])
            if (ends if work.from_end[k] else starts)[earlier] + work.offset[k] > starts[later]:
                found.append((earlier, later))
    return tuple(found)
