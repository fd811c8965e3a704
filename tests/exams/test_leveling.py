"""The levelling engine at length: all of J30, and larger networks beside long runs."""

from itertools import islice

import pytest

from portfolio.capacity.leveling import exact, psplib, single
from portfolio.capacity.leveling.checking import faults
from tests.portfolio.capacity.networks import PSPLIB, kinds, made, optima


def test_all_of_j30() -> None:
    """480 networks of 30 activities: at most 0.1 % above the optimum on average with 5 s each."""
    best, above, proven = optima(), 0.0, 0
    single.warm_up()
    for name, optimum in best.items():
        given = psplib.read(PSPLIB / "j30" / name).network
        found = single.level(given, seconds=5, workers=2)
        assert faults(given, found.starts.tolist()) == []
        assert found.lower <= optimum <= found.length
        above += found.length / optimum - 1
        proven += found.proven
    print(f"\n{100 * above / len(best):.4f} % above the optimum, {proven} of {len(best)} proven")  # noqa: T201
    assert above / len(best) <= 0.001


@pytest.mark.parametrize(("size", "strengths", "most"), [(60, (0.2, 0.5), 0.01), (120, (0.1, 0.2, 0.4), 0.02)])
def test_larger_networks_beside_long_runs(size: int, strengths: tuple[float, ...], most: float) -> None:
    """5 s against the best of a minute with another seed and constraint programming."""
    single.warm_up()
    above = []
    for number, kind in enumerate(islice(kinds(strengths), 12)):
        given = made(size, kind, seed=number)
        found = single.level(given, seconds=5, workers=2)
        assert faults(given, found.starts.tolist()) == []
        long = single.level(given, seconds=40, seed=99, workers=2)
        alone = exact.polish(given, long.starts, long.lower, seconds=20, workers=2, seed=1, watch=lambda: True)
        reference = min(long.length, alone.length)
        assert found.lower <= reference
        above.append(found.length / reference - 1)
    print(f"\n{size}: {100 * sum(above) / len(above):.2f} % above, worst {100 * max(above):.2f} %")  # noqa: T201
    assert sum(above) / len(above) <= most
