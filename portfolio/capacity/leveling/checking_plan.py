"""Whether a plan of a portfolio is one: written apart from what makes plans, period by period, in the simplest way."""

from collections.abc import Sequence

from portfolio.capacity.leveling.work import Work


def faults(work: Work, starts: Sequence[int], ends: Sequence[int], unplaced: Sequence[int] = ()) -> list[str]:
    """What is wrong with it, in technical words; nothing when it is feasible. `unplaced` activities are not looked at."""
    found: list[str] = []
    lines, away = work.capacity.tolist(), set(unplaced)
    needs, lasting, fixed = work.needs.tolist(), work.durations.tolist(), work.fixed.tolist()
    used: dict[tuple[int, int], int] = {}
    for activity, (start, end) in enumerate(zip(starts, ends, strict=True)):
        if activity in away:
            continue
        if fixed[activity] >= 0 and start != fixed[activity]:
            found.append(f"fixed activity {activity} was moved from {fixed[activity]} to {start}")
        if fixed[activity] < 0 and start < work.earliest[activity]:
            found.append(f"activity {activity} starts before {work.earliest[activity]}")
        ran = 0
        for period in range(start, end):
            room = lines[min(period, len(lines) - 1)]
            asked = [pool for pool, units in enumerate(needs[activity]) if units]
            if any(room[pool] == 0 for pool in asked):
                continue
            ran += 1
            for pool in asked:
                used[period, pool] = used.get((period, pool), 0) + needs[activity][pool]
        if ran != lasting[activity]:
            found.append(f"activity {activity} runs {ran} of {lasting[activity]} periods")
    found += _links(work, starts, ends, away)
    for (period, pool), units in sorted(used.items()):
        room = lines[min(period, len(lines) - 1)][pool]
        if units > room and units > _fixed_units(work, starts, ends, period, pool):
            found.append(f"pool {pool} in period {period}: {units} of {room} used")
    return found


def _fixed_units(work: Work, starts: Sequence[int], ends: Sequence[int], period: int, pool: int) -> int:
    """What fixed work alone takes."""
    return sum(
        int(work.needs[one, pool])
        for one in range(work.size)
        if work.fixed[one] >= 0 and starts[one] <= period < ends[one]
    )


def _links(work: Work, starts: Sequence[int], ends: Sequence[int], away: set[int]) -> list[str]:
    found = []
    for later in range(work.size):
        if work.fixed[later] >= 0 or later in away:
            continue
        for k in range(int(work.before.first[later]), int(work.before.first[later + 1])):
            earlier = int(work.before.of[k])
            reached = (ends if work.from_end[k] else starts)[earlier] + int(work.offset[k])
            if starts[later] < reached:
                found.append(f"activity {later} starts at {starts[later]}, before {reached} after {earlier}")
    return found
