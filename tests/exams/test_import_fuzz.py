"""Ten thousand files that chance made of the published ones, and two thousand of our own (security.md exam 45)."""

import random
from collections import Counter
from pathlib import Path

import pytest
from django.conf import settings

from projects.exchange import child, messages, reading
from projects.exchange.problems import RefusedFile
from projects.exchange.profiles import shipped
from tests.projects.exchange import fuzz
from tests.projects.exchange.files import TODAY

PUBLISHED, OWN = 10_000, 2_000
LARGEST = 200_000  # bytes of a published file to break: larger ones would only take longer


@pytest.mark.django_db
def test_our_own_files(request: pytest.FixtureRequest) -> None:
    seen = fuzz.run(seed=request.config.getoption("--seed"), count=OWN, write_every=5)
    print(f"\n{dict(seen.most_common())}")  # noqa: T201
    assert seen["written"] > OWN / 20


def test_published_files(request: pytest.FixtureRequest) -> None:
    """One in four is also understood with the profile of its publication."""
    profiles = {"us_health_it_2013": "us_health_it"}
    kinds = {".csv", ".xlsx", ".json"}
    paths = [path for path in sorted(Path(settings.DEMO_DATA).rglob("*")) if path.suffix in kinds]
    files = [
        (path.name, path.read_bytes(), shipped()[profiles.get(path.parent.name, path.parent.name)])
        for path in paths
        if path.stat().st_size <= LARGEST
    ]
    if not files:
        pytest.skip("DEMO_DATA holds no published file")
    chance, seen = random.Random(request.config.getoption("--seed")), Counter[str]()
    for number in range(PUBLISHED):
        name, content, profile = files[number % len(files)]
        try:
            source = child.read(fuzz.broken(chance, name, content), name)
            if number // len(files) % 4 == 0:
                read = reading.read(source, profile, today=TODAY, file_name=name)
                messages.as_data(read.problems)
            seen["read"] += 1
        except RefusedFile as refused:
            seen[refused.code] += 1
        except Exception as error:
            error.add_note(f"case {number}, {name}")
            raise
    print(f"\n{len(files)} files: {dict(seen.most_common())}")  # noqa: T201
    assert seen["read"] > PUBLISHED / 10
