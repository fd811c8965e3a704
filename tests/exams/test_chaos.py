"""Random faults for as long as asked, under load, with the clocks of an installation (security.md exams 61 and 62).

The night's exam, `--minutes 30`, asks for 10,000 writes and 300 faults; a shorter run for its share of both.
"""

import pytest

from tests.faults.chaos import endured
from tests.faults.harness import Site


def test_nothing_is_lost_or_doubled(site: Site, request: pytest.FixtureRequest) -> None:
    minutes, seed = request.config.getoption("--minutes"), request.config.getoption("--seed")
    writes, faults = endured(site, minutes=minutes, seed=seed, projects=400)
    assert writes >= 10_000 * minutes / 30
    assert faults >= 300 * minutes / 30
