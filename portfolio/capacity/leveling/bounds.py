"""What no schedule can beat: the critical path, and the work that resources must do between heads and tails."""

import numpy as np

from portfolio.capacity.leveling.compiled import Ints
from portfolio.capacity.leveling.network import Network


def heads(network: Network) -> Ints:
    """(n,) earliest starts without capacities."""
    early = np.zeros(network.size, np.int64)
    for activity in network.order.tolist():
        before = network.before[activity]
        if len(before):
            early[activity] = (early[before] + network.durations[before]).max()
    return early


def tails(network: Network) -> Ints:
    """(n,) periods that at least pass from the end of each activity to the end of everything."""
    tail = np.zeros(network.size, np.int64)
    for activity in network.order[::-1].tolist():
        after = network.after[activity]
        if len(after):
            tail[activity] = (tail[after] + network.durations[after]).max()
    return tail


def lower_bound(network: Network) -> int:
    """The largest of the critical path and, per resource, of its work between a head and a tail; demands above half of the
    capacity count as all of it (no two of them run at once), those of half as half, the others as nothing; and as they are."""
    head, tail = heads(network), tails(network)
    best = int((head + network.durations + tail).max(initial=0))
    for resource, capacity in enumerate(network.capacities.tolist()):
        demand = network.demands[:, resource]
        doubled = np.where(demand > 0, np.sign(2 * demand - capacity) + 1, 0)  # 0 below half, 1 half, 2 above
        for units, room in ((demand, capacity), (doubled, 2)):
            best = max(best, _work_bound(units * network.durations, room, head, tail))
    return best


def _work_bound(work: Ints, capacity: int, head: Ints, tail: Ints) -> int:
    """max over heads a and tails b of a + b + ⌈work of what has a head ≥ a and a tail ≥ b ÷ capacity⌉."""
    who = np.nonzero(work)[0]
    best = 0
    for least in np.unique(head[who]).tolist():
        inside = who[head[who] >= least]
        by_tail = inside[np.argsort(-tail[inside], kind="stable")]
        needed = -(-np.cumsum(work[by_tail]) // capacity)
        best = max(best, least + int((needed + tail[by_tail]).max()))
    return best
