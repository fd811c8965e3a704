"""One network: every schedule is feasible, no bound is above an optimum, a proof is one."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portfolio.capacity.leveling import exact, single
from portfolio.capacity.leveling.bounds import lower_bound
from portfolio.capacity.leveling.checking import faults
from portfolio.capacity.leveling.genetic import Search
from portfolio.capacity.leveling.network import BadNetwork, Network, network
from tests.portfolio.capacity.networks import made


@st.composite
def networks(draw: st.DrawFn) -> Network:
    size, kinds = draw(st.integers(1, 9)), draw(st.integers(0, 3))
    room = draw(st.lists(st.integers(0, 2**31), min_size=kinds, max_size=kinds))
    lasting = draw(st.lists(st.integers(0, 6), min_size=size, max_size=size))
    demands = [[draw(st.integers(0, most)) for most in room] for _ in range(size)]
    pairs = draw(
        st.lists(st.tuples(st.integers(0, size - 1), st.integers(0, size - 1)).filter(lambda two: two[0] < two[1]))
    )
    turned = draw(st.permutations(range(size)))  # numbers say nothing about the order
    return network(lasting, demands, room, [(turned[a], turned[b]) for a, b in pairs])


def best(small: Network) -> int:
    """The shortest length, by constraint programming from a start that is one after the other."""
    starts = np.zeros(small.size, np.int64)
    at = 0
    for activity in small.order.tolist():
        starts[activity] = at
        at += int(small.durations[activity])
    found = exact.polish(small, starts, 0, seconds=20, workers=1, seed=1, watch=lambda: True)
    assert found.lower == found.length
    return found.length


@settings(max_examples=60, deadline=None)
@given(networks())
def test_any_small_network_is_feasible_and_between_its_bounds(small: Network) -> None:
    search = Search(small, lower_bound(small), seed=1)
    length = search.step(150)
    search.step(150)
    assert faults(small, search.starts.tolist()) == []
    assert lower_bound(small) <= best(small) <= search.length <= length
    assert int((search.starts + small.durations).max()) == search.length


@pytest.mark.parametrize("size", [60, 120])
def test_larger_networks_beside_constraint_programming_alone(size: int) -> None:
    """What the genetic search finds in a moment, constraint programming does not find in the same time from a simple start."""
    hard = made(size, (1.8, 0.75, 0.2), seed=3)
    found = single.level(hard, seconds=0.6, workers=2)
    assert faults(hard, found.starts.tolist()) == []
    assert found.lower <= found.length
    simple = Search(hard, 0, seed=1)
    simple.step(1)
    alone = exact.polish(hard, simple.starts, lower_bound(hard), seconds=0.6, workers=2, seed=1, watch=lambda: True)
    assert alone.lower <= found.length <= alone.length


def test_a_seed_and_a_number_of_children_decide() -> None:
    hard = made(60, (1.8, 0.75, 0.2), seed=3)

    def after(seed: int, steps: list[int]) -> list[int]:
        search = Search(hard, 0, seed)
        for children in steps:
            search.step(children)
        return [int(one) for one in search.starts]

    assert after(5, [100, 400]) == after(5, [100, 400])
    assert after(5, [100, 400]) != after(6, [100, 400])


def test_stopped_it_answers_with_what_it_has() -> None:
    hard, shown = made(120, (1.8, 1.0, 0.1), seed=1), []

    def watch(found: single.Schedule) -> bool:
        shown.append(found.length)
        return len(shown) < 3

    began = time.monotonic()
    found = single.level(hard, seconds=60, watch=watch)
    assert time.monotonic() - began < 20
    assert found.length == shown[-1] == min(shown)
    assert faults(hard, found.starts.tolist()) == []


def test_without_the_solver_all_works(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact, "cp_model", None)
    easy = made(30, (1.8, 0.5, 0.7), seed=1)
    found = single.level(easy, seconds=0.3)
    assert faults(easy, found.starts.tolist()) == []


def test_a_fault_is_seen() -> None:
    """The independent check against schedules that are wrong in one way each."""
    two = network([2, 3], [[2], [2]], [3], [])
    assert faults(two, [0, 2]) == []
    assert faults(two, [0, 1]) == ["resource 0 in period 1: 4 of 3 used"]
    assert "before the first" in faults(two, [-2, 0])[0]
    assert faults(two, [0]) == ["1 starts for 2 activities"]
    assert "before 0 is over" in faults(network([2, 3], [[0], [0]], [3], [(0, 1)]), [0, 1])[0]


@pytest.mark.parametrize(
    ("lasting", "demands", "pairs", "code"),
    [
        ([1, 1], [[1], [1]], [(0, 1), (1, 0)], "circle"),
        ([1, 1], [[1], [1]], [(1, 1)], "circle"),
        ([1, 1], [[1], [3]], [], "never_fits"),
        ([1, -1], [[1], [1]], [], "negative"),
        ([1, 1], [[1], [-1]], [], "negative"),
    ],
)
def test_what_can_never_be_scheduled_is_refused(lasting, demands, pairs, code) -> None:
    with pytest.raises(BadNetwork) as error:
        network(lasting, demands, [2], pairs)
    assert error.value.code == code


def test_a_milestone_may_name_any_demand() -> None:
    assert single.level(network([0, 2], [[9], [1]], [1], [(0, 1)]), seconds=0.1).length == 2
