"""Portfolios to level: made ones, from small and odd to the size of the benchmark."""

import numpy as np
from hypothesis import strategies as st

from portfolio.capacity.leveling.work import Activity, Link, Project, Work, work

POOLS = 12
QUARTERS = 4  # units of a full-time person


def made(projects: int = 200, each: int = 50, people: int = 300, seed: int = 0) -> Work:
    """Weeks; releases over a year, due a third after the critical path, weights 1–10, twelve pools by skill."""
    chance = np.random.default_rng(seed)
    size = projects * each
    lasting = chance.choice([1, 2, 3, 4, 6], size, p=[0.3, 0.3, 0.2, 0.15, 0.05])
    share = chance.dirichlet(np.full(POOLS, 6.0))
    pool, other = chance.choice(POOLS, size, p=share), chance.integers(0, POOLS, size)
    units, more = (
        chance.choice([1, 2, 4, 4, 4, 8], size),
        np.where(chance.random(size) < 0.2, chance.integers(1, 3, size), 0),
    )
    released = chance.integers(0, 52, projects)
    links: list[Link] = []
    due: list[int] = []
    for project in range(projects):
        level = np.sort(chance.integers(0, 12, each))
        early = np.full(each, released[project])
        for activity in range(each):
            before = np.nonzero((level < level[activity]) & (level >= level[activity] - 2))[0]
            for earlier in chance.choice(before, min(len(before), 1 + int(chance.integers(0, 2))), replace=False):
                links.append(Link(project * each + int(earlier), project * each + activity))
                early[activity] = max(early[activity], early[earlier] + lasting[project * each + earlier])
        path = int((early + lasting[project * each : (project + 1) * each]).max()) - int(released[project])
        due.append(int(released[project]) + -(-path * 27 // 20))
    activities = [
        Activity(
            project=one // each,
            duration=int(lasting[one]),
            needs=((int(pool[one]), int(units[one])), (int(other[one]), int(more[one]))),
            earliest=int(released[one // each]),
        )
        for one in range(size)
    ]
    weights = chance.integers(1, 11, projects)
    capacity = [max(3 * QUARTERS, round(part * people) * QUARTERS) for part in share]
    return work(
        activities, [Project(float(weight), end) for weight, end in zip(weights, due, strict=True)], [capacity], links
    )


@st.composite
def small(draw: st.DrawFn) -> Work:
    """Closed periods, changing capacities, fixed work above them, links of all kinds between projects, nothing to do at all."""
    size, projects, pools = draw(st.integers(0, 8)), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    capacity = draw(st.lists(st.lists(st.integers(0, 4), min_size=pools, max_size=pools), min_size=1, max_size=8))
    most = [max(line[pool] for line in capacity) for pool in range(pools)]
    activities = []
    for _ in range(size):
        needs = [(pool, draw(st.integers(0, most[pool]))) for pool in range(pools)]
        activities.append(
            Activity(
                project=draw(st.integers(0, projects - 1)),
                duration=draw(st.integers(0, 4)),
                needs=tuple(need for need in needs if need[1]),
                earliest=draw(st.integers(0, 6)),
                fixed=draw(st.none() | st.none() | st.integers(0, 6)),
            )
        )
    pairs = st.tuples(st.integers(0, max(0, size - 1)), st.integers(0, max(0, size - 1))).filter(
        lambda two: two[0] < two[1]
    )
    links = [
        Link(earlier, later, draw(st.integers(-2, 3)), draw(st.booleans()), draw(st.booleans()))
        for earlier, later in (draw(st.lists(pairs, max_size=8)) if size > 1 else [])
    ]
    of = st.builds(Project, st.integers(0, 9).map(float), st.none() | st.integers(0, 20))
    return work(activities, draw(st.lists(of, min_size=projects, max_size=projects)), capacity, links)
