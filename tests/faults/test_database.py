"""PostgreSQL crashes under load: what was acknowledged is there, once; the workers go on by themselves (security.md exam 65)."""

import time
from typing import Any

from tests.core.processes import eventually
from tests.faults.harness import Site


def missing_or_doubled(site: Site, log: list[dict[str, Any]]) -> list[str]:
    """Acknowledged writes that are not stored, or writes stored twice. One that failed may be stored: its commit was in doubt."""
    stored = site.ask("stored_tokens")
    lost = [entry["token"] for entry in log if not entry["failed"] and stored.get(entry["token"]) != 1]
    return lost + [token for token, times in stored.items() if times > 1]


def test_immediate_restarts_under_load(site: Site) -> None:
    ids = site.portfolio(60)
    worker, beat = site.worker(), site.beat()
    site.ask("start_writing", ids, 4, 60)
    for _ in range(3):
        time.sleep(1.5)
        site.crash_postgres()
    time.sleep(1)
    log = site.ask("stop_writing")
    assert len(log) > 100
    assert missing_or_doubled(site, log) == []
    site.ask("change", ids[:1], 28)
    started = time.monotonic()
    assert eventually(lambda: site.ask("forecasts", ids[:1])[str(ids[0])] == "2027-07-28", 10)
    assert time.monotonic() - started < 10
    site.converge()
    assert worker.poll() is None
    assert beat.poll() is None


def test_crash_in_the_middle_of_a_batch(site: Site) -> None:
    ids = site.portfolio(200)
    site.worker()
    site.beat()
    lock = site.holding("LOCK TABLE reporting_rollup IN EXCLUSIVE MODE")
    site.ask("change", ids, 20)
    assert eventually(lambda: len(site.blocked()) > 0)
    site.crash_postgres()
    lock.close()
    site.converge()
    assert set(site.ask("forecasts", ids).values()) == {"2027-07-20"}
