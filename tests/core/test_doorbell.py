"""A queue that is away, or that hangs, must not slow a write down."""

import socket
import subprocess
import sys
import textwrap
from pathlib import Path

from tests.core.processes import BASE_DIR, environment_of

RINGS = textwrap.dedent("""
    import time, django
    django.setup()
    from pmo_portal.core.doorbell import doorbell
    for _ in range(3):
        started = time.monotonic()
        rung = doorbell.ring("reporting.health.tasks.sweep")
        print(rung, time.monotonic() - started)
""")


def rings(directory: Path, redis_url: str) -> list[tuple[str, float]]:
    environment = environment_of(directory, REDIS_URL=redis_url, DJANGO_SETTINGS_MODULE="pmo_portal.settings")
    done = subprocess.run(
        [sys.executable, "-c", RINGS], cwd=BASE_DIR, env=environment, capture_output=True, text=True, check=True
    )
    lines = [line.split() for line in done.stdout.splitlines()]
    return [(rung, float(seconds)) for rung, seconds in lines]


def test_a_queue_that_is_away_costs_nothing(tmp_path: Path) -> None:
    first, *later = rings(tmp_path, "redis://127.0.0.1:9/0")
    assert first[0] == "False"
    assert first[1] < 1
    assert all(rung == "False" and seconds < 0.01 for rung, seconds in later)


def test_a_queue_that_hangs_costs_one_timeout_then_nothing(tmp_path: Path) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        first, *later = rings(tmp_path, f"redis://127.0.0.1:{deaf.getsockname()[1]}/0")
    assert first[0] == "False"
    assert first[1] < 3
    assert all(rung == "False" and seconds < 0.01 for rung, seconds in later)
