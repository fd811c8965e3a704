"""Random faults under load: two workers and a beat that are broken and, like under the supervisor, started again."""

import os
import random
import signal
import statistics
import time
from collections import Counter

from tests.faults.harness import LIVE, Site
from tests.faults.test_database import missing_or_doubled

QUICK = (
    "kill_worker", "kill_child", "kill_beat", "kill_valkey", "flush_valkey", "fill_valkey", "crash_postgres", "stop_worker",
)  # fmt: skip
ALL = (*QUICK, *QUICK, *QUICK, "freeze")  # which takes as long as ten others: the night asks for 300 in 30 minutes
FROZEN_SECONDS = 20


class Chaos:
    """One installation with the clocks of life."""

    def __init__(self, site: Site, seed: int, faults: tuple[str, ...]) -> None:
        self.site, self.chance, self.faults = site, random.Random(seed), faults
        self.workers = [site.worker(LIVE), site.worker(LIVE)]
        self.beat = site.beat(LIVE)
        self.done: Counter[str] = Counter()

    def strike(self) -> None:
        for child in (*self.workers, self.beat):
            assert child.poll() is None, self.site.log_of(child)[-3000:]
        fault = self.chance.choice(self.faults)
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

    def fill_valkey(self) -> None:
        self.site.fill_valkey(self.chance.uniform(0.5, 3))

    def crash_postgres(self) -> None:
        self.site.crash_postgres()

    def freeze(self) -> None:
        """A worker that stands still longer than its leases last, and then goes on as if nothing had been."""
        victim = self.chance.choice(self.workers)
        pids = [victim.pid, *(child.pid for child in self.site.mine(victim.pid).children())]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        time.sleep(FROZEN_SECONDS)
        for pid in pids:
            os.kill(pid, signal.SIGCONT)
        self.site.faults += 1


def endured(site: Site, *, minutes: float, seed: int, projects: int, faults: tuple[str, ...] = ALL) -> tuple[int, int]:
    """(writes, faults) of so many minutes, after the proof that nothing was lost, doubled or wrong, within 30 s of the last."""
    ids = site.portfolio(projects)
    chaos = Chaos(site, seed, faults)
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
    assert missing_or_doubled(site, log) == []
    site.converge(30 - (time.monotonic() - last_fault))
    took = time.monotonic() - last_fault
    acknowledged = [entry["seconds"] for entry in log if not entry["failed"]]
    print(  # noqa: T201
        f"\nseed {seed}: {chaos.done.total()} faults {dict(chaos.done)}, {len(log)} writes "
        f"({len(log) - len(acknowledged)} refused while PostgreSQL was away), p50 {statistics.median(acknowledged):.3f} s, "
        f"0 lost, 0 doubled, {took:.1f} s after the last fault all was answered"
    )
    return len(log), chaos.done.total()
