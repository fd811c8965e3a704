"""The work of a portfolio as the kernels want it: packed, renumbered project by project, with a horizon of its own."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from portfolio.capacity.leveling import generation, windows
from portfolio.capacity.leveling.compiled import Floats, Ints
from portfolio.capacity.leveling.network import Links
from portfolio.capacity.leveling.packing import packing
from portfolio.capacity.leveling.work import NO_DATE, Work

MARGIN = 1.3  # of the periods that the work of the busiest pool takes


@dataclass(frozen=True, slots=True)
class Prepared:
    """`numbers[i]` is what the i-th activity here is called in the work; arrays by activity are in the order of here."""

    work: Work
    numbers: Ints
    begins: Ints  # (P + 1,) each project's first, and the end
    base: Floats  # (n,) latest starts: the order inside a project
    early: Ints  # (n,)
    early_end: Ints
    tail: Ints
    taken: Ints  # (H, K) units of fixed work
    capacity: Ints  # (H, K)
    given: tuple[Any, ...]  # of `generate`, after base, key and begins, before the scratch

    @property
    def horizon(self) -> int:
        return len(self.capacity)

    def scratch(self) -> tuple[Any, ...]:
        """Of one search: starts, ends and the rest."""
        size, projects = len(self.numbers), len(self.begins) - 1
        numbers = [np.zeros(size, np.int64) for _ in range(3)]
        heads = [np.zeros(projects, np.int64) for _ in range(2)]
        return (
            np.zeros((self.horizon, len(self.given[10])), np.int64),
            *numbers,
            *heads,
            np.zeros(projects, np.float64),
        )


def prepared(work: Work, horizon: int) -> Prepared:
    """For so many periods."""
    capacity = _extended(work.capacity, horizon)
    packed = packing(capacity.max(axis=0))
    masks, closed = packed.fields(work.needs > 0), packed.fields(capacity == 0)
    early, early_end, tail = (np.zeros(work.size, np.int64) for _ in range(3))
    links = (work.order, work.before.first, work.before.of, work.from_end, work.offset, work.durations)
    windows.earliest(*links, masks, work.earliest, work.fixed, closed, early, early_end)
    windows.tails(*links, work.project, work.fixed, tail)
    base = _latest_starts(work, early_end, tail)
    numbers = _numbered(work, base)
    here = np.empty_like(numbers)
    here[numbers] = np.arange(work.size)
    before, from_end, offset = _renumbered(work, numbers, here)
    project, fixed = work.project[numbers], work.fixed[numbers]
    taken = _taken(work, masks, closed)
    movable = np.where(work.fixed[:, None] >= 0, 0, work.needs)
    waits, frees = _across(before, project)
    given = (
        before.first, before.of, from_end, offset, work.durations[numbers], packed.demands(movable)[numbers], masks[numbers],
        work.earliest[numbers], fixed, packed.free(np.maximum(0, capacity - taken)), packed.guards, closed, waits,
        frees.first, frees.of,
    )  # fmt: skip
    begins = np.searchsorted(project, np.arange(len(work.weights) + 1)).astype(np.int64)
    return Prepared(
        work, numbers, begins, base[numbers], early[numbers], early_end[numbers], tail[numbers], taken, capacity, given
    )


def _latest_starts(work: Work, early_end: Ints, tail: Ints) -> Floats:
    """By which each has to start for its project to be in time; a project without a date is to end as soon as it could."""
    over = np.zeros(len(work.weights), np.int64)
    np.maximum.at(over, work.project, early_end + tail)
    due = np.where(work.due >= NO_DATE, over, work.due)
    return (due[work.project] - tail - work.durations).astype(np.float64)


def _numbered(work: Work, base: Floats) -> Ints:
    """Project by project, each by latest start, nothing before what it waits for – over all projects together."""
    reached = base.tolist()
    first, of = work.before.first.tolist(), work.before.of.tolist()
    for activity in work.order.tolist():
        for k in range(first[activity], first[activity + 1]):
            if reached[of[k]] > reached[activity]:
                reached[activity] = reached[of[k]]
    rank = np.empty(work.size, np.int64)
    rank[work.order] = np.arange(work.size)
    return np.lexsort((rank, np.array(reached), work.project)).astype(np.int64)


def horizon_for(work: Work) -> int:
    """Enough periods for what is to be done, were it spread badly; plans that need more are made again with more."""
    last = work.capacity[-1]
    load = (work.needs * work.durations[:, None]).sum(axis=0)
    weeks = float((load[last > 0] / last[last > 0]).max(initial=0))
    dated = int(max(work.earliest.max(initial=0), work.fixed.max(initial=0)))
    longest = int(np.bincount(work.project, work.durations).max(initial=0)) if work.size else 0
    return int(len(work.capacity) + dated + MARGIN * weeks + longest) + 1


def _extended(capacity: Ints, horizon: int) -> Ints:
    more = max(0, horizon - len(capacity))
    return np.concatenate([capacity, np.repeat(capacity[-1:], more, axis=0)])


def _renumbered(work: Work, numbers: Ints, here: Ints) -> tuple[Links, Ints, Ints]:
    counts = np.diff(work.before.first)[numbers]
    first = np.zeros(len(numbers) + 1, np.int64)
    first[1:] = np.cumsum(counts)
    along = np.repeat(work.before.first[numbers] - first[:-1], counts) + np.arange(first[-1])
    return Links(first, here[work.before.of[along]]), work.from_end[along], work.offset[along]


def _across(before: Links, project: Ints) -> tuple[Ints, Links]:
    """How many activities of other projects each waits for, and the other way who waits for each."""
    later = np.repeat(np.arange(len(project)), np.diff(before.first))
    across = project[later] != project[before.of]
    waits = np.bincount(later[across], minlength=len(project)).astype(np.int64)
    order = np.argsort(before.of[across], kind="stable")
    first = np.zeros(len(project) + 1, np.int64)
    first[1:] = np.cumsum(np.bincount(before.of[across], minlength=len(project)))
    return waits, Links(first, later[across][order].astype(np.int64))


def _taken(work: Work, masks: Ints, closed: Ints) -> Ints:
    horizon = len(closed)
    used = np.zeros((horizon, work.needs.shape[1]), np.int64)
    for activity in np.nonzero(work.fixed >= 0)[0].tolist():
        start, lasting = int(work.fixed[activity]), int(work.durations[activity])
        end = generation.runs(start, lasting, masks[activity], closed, horizon)
        for period in range(start, min(end, horizon)):
            if not generation.pauses(masks[activity], closed, period):
                used[period] += work.needs[activity]
    return used


def ends_without_capacity(ready: Prepared) -> Ints:
    """(P,) no plan ends a project sooner."""
    over = np.zeros(len(ready.begins) - 1, np.int64)
    np.maximum.at(over, ready.work.project[ready.numbers], ready.early_end + ready.tail)
    return over


def due_or_never(work: Work) -> Floats:
    """(P,) with infinity for projects that are never late."""
    return np.where(work.due >= NO_DATE, np.inf, work.due.astype(np.float64))
