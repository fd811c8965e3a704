"""Networks to try the engine on: PSPLIB's, and made ones after ProGen (Kolisch, Sprecher & Drexl 1995)."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from django.conf import settings

from portfolio.capacity.leveling.network import Network, network

PSPLIB = Path(settings.DEMO_DATA).parent / "rcpsp"
MOST_LINKS = 3  # before and after an activity
Kind = tuple[float, float, float]  # network complexity, resource factor, resource strength


def optima() -> dict[str, int]:
    """File name → the shortest length, of the 480 networks of set J30."""
    with (PSPLIB / "J30.simple.csv").open() as file:
        return {row["instance"]: int(row["optimal"]) for row in csv.DictReader(file)}


def made(size: int, kind: Kind, seed: int, resources: int = 4) -> Network:
    """`size` activities of 1–10 periods and a first and a last of none; demands 1–10; capacities between the largest demand
    (strength 0) and the peak of the earliest schedule (strength 1)."""
    complexity, factor, strength = kind
    chance = np.random.default_rng(seed)
    lasting = np.zeros(size + 2, np.int64)
    lasting[1:-1] = chance.integers(1, 11, size)
    pairs = _links(size + 2, complexity, chance)
    asked = np.zeros((size, resources), np.int64)
    asked[np.arange(size), chance.integers(resources, size=size)] = 1
    others = np.argwhere(asked == 0)
    for activity, resource in chance.permutation(others)[: max(0, round(factor * size * resources) - size)]:
        asked[activity, resource] = 1
    demands = np.zeros((size + 2, resources), np.int64)
    demands[1:-1] = asked * chance.integers(1, 11, (size, resources))
    least, most = demands.max(axis=0), _peak(lasting, demands, pairs)
    room = least + np.rint(strength * np.maximum(0, most - least)).astype(np.int64)
    return network(lasting.tolist(), demands.tolist(), room.tolist(), pairs)


def _links(count: int, complexity: float, chance: np.random.Generator) -> list[tuple[int, int]]:
    """From lower to higher numbers: three first, three last, everything between the two, then more until `complexity` a job."""
    last = count - 1
    ends = {last - 3, last - 2, last - 1}
    after: list[set[int]] = [set() for _ in range(count)]
    before: list[set[int]] = [set() for _ in range(count)]

    def add(earlier: int, later: int) -> None:
        after[earlier].add(later)
        before[later].add(earlier)

    for one in (1, 2, 3):
        add(0, one)
    for one in ends:
        add(one, last)
    for later in range(4, last):
        free = [one for one in range(1, later) if one not in ends]
        add(int(chance.choice([one for one in free if len(after[one]) < MOST_LINKS] or free)), later)
    for earlier in range(1, last - 3):
        if not after[earlier]:
            free = list(range(max(earlier + 1, 4), last))
            add(earlier, int(chance.choice([one for one in free if len(before[one]) < MOST_LINKS] or free)))
    for _try in range(200 * count):
        if sum(map(len, after)) >= complexity * count:
            break
        earlier = int(chance.integers(1, last - 3))
        later = int(chance.integers(max(earlier + 1, 4), last))
        if max(len(after[earlier]), len(before[later])) >= MOST_LINKS:
            continue
        if later not in _reached(after, earlier):
            add(earlier, later)
    return [(earlier, later) for earlier in range(count) for later in sorted(after[earlier])]


def _reached(after: list[set[int]], earlier: int) -> set[int]:
    seen, waiting = set[int](), [earlier]
    while waiting:
        new = after[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def _peak(lasting: np.ndarray, demands: np.ndarray, pairs: list[tuple[int, int]]) -> np.ndarray:
    early = np.zeros(len(lasting), np.int64)
    for earlier, later in pairs:  # by rising number of the earlier: its own start is known
        early[later] = max(early[later], early[earlier] + lasting[earlier])
    used = np.zeros((int((early + lasting).max()) + 1, demands.shape[1]), np.int64)
    for activity, start in enumerate(early.tolist()):
        used[start : start + lasting[activity]] += demands[activity]
    return np.asarray(used.max(axis=0))


def kinds(strengths: tuple[float, ...]) -> Iterator[Kind]:
    for complexity in (1.5, 1.8, 2.1):
        for factor in (0.5, 1.0):
            for strength in strengths:
                yield complexity, factor, strength
