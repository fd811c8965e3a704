"""The long runs: `make exams`, or `pytest tests/exams -o addopts=--import-mode=importlib --minutes 30 --seed 7`."""

import pytest

from tests.faults.conftest import installation, site

__all__ = ["installation", "site"]  # fixtures


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--minutes", type=float, default=10.0, help="how long the random faults go on (default 10)")
    parser.addoption("--seed", type=int, default=1, help="of the random faults (default 1)")
