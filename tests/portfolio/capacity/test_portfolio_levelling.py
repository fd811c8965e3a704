"""A portfolio levelled: feasible, decided by the seed, never worse than the best rule, never below its bound."""

import time

import numpy as np
import pytest
from hypothesis import example, given, settings

from portfolio.capacity.leveling import portfolio
from portfolio.capacity.leveling.checking_plan import faults
from portfolio.capacity.leveling.network import BadNetwork
from portfolio.capacity.leveling.portfolio import Plan, Progress
from portfolio.capacity.leveling.work import Activity, Link, Project, Work, work
from tests.portfolio.capacity.portfolios import made, small


def wrong(given: Work, plan: Plan) -> list[str]:
    return faults(given, plan.starts.tolist(), plan.ends.tolist(), plan.unplaced.tolist())


def of(*activities: Activity, capacity: list[list[int]], links: list[Link] | None = None, due: int | None = 0) -> Plan:
    """Levelled, with one project for each number used; each weighs 1 more than the one before."""
    projects = [Project(1.0 + number, due) for number in range(max(one.project for one in activities) + 1)]
    given = work(activities, projects, capacity, links or [])
    plan = portfolio.level(given, moves=50)
    assert wrong(given, plan) == []
    return plan


@settings(max_examples=80, deadline=None)
@given(small())
@example(work([], [Project(1.0, 0)], [[1]]))
def test_any_portfolio(given: Work) -> None:
    plan = portfolio.level(given, moves=30, seed=3)
    assert wrong(given, plan) == []
    assert 0 <= plan.lower <= plan.cost <= plan.rule_cost
    assert 0 <= plan.gap <= 1
    again = portfolio.level(given, moves=30, seed=3)
    assert (again.starts.tolist(), again.cost) == (plan.starts.tolist(), plan.cost)
    ends = np.zeros(len(given.weights), np.int64)
    np.maximum.at(ends, given.project, plan.ends)
    late = np.maximum(0, ends - given.due)
    assert plan.cost == pytest.approx(float((late * given.weights).sum()))
    assert plan.project_ends.tolist() == ends.tolist()


@settings(max_examples=20, deadline=None)
@given(small())
def test_the_bound_is_below_every_plan(given: Work) -> None:
    """Plans of other seeds and of no search at all stay above the bound of each."""
    plans = [portfolio.level(given, moves=moves, seed=seed) for moves, seed in ((0, 1), (40, 2), (80, 9))]
    assert max(plan.lower for plan in plans) <= min(plan.cost for plan in plans) + 1e-6


def test_the_dearer_project_goes_first() -> None:
    """Both want the same person in the same two weeks."""
    plan = of(Activity(0, 2, ((0, 1),)), Activity(1, 2, ((0, 1),)), capacity=[[1]], due=2)
    assert plan.starts.tolist() == [2, 0]
    assert plan.cost == 2.0


def test_what_must_be_late_is_the_bound() -> None:
    """Three projects of four weeks for one person, due in week 4: 4 and 8 weeks late for the two that weigh least."""
    plan = of(*(Activity(number, 4, ((0, 1),)) for number in range(3)), capacity=[[1]], due=4)
    assert plan.cost == 2 * 4 + 1 * 8
    assert 0 < plan.lower <= plan.cost


def test_closed_weeks_pause_an_activity_and_short_weeks_keep_it_out() -> None:
    closed = of(Activity(0, 3, ((0, 1),)), capacity=[[1], [0], [1], [1]])
    assert (closed.starts.tolist(), closed.ends.tolist()) == ([0], [4])
    short = of(Activity(0, 3, ((0, 2),)), capacity=[[2], [1], [2], [2]])
    assert (short.starts.tolist(), short.ends.tolist()) == ([2], [5])
    first = of(Activity(0, 1, ((0, 1),)), capacity=[[0], [0], [1]])
    assert first.starts.tolist() == [2]


def test_fixed_work_stays_and_says_what_it_breaks() -> None:
    plan = of(
        Activity(0, 2, ((0, 1),), fixed=1),
        Activity(0, 2, ((0, 1),), fixed=2),
        Activity(0, 1, ((0, 1),)),
        Activity(0, 3, ((0, 1),)),
        capacity=[[1]],
        links=[Link(3, 0)],
    )
    assert plan.starts.tolist()[:3] == [1, 2, 0]
    assert plan.overloads == ((2, 0, 1),)
    assert plan.broken == ((3, 0),)
    assert plan.starts[3] == 4


@pytest.mark.parametrize(
    ("link", "start"),
    [
        (Link(0, 1), 3),
        (Link(0, 1, 2), 5),
        (Link(0, 1, -1), 2),
        (Link(0, 1, 1, from_end=False), 1),
        (Link(0, 1, 0, from_end=True, to_end=True), 1),
        (Link(0, 1, 4, from_end=False, to_end=True), 2),
    ],
)
def test_links_between_projects(link: Link, start: int) -> None:
    plan = of(Activity(0, 3, ((0, 1),)), Activity(1, 2, ((1, 1),)), capacity=[[1, 1]], links=[link])
    assert plan.starts.tolist() == [0, start]


def test_projects_that_wait_for_each_other_in_turn() -> None:
    """0 → 1 → 0 → 1, in numbers against that order."""
    plan = of(
        Activity(1, 1), Activity(0, 1), Activity(1, 1), Activity(0, 1),
        capacity=[[1]], links=[Link(3, 2), Link(2, 1), Link(1, 0)],
    )  # fmt: skip
    assert plan.starts.tolist() == [3, 2, 1, 0]


def test_work_without_a_place_is_named() -> None:
    """The pool is closed after two weeks for ever; what waits for it has no place either."""
    plan = of(
        Activity(0, 3, ((0, 1),)),
        Activity(1, 1, ((1, 1),)),
        Activity(1, 1),
        capacity=[[1, 1], [1, 1], [0, 1]],
        links=[Link(0, 2)],
    )
    assert plan.unplaced.tolist() == [0, 2]
    assert plan.starts[1] == 0


def test_far_away_work_finds_its_place() -> None:
    """Much more than the periods that are given: the last of them goes on."""
    plan = of(*(Activity(0, 5, ((0, 1),)) for _ in range(40)), capacity=[[1]], due=None)
    assert sorted(plan.starts.tolist()) == list(range(0, 200, 5))
    assert (plan.cost, plan.lower, plan.gap) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("activity", "code"),
    [
        (Activity(0, -1), "negative"),
        (Activity(0, 1, ((0, -1),)), "negative"),
        (Activity(0, 1, fixed=-1), "negative"),
        (Activity(0, 1, ((0, 5),)), "never_fits"),
        (Activity(0, 1, ((0, 3), (0, 2))), "never_fits"),
        (Activity(2, 1), "unknown"),
        (Activity(0, 1, ((1, 1),)), "unknown"),
        (Activity(0, 10**6), "too_large"),
        (Activity(0, 1, ((0, 10**9),)), "too_large"),
        (Activity(0, 1, earliest=10**9), "too_large"),
    ],
)
def test_what_cannot_be_levelled_is_refused(activity: Activity, code: str) -> None:
    with pytest.raises(BadNetwork) as error:
        work([activity], [Project(1.0)], [[4]])
    assert error.value.code == code


def test_circles_and_odd_capacities_are_refused() -> None:
    two = [Activity(0, 1), Activity(0, 1)]
    for links, capacity, code in (
        ([Link(0, 1), Link(1, 0)], [[1]], "circle"),
        ([Link(0, 2)], [[1]], "unknown"),
        ([Link(0, 1, 10**9)], [[1]], "too_large"),
        ([], [], "too_large"),
        ([], [[-1]], "too_large"),
    ):
        with pytest.raises(BadNetwork) as error:
            work(two, [Project(1.0)], capacity, links)
        assert error.value.code == code


def test_a_middling_portfolio_gets_better_is_watched_and_stops() -> None:
    given, seen = made(projects=40, each=20, people=20, seed=2), []

    def watch(progress: Progress) -> bool:
        seen.append(progress)
        return len(seen) < 8

    stopped = portfolio.level(given, seconds=60, workers=2, watch=watch)
    assert len(seen) == 8
    assert stopped.cost == seen[-1].cost <= stopped.rule_cost
    assert [one.cost for one in seen] == sorted((one.cost for one in seen), reverse=True)
    assert wrong(given, stopped) == []
    plan = portfolio.level(given, moves=600, workers=2)
    assert plan.lower <= plan.cost < 0.95 * plan.rule_cost
    assert wrong(given, plan) == []
    began = time.monotonic()
    portfolio.level(given, seconds=0.5)
    assert time.monotonic() - began < 5
