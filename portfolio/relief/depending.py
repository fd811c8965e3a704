"""Dependencies between projects in a levelling (decision 0223), in plain Python: what waits for what, and what of it is kept.

Work of the receiver that is planned after the month of the need waits until the supplier's work up to the promise is done, and as
many months more as lie between them in the plan. Of a supplier that stays, the promise itself is waited for.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from portfolio.relief.selectors.between import Between

KEPT, CIRCLE, STAYS, NO_PLACE = "kept", "circle", "stays", "no_place"
Months = Mapping[int, Sequence[int]]  # project → its months with work, in order


@dataclass(frozen=True, slots=True)
class Waits:
    """The first work after a need, (`receiver`, `month`), waits for that of (`supplier`, `until`) and `lag` months more.

    `until` None: for nothing that moves, but it does not begin before the month `lag`.
    """

    between: Between
    receiver: int
    month: int
    supplier: int | None
    until: int | None
    lag: int


def waiting(links: Iterable[Between], months: Months) -> tuple[list[Waits], set[int]]:
    """(what waits for what, ids of the dependencies left out because they would close a circle)."""
    found: list[Waits] = []
    reached: dict[int, list[Waits]] = defaultdict(list)  # by supplier
    circles: set[int] = set()
    for one in links:
        month = first_after(one, months)
        if one.receiver is None or month is None:
            continue
        until = last_before(one, months)
        if one.supplier is None or until is None:
            found.append(Waits(one, one.receiver, month, None, None, one.promise + 1))
            continue
        new = Waits(one, one.receiver, month, one.supplier, until, one.promise - until)
        if leads_back(new, reached):
            circles.add(one.pk)
            continue
        found.append(new)
        reached[one.supplier].append(new)
    return found, circles


def earliest(waits: Iterable[Waits]) -> dict[tuple[int, int], int]:
    """{(project, month of work): the month it begins in at the earliest} where a promise of what stays is waited for."""
    found: dict[tuple[int, int], int] = {}
    for one in waits:
        if one.until is None:
            found[one.receiver, one.month] = max(one.lag, found.get((one.receiver, one.month), 0))
    return found


def first_after(one: Between, months: Months) -> int | None:
    """The receiver's first month of work after the need."""
    if one.receiver is None:
        return None
    return next((month for month in months.get(one.receiver, ()) if month > one.need), None)


def last_before(one: Between, months: Months) -> int | None:
    """The supplier's last month of work up to the promise."""
    if one.supplier is None:
        return None
    return max((month for month in months.get(one.supplier, ()) if month <= one.promise), default=None)


def leads_back(new: Waits, reached: Mapping[int, Sequence[Waits]]) -> bool:
    """Whether what would wait is waited for by what it waits for. Work of a project waits for all of its earlier months."""
    assert new.until is not None
    seen: dict[int, int] = {}
    ahead = [(new.receiver, new.month)]
    while ahead:
        project, month = ahead.pop()
        if seen.get(project, month + 1) <= month:
            continue
        seen[project] = month
        if project == new.supplier and month <= new.until:
            return True
        ahead += [
            (one.receiver, one.month)
            for one in reached.get(project, ())
            if one.until is not None and one.until >= month
        ]
    return False


def told(
    links: Sequence[Between],
    circles: set[int],
    months: Months,
    begins: Mapping[tuple[int, int], int],
    ends: Mapping[tuple[int, int], int],
    unplaced: set[int],
) -> list[dict[str, Any]]:
    """Each dependency in the plan: `promise` is the month it comes in then, `later` by how many months, `why` it is not kept.

    `begins` and `ends` say in which month the work of (project, month) begins and ends in the plan.
    """
    found = []
    for one in links:
        until, month = last_before(one, months), first_after(one, months)
        promise = one.promise
        if until is not None:
            done = max(ends[one.supplier, each] for each in months[one.supplier] if each <= until)  # type: ignore[index]
            promise = max(promise, done + one.promise - until)
        if month is not None:
            begin = min(begins[one.receiver, each] for each in months[one.receiver] if each >= month)  # type: ignore[index]
            kept = begin > promise
        else:
            kept = promise <= max(one.need, one.promise)
        why = KEPT if kept else reason(one, circles, unplaced)
        found.append({"id": one.pk, "promise": promise, "later": promise - one.promise, "why": why})
    return found


def reason(one: Between, circles: set[int], unplaced: set[int]) -> str:
    """Why a dependency is not kept."""
    if one.pk in circles:
        return CIRCLE
    return NO_PLACE if {one.supplier, one.receiver} & unplaced else STAYS
