"""Projects that break whoever judges them, in the ways the suite leaves out (security.md exam 66)."""

import pytest

from tests.faults.harness import Site
from tests.faults.poison import given_up


@pytest.mark.parametrize("kind", ["exits", "eats", "hangs"])
def test_poison_is_given_up_and_the_others_go_on(site: Site, kind: str) -> None:
    given_up(site, kind)
