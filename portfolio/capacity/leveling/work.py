"""The work of a portfolio, period by period (usually weeks): activities of projects that share pools of people."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from portfolio.capacity.leveling.compiled import Floats, Ints
from portfolio.capacity.leveling.network import BadNetwork, Links, topological

NO_DATE = 2**31  # a due period that is never missed
MOST_PERIODS = 5000
MOST_UNITS = 1_000_000


class Link(NamedTuple):
    """FS, SS, FF or SF as two flags: whether it leaves the end of the earlier one, and reaches the end of the later one."""

    earlier: int
    later: int
    lag: int = 0
    from_end: bool = True
    to_end: bool = False


@dataclass(frozen=True, slots=True)
class Activity:
    """`duration` counts the periods in which it runs: it pauses where a pool it needs has no capacity at all (closed periods).
    `needs` are (pool, units). A `fixed` start (under way, promised) is kept whatever the capacity; `earliest` is one before which
    the others do not start."""

    project: int
    duration: int
    needs: tuple[tuple[int, int], ...] = ()
    earliest: int = 0
    fixed: int | None = None


@dataclass(frozen=True, slots=True)
class Project:
    """`due`: the period by whose beginning all is over; later costs `weight` a period. None: never late."""

    weight: float
    due: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """Checked, as arrays. n activities, P projects, K pools; H periods of capacity, the last of which goes on for ever."""

    project: Ints  # (n,)
    durations: Ints  # (n,)
    needs: Ints  # (n, K) units
    earliest: Ints  # (n,)
    fixed: Ints  # (n,) start, or -1
    weights: Floats  # (P,)
    due: Ints  # (P,)
    capacity: Ints  # (H, K)
    before: Links
    after: Links
    from_end: Ints  # along before.of: 1 where the link leaves the end of the earlier one
    offset: Ints  # along before.of: periods from there to the start of the later one, at least
    order: Ints

    @property
    def size(self) -> int:
        return len(self.durations)


def work(
    activities: Sequence[Activity],
    projects: Sequence[Project],
    capacity: Sequence[Sequence[int]],
    links: Sequence[Link] = (),
) -> Work:
    """BadNetwork with `negative`, `too_large`, `unknown` (project, pool or activity), `never_fits` or `circle`."""
    size = len(activities)
    if not 0 < len(capacity) <= MOST_PERIODS:
        raise BadNetwork("too_large")
    room = np.array(capacity, np.int64).reshape(len(capacity), len(capacity[0]))
    if room.min(initial=0) < 0 or room.max(initial=0) > MOST_UNITS:
        raise BadNetwork("too_large")
    needs = np.zeros((size, room.shape[1]), np.int64)
    for number, one in enumerate(activities):
        _check(number, one, len(projects), room.shape[1])
        for pool, units in one.needs:
            needs[number, pool] += units
    durations = np.array([one.duration for one in activities], np.int64)
    fixed = np.array([-1 if one.fixed is None else one.fixed for one in activities], np.int64)
    needs[durations == 0] = 0
    never = (fixed < 0)[:, None] & (needs > room.max(axis=0))
    if never.any():
        activity, pool = np.argwhere(never)[0].tolist()
        raise BadNetwork("never_fits", activity, pool)
    before, after, from_end, offset = _linked(size, links, durations)
    return Work(
        np.array([one.project for one in activities], np.int64),
        durations,
        needs,
        np.array([one.earliest for one in activities], np.int64),
        fixed,
        np.array([one.weight for one in projects], np.float64),
        np.array([NO_DATE if one.due is None else one.due for one in projects], np.int64),
        room,
        before,
        after,
        from_end,
        offset,
        topological(before, after),
    )


def _check(number: int, one: Activity, projects: int, pools: int) -> None:
    if min(one.duration, one.earliest, one.fixed or 0, *(units for _pool, units in one.needs)) < 0:
        raise BadNetwork("negative", number)
    if max(one.duration, one.earliest, one.fixed or 0) > MOST_PERIODS or any(
        units > MOST_UNITS for _pool, units in one.needs
    ):
        raise BadNetwork("too_large", number)
    if not 0 <= one.project < projects or not all(0 <= pool < pools for pool, _units in one.needs):
        raise BadNetwork("unknown", number)


def _linked(size: int, links: Sequence[Link], durations: Ints) -> tuple[Links, Links, Ints, Ints]:
    """Both directions, and along the first how far a link pushes: one to an end reaches the start a duration before."""
    rows: list[list[Link]] = [[] for _ in range(size)]
    followers: list[list[int]] = [[] for _ in range(size)]
    for link in links:
        if not (0 <= link.earlier < size and 0 <= link.later < size):
            raise BadNetwork("unknown", max(link.earlier, link.later))
        if abs(link.lag) > MOST_PERIODS:
            raise BadNetwork("too_large", link.later)
        rows[link.later].append(link)
        followers[link.earlier].append(link.later)
    flat = [link for row in rows for link in row]
    offset = [link.lag - (int(durations[link.later]) if link.to_end else 0) for link in flat]
    return (
        Links(_firsts(rows), np.array([link.earlier for link in flat], np.int64)),
        Links(_firsts(followers), np.array([one for row in followers for one in row], np.int64)),
        np.array([link.from_end for link in flat], np.int64),
        np.array(offset, np.int64),
    )


def _firsts(rows: Sequence[Sequence[object]]) -> Ints:
    first = np.zeros(len(rows) + 1, np.int64)
    first[1:] = np.cumsum([len(row) for row in rows])
    return first
