"""Half a minute of random faults under load (security.md exam 61); `make exams` goes on for as long as asked."""

from tests.faults.chaos import QUICK, endured
from tests.faults.harness import Site


def test_nothing_is_lost_or_doubled(site: Site) -> None:
    writes, faults = endured(site, minutes=0.5, seed=61, projects=100, faults=QUICK)
    assert writes > 200
    assert faults >= 5
