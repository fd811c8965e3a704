"""One network made as short as the time allows: genetic searches side by side, then constraint programming for what remains."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from portfolio.capacity.leveling import exact
from portfolio.capacity.leveling.bounds import lower_bound
from portfolio.capacity.leveling.compiled import Ints
from portfolio.capacity.leveling.genetic import LISTS, Search
from portfolio.capacity.leveling.network import Network, network

SLICE = 0.05  # seconds between two looks at the clock and at `watch`
SMALL = 40  # activities up to which a proof is likely, and soon
# The share of the time that goes to the genetic search: measured on networks of 30, 60 and 120 activities.
SHARE_SMALL, SHARE_LARGE = 0.15, 0.8
SECONDS_SMALL = 1.5  # and no longer on a small network: what remains is proven sooner than bred


@dataclass(frozen=True, slots=True)
class Schedule:
    """`length` is proven the shortest where it is `lower`; no schedule is shorter than `lower`."""

    starts: Ints
    length: int
    lower: int

    @property
    def proven(self) -> bool:
        return self.length == self.lower


def on(schedule: Schedule) -> bool:
    """The `watch` of who does not want to stop it."""
    return True


def level(
    given: Network, *, seconds: float, seed: int = 1, workers: int = 1, watch: Callable[[Schedule], bool] = on
) -> Schedule:
    """At most `seconds` by the clock, much less with a proof. `watch` is shown the best so far a few times a second, and
    stops the search by answering False: what was found until then is the answer."""
    began = time.monotonic()
    lower = lower_bound(given)
    searches = [Search(given, lower, seed + 7919 * one) for one in range(workers)]
    breeding = min(SHARE_SMALL * seconds, SECONDS_SMALL) if given.size <= SMALL else SHARE_LARGE * seconds
    if not exact.available():
        breeding = seconds
    best, going = _genetic(searches, lower, began + breeding, watch)
    if best.proven or not going or not exact.available():
        return best
    polished = exact.polish(
        given,
        best.starts,
        lower,
        seconds=began + seconds - time.monotonic(),
        workers=workers,
        seed=seed,
        watch=lambda: watch(best),
    )
    return Schedule(polished.starts, polished.length, polished.lower)


def warm_up() -> None:
    """The kernels compiled, or read from where they were kept: once for each process, before a clock runs."""
    Search(network([1, 1], [[1], [1]], [1], [(0, 1)]), 0, 1).step(2 * LISTS)


def _genetic(
    searches: list[Search], lower: int, until: float, watch: Callable[[Schedule], bool]
) -> tuple[Schedule, bool]:
    """The best of all searches, and whether to go on."""
    children = 10
    with ThreadPoolExecutor(len(searches)) as threads:
        while True:
            asked = time.monotonic()
            list(threads.map(Search.step, searches, [children] * len(searches)))
            first = min(searches, key=lambda search: search.length)
            best = Schedule(first.starts, first.length, lower)
            now = time.monotonic()
            if not watch(best):
                return best, False
            if best.proven or now >= until:
                return best, True
            pace = children / max(now - asked, 1e-6)
            children = max(1, min(int(pace * min(SLICE, until - now)), 100 * children))
