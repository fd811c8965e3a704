"""From a landscape to the engine of decision 0210 and back: pieces of work in months, and where each of them goes.

The work of a project in a month and a role is cut into pieces of a quarter of what the role usually has left, so that a part
of it can wait. All of a month comes before all of the next one; a piece lasts a month. Units are tenths of a day.
"""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from math import ceil
from statistics import median
from typing import Any

from portfolio.capacity.leveling.checking_plan import faults
from portfolio.capacity.leveling.portfolio import Plan, Progress, level
from portfolio.capacity.leveling.work import Activity, Link, Project, Work, work
from portfolio.relief import depending
from portfolio.relief.later import (
    Moved,
    dates_following,
    goes_beyond,
    last_of,
    moved_months,
    of_one_person,
    written,
)
from portfolio.relief.selectors.landscape import Landscape, Moving
from portfolio.relief.selectors.options import changed
from portfolio.relief.selectors.standing import mark_of

UNITS = 10  # a tenth of a day
PART = 4  # pieces are a quarter of what a role usually has left
MOST_PIECES = 40  # of a project in a month and a role
YEAR = 12


class Wrong(Exception):
    """The plan is none: the check that shares no code with the search found faults."""


@dataclass
class Problem:
    """`pieces`: {(project, month, role): numbers of activities}. `roomless`: (project, role) that has no room in any month.

    `circles` are the dependencies left out because they would close one."""

    work: Work | None
    pieces: dict[tuple[int, int, int], list[int]] = field(default_factory=dict)
    roomless: set[tuple[int, int]] = field(default_factory=set)
    circles: set[int] = field(default_factory=set)


def months_of(land: Landscape) -> dict[int, list[int]]:
    """{project: its months with work}."""
    return {number: sorted({month for month, _role in one.work}) for number, one in enumerate(land.moving)}


def problem_of(land: Landscape) -> Problem:
    found = Problem(None)
    lines = [[round(land.room(role, month) * UNITS) for role in land.roles] for month in range(land.months)]
    last = lines[-YEAR:]
    lines.append([sum(column) // len(last) for column in zip(*last, strict=True)])  # what goes on after the picture
    usual = [median([x for x in column if x > 0] or [0]) for column in zip(*lines, strict=True)]
    most = [max(column, default=0) for column in zip(*lines, strict=True)]
    activities: list[Activity] = []
    links: list[Link] = []
    waits, found.circles = depending.waiting(land.links, months_of(land))
    earliest = depending.earliest(waits)
    starts: dict[tuple[int, int], list[int]] = {}  # what is first to wait of a month of a project
    gates: dict[tuple[int, int], int] = {}
    for number, one in enumerate(land.moving):
        before: int | None = None
        for month in sorted({month for month, _role in one.work}):
            inside: list[int] = []
            soonest = max(month, earliest.get((number, month), 0))
            for pool, role in enumerate(land.roles):
                days = one.work.get((month, role), 0.0)
                units = max(round(days * UNITS), 1)
                if not days:
                    continue
                if not most[pool]:
                    found.roomless.add((number, role))
                    continue
                least = ceil(units / most[pool])  # a piece must fit into a month
                count = max(min(ceil(units / max(usual[pool] / PART, 1)), MOST_PIECES), least)
                numbers = list(range(len(activities), len(activities) + count))
                for place in range(count):
                    need = units // count + (place < units % count)
                    activities.append(Activity(number, 1, ((pool, need),) if need else (), earliest=soonest))
                found.pieces[number, month, role] = numbers
                inside += numbers
            if before is not None:
                links += [Link(before, piece) for piece in inside]
            gate = len(activities)
            activities.append(Activity(number, 0, earliest=soonest))
            links += [Link(piece, gate) for piece in inside]
            if before is not None:
                links.append(Link(before, gate))
            before = gates[number, month] = gate
            starts[number, month] = [*inside, gate]
    for wait in waits:
        if wait.supplier is not None and wait.until is not None:
            gate = gates[wait.supplier, wait.until]
            links += [Link(gate, piece, wait.lag) for piece in starts[wait.receiver, wait.month]]
    projects = [Project(one.weight, one.due + 1) for one in land.moving]
    if activities and land.roles:
        found.work = work(activities, projects, lines, links)
    return found


def levelled(
    land: Landscape, *, seed: int, moves: int, watch: Callable[[Progress], bool]
) -> tuple[Plan | None, dict[str, Any]]:
    """The plan and what is told of it. The same landscape, seed and moves give the same plan."""
    found = problem_of(land)
    if found.work is None:
        return None, told(land, found, None)
    plan = level(found.work, moves=moves, seed=seed, workers=1, watch=watch)
    if wrong := faults(found.work, plan.starts.tolist(), plan.ends.tolist(), plan.unplaced.tolist()):
        raise Wrong(wrong[0])
    return plan, told(land, found, plan)


def told(land: Landscape, found: Problem, plan: Plan | None) -> dict[str, Any]:
    """What is stored: each project that moves or finds no place, and the days that are short before and after."""
    ends_of = plan.ends.tolist() if plan is not None else []
    away = set(plan.unplaced.tolist()) if plan is not None else set()
    after: dict[tuple[int, int], float] = defaultdict(float)
    projects, moving_days = [], [0.0] * len(land.moving)
    began: dict[tuple[int, int], int] = {}
    ended: dict[tuple[int, int], int] = {}
    homeless: set[int] = set()
    for number, one in enumerate(land.moving):
        places: dict[int, dict[date, dict[date, Fraction]]] = defaultdict(dict)  # role → month → month: share
        ends: dict[date, date] = {}
        unplaced = {role for project, role in found.roomless if project == number}
        for (month, role), days in one.work.items():
            pieces = found.pieces.get((number, month, role), [])
            parts: dict[int, Fraction] = defaultdict(Fraction)
            for piece in pieces:
                lost = plan is None or piece in away
                unplaced |= {role} if piece in away else set()
                ran = month if lost else int(ends_of[piece]) - 1  # it may pause before it runs
                parts[ran] += Fraction(1, len(pieces))
            parts = parts or {month: Fraction(1)}
            for target, share in parts.items():
                after[role, target] += days * share
            moving_days[number] += sum(days * share for target, share in parts.items() if target != month)
            places[role][land.month(month)] = {land.month(target): share for target, share in parts.items()}
            began[number, month] = min(*parts, began.get((number, month), min(parts)))
            ended[number, month] = max(*parts, ended.get((number, month), 0))
            end = land.month(max(parts))
            ends[land.month(month)] = max(end, ends.get(land.month(month), end))
        homeless |= {number} if unplaced else set()
        late = max(int(plan.project_ends[number]) - one.due - 1, 0) if plan is not None else 0
        projects.append(
            {
                **project_told(one, places, ends, unplaced, land.first), "days": round(moving_days[number], 1),
                "months": late, "cost": one.weight * late,
            }
        )  # fmt: skip
    before: dict[tuple[int, int], float] = defaultdict(float)
    for one in land.moving:
        for (month, role), days in one.work.items():
            before[role, month] += days
    return {
        "first_month": land.first.isoformat(), "months": land.months, "roles": len(land.roles),
        "activities": found.work.size if found.work is not None else 0, "count": len(land.moving),
        "short_before": short(land, before), "short_after": short(land, after), "short_fixed": short(land, {}),
        "before_fixed": round(land.before_fixed, 1),
        "projects": [one for one in projects if one["allocations"] or one["unplaced"]],
        "links": [
            {**one, "promise": land.month(one["promise"]).isoformat()}
            for one in depending.told(land.links, found.circles, months_of(land), began, ended, homeless)
        ],
    }  # fmt: skip


def short(land: Landscape, moved: dict[tuple[int, int], float]) -> float:
    """Days beyond what the roles of the scope have, in the months of the picture."""
    total = 0.0
    for role in land.roles:
        for month in range(land.months):
            asked = land.fixed.get((role, month), 0.0) + moved.get((role, month), 0.0)
            total += max(asked - land.total.get((role, month), 0.0), 0.0)
    return round(total, 1)


def project_told(
    one: Moving,
    places: dict[int, dict[date, dict[date, Fraction]]],
    ends: dict[date, date],
    unplaced: set[int],
    first: date,
) -> dict[str, Any]:
    steps = []
    for each in one.works:
        where = places.get(each.role, {})
        plan = {month: amount for month, amount in each.plan.items() if month >= first}
        moved = moved_months(plan, where, percent=each.percent)
        if moved == plan:
            continue
        if each.row.person_id is not None:
            moved = of_one_person(moved, percent=each.percent, stay={m for m in plan if plan[m] == moved.get(m)})
            last = max(plan)
            ends[last] = max(*moved, ends.get(last, last))
        after = written(moved, plan, percent=each.percent)
        steps.append(changed(each, each.then(after, first)))
    dates = dates_following(ends, one.dates)
    late, beyond = max((move.weeks for move in dates), default=0), weeks_beyond(one, ends)
    return {
        "id": one.project.pk, "weight": one.weight, "weeks": max(late, beyond),
        "price": one.weight * max(late, beyond), "beyond": beyond > late,
        "last": max(ends.values()).isoformat() if ends else None,
        "allocations": steps, "milestones": [date_told(move) for move in dates], "unplaced": sorted(unplaced),
        "mark": mark_of(one.works, one.dates, first),
    }  # fmt: skip


def weeks_beyond(one: Moving, ends: dict[date, date]) -> int:
    """By how much its last work is later, where no date comes after it: {month: the month its work then ends in}."""
    months = {*ends, *(month for each in one.works for month in each.plan)}
    if not ends or not goes_beyond(months, one.dates):
        return 0
    return max(-(-(last_of(max(ends.values())) - last_of(max(months))).days // 7), 0)


def date_told(move: Moved) -> dict[str, Any]:
    return {
        "id": move.dated.pk, "version": move.dated.version, "name": move.dated.name,
        "from": move.dated.day.isoformat(), "to": move.to.isoformat(),
    }  # fmt: skip
