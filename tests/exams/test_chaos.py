"""Random faults for as long as asked, under load, with the clocks of an installation (security.md exams 61 and 62)."""

import os
import random
import signal
import statistics
import time
from collections import Counter

import pytest

from tests.faults.harness import LIVE, Site
from tests.faults.test_database import missing_or_doubled


class Chaos:
    """Two workers and a beat that are broken and, like under the supervisor, started again."""

    def __init__(self, site: Site, seed: int) -> None:
        self.site, self.chance = site, random.Random(seed)
        self.workers = [site.worker(LIVE), site.worker(LIVE)]
        self.beat = site.beat(LIVE)
        self.done: Counter[str] = Counter()

    def strike(self) -> None:
        for child in (*self.workers, self.beat):
            assert child.poll() is None, self.site.log_of(child)[-3000:]
        fault = self.chance.choice(
            [
                "kill_worker",
                "kill_child",
                "kill_beat",
                "kill_valkey",
                "flush_valkey",
                "crash_postgres",
                "stop_worker",
                "freeze",
            ]
        )
        before = self.site.faults
        getattr(self, fault)()
        assert self.site.faults == before + 1, f"{fault} hit nothing"
        self.done[fault] += 1

    def kill_worker(self) -> None:
        number = self.chance.randrange(2)
        self.site.kill_worker(self.workers[number])
        self.workers[number] = self.site.worker(LIVE)

    def stop_worker(self) -> None:
        number = self.chance.randrange(2)
        self.site.stop(self.workers[number], 60)
        self.workers[number] = self.site.worker(LIVE)

    def kill_child(self) -> None:
        self.site.kill_child_of(self.chance.choice(self.workers))

    def kill_beat(self) -> None:
        self.site.kill_worker(self.beat)
        self.beat = self.site.beat(LIVE)

    def kill_valkey(self) -> None:
        self.site.kill_valkey()

    def flush_valkey(self) -> None:
        self.site.flush_valkey()

    def crash_postgres(self) -> None:
        self.site.crash_postgres()

    def freeze(self) -> None:
        """A worker that stands still longer than its leases last, and then goes on as if nothing had been."""
        victim = self.chance.choice(self.workers)
        pids = [victim.pid, *(child.pid for child in self.site.mine(victim.pid).children())]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(12)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        self.site.faults += 1


@pytest.mark.parametrize("projects", [400])
def test_nothing_is_lost_or_doubled(site: Site, request: pytest.FixtureRequest, projects: int) -> None:
    minutes, seed = request.config.getoption("--minutes"), request.config.getoption("--seed")
    ids = site.portfolio(projects)
    chaos = Chaos(site, seed)
    other = site.new_desk()
    for desk, own in ((site.desk, ids[::2]), (other, ids[1::2])):
        desk.ask("start_writing", own, 2, 12)
    until = time.monotonic() + 60 * minutes
    while time.monotonic() < until:
        time.sleep(chaos.chance.uniform(0.2, 2.0))
        chaos.strike()
    last_fault = time.monotonic()
    time.sleep(1)
    log = site.desk.ask("stop_writing") + other.ask("stop_writing")
    lost = missing_or_doubled(site, log)
    assert lost == []
    site.converge(30 - (time.monotonic() - last_fault))
    acknowledged = [entry["seconds"] for entry in log if not entry["failed"]]
    took = time.monotonic() - last_fault
    print(  # noqa: T201
        f"\nseed {seed}: {sum(chaos.done.values())} faults {dict(chaos.done)}, {len(log)} writes "
        f"({len(log) - len(acknowledged)} refused while PostgreSQL was away), p50 {statistics.median(acknowledged):.3f} s, "
        f"0 lost, 0 doubled, {took:.1f} s after the last fault all was answered"
    )
