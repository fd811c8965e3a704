"""Whether a schedule is one: written apart from what makes schedules, in the simplest way, so that no mistake is shared."""

from collections.abc import Sequence

from portfolio.capacity.leveling.network import Network


def faults(network: Network, starts: Sequence[int]) -> list[str]:
    """What is wrong with it, in technical words; nothing when it is feasible."""
    if len(starts) != network.size:
        return [f"{len(starts)} starts for {network.size} activities"]
    found: list[str] = []
    used: dict[tuple[int, int], int] = {}
    lasting, demands = network.durations.tolist(), network.demands.tolist()
    for activity, start in enumerate(starts):
        if start < 0:
            found.append(f"activity {activity} starts before the first period")
        found += [
            f"activity {later} starts at {starts[later]}, before {activity} is over"
            for later in network.after[activity].tolist()
            if starts[later] < start + lasting[activity]
        ]
        for period in range(start, start + lasting[activity]):
            for resource, units in enumerate(demands[activity]):
                used[resource, period] = used.get((resource, period), 0) + units
    capacities = network.capacities.tolist()
    found += [
        f"resource {resource} in period {period}: {units} of {capacities[resource]} used"
        for (resource, period), units in sorted(used.items())
        if units > capacities[resource]
    ]
    return found
