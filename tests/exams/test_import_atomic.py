"""Ten thousand rows, killed at twenty moments of their writing; one bad cell in the last of them (security.md exam 48)."""

from pathlib import Path

import pytest

from tests.projects.exchange.test_atomic import everything_or_nothing, refused_for_its_last_row, with_parts

ROWS = 10_000


@pytest.mark.django_db(transaction=True)
def test_killed_at_twenty_moments(tmp_path: Path) -> None:
    everything_or_nothing(with_parts(tmp_path / "plan.xlsx", ROWS), moments=18)


@pytest.mark.django_db(transaction=True)
def test_an_error_in_the_last_row(tmp_path: Path) -> None:
    refused_for_its_last_row(tmp_path / "plan.csv", ROWS)
