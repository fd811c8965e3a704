"""Two beats, and a night whose message was lost (security.md exam 68)."""

import time

from tests.core.processes import eventually
from tests.faults.harness import Site


def wanted(site: Site, ids: list[int]) -> list[int]:
    return [row["wanted"] for row in site.ask("rows", ids)]


def test_two_beats_make_one_night(site: Site) -> None:
    ids = site.portfolio(20)
    site.sql("DELETE FROM core_periodicrun")
    before = wanted(site, ids)
    site.worker()
    site.beat()
    site.beat()
    for _ in range(10):
        site.ask("ring_the_night")
    assert eventually(lambda: site.ask("nights") == 1, 15)
    time.sleep(3)
    assert site.ask("nights") == 1
    assert wanted(site, ids) == [times + 1 for times in before]
    site.converge()


def test_a_night_that_died_with_its_worker_and_whose_message_was_lost(site: Site) -> None:
    """The worker is killed between claiming the night and queueing the projects; then the queue forgets the message."""
    ids = site.portfolio(5)
    site.sql("DELETE FROM core_periodicrun")
    before = wanted(site, ids)
    lock = site.holding("LOCK TABLE core_work IN EXCLUSIVE MODE")
    worker = site.worker()
    site.ask("ring_the_night")
    assert eventually(lambda: len(site.blocked()) > 0, 15)
    site.kill_worker(worker)
    site.flush_valkey()
    lock.close()
    site.worker()
    site.beat()
    assert eventually(lambda: site.ask("nights") == 1 and wanted(site, ids) == [times + 1 for times in before], 15)
    site.converge()
