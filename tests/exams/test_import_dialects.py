"""Fifty thousand tables: the same in every encoding, and a table or a refusal whatever happened to them (security.md exam 46)."""

import random
from collections import Counter

import pytest

from projects.exchange.parsers import csv
from projects.exchange.problems import RefusedFile
from tests.projects.exchange.dialects import ENCODINGS
from tests.projects.exchange.test_dialects import hostile, same_in_every_encoding

CASES = 50_000


def test_random_tables(request: pytest.FixtureRequest) -> None:
    chance = random.Random(request.config.getoption("--seed"))
    for _ in range(CASES // 2 // len(ENCODINGS)):
        same_in_every_encoding(chance)


def test_hostile_tables(request: pytest.FixtureRequest) -> None:
    chance, seen = random.Random(request.config.getoption("--seed")), Counter[str]()
    for _ in range(CASES // 2):
        try:
            csv.parse(hostile(chance))
            seen["read"] += 1
        except RefusedFile as refused:
            seen[refused.code] += 1
    print(f"\n{dict(seen.most_common())}")  # noqa: T201
    assert min(seen["read"], seen["nul_in_text"], seen["cell_too_long"], seen["damaged_text"]) > CASES / 1000
