"""A schedule made shorter, or proven the shortest, by constraint programming (CP-SAT of OR-tools).

An option: without the package the engine works, and proves less.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from portfolio.capacity.leveling.bounds import heads, tails
from portfolio.capacity.leveling.compiled import Ints
from portfolio.capacity.leveling.network import Network

try:
    from ortools.sat.python import cp_model
except ImportError:
    cp_model = None  # type: ignore[assignment]

MOST = 1000  # activities: with more, building the model alone takes seconds
LOOK = 0.1  # seconds between two looks at `watch`


@dataclass(frozen=True, slots=True)
class Polished:
    """`lower` is proven; where nothing shorter was found, the schedule is the one that came in."""

    starts: Ints
    length: int
    lower: int


def available() -> bool:
    return cp_model is not None


def polish(
    network: Network, starts: Ints, lower: int, *, seconds: float, workers: int, seed: int, watch: Callable[[], bool]
) -> Polished:
    """At most `seconds` by the clock; ends early with a proof, or when `watch` says to stop."""
    length = int((starts + network.durations).max(initial=0))
    if cp_model is None or seconds <= 0 or length <= lower or network.size > MOST:
        return Polished(starts, length, min(lower, length))
    model = cp_model.CpModel()
    begins = _variables(model, network, starts, lower, length)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = workers
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.random_seed = seed % 2**31
    status = _solved(solver, model, seconds, watch)
    proven = max(lower, min(length, int(np.ceil(solver.best_objective_bound - 1e-6)))) if status else lower
    if status in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        found = np.array([solver.value(one) for one in begins], np.int64)
        over = int((found + network.durations).max())
        if over <= length:
            return Polished(found, over, min(proven, over))
    return Polished(starts, length, proven)


def _variables(
    model: "cp_model.CpModel", network: Network, starts: Ints, lower: int, length: int
) -> list["cp_model.IntVar"]:
    head, tail = heads(network).tolist(), tails(network).tolist()
    lasting, demands = network.durations.tolist(), network.demands
    begins = [model.new_int_var(head[one], length - tail[one] - lasting[one], "") for one in range(network.size)]
    intervals = [
        model.new_fixed_size_interval_var(begin, size, "") for begin, size in zip(begins, lasting, strict=True)
    ]
    end = model.new_int_var(lower, length, "")
    for activity, begin in enumerate(begins):
        model.add(end >= begin + lasting[activity] + tail[activity])
        for later in network.after[activity].tolist():
            model.add(begins[later] >= begin + lasting[activity])
        model.add_hint(begin, int(starts[activity]))
    model.add_hint(end, length)
    for resource, capacity in enumerate(network.capacities.tolist()):
        who = np.nonzero(demands[:, resource])[0].tolist()
        model.add_cumulative([intervals[one] for one in who], [int(demands[one, resource]) for one in who], capacity)
    model.minimize(end)
    return begins


def _solved(solver: "cp_model.CpSolver", model: "cp_model.CpModel", seconds: float, watch: Callable[[], bool]) -> int:
    """The status; another thread looks at `watch`, since the solver only calls back when it finds something."""
    over = threading.Event()

    def look() -> None:
        until = time.monotonic() + seconds
        while not over.wait(LOOK) and time.monotonic() < until:
            if not watch():
                solver.stop_search()
                return

    looking = threading.Thread(target=look, daemon=True)
    looking.start()
    try:
        return int(solver.solve(model))
    finally:
        over.set()
        looking.join()
