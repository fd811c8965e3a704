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


def test_two_beats_whose_clocks_jump_make_each_night_once(site: Site) -> None:
    """Three days and three hours with an hour of summer time lost, lived by two beats at once: four nights."""
    ids = site.portfolio(5)
    site.sql("DELETE FROM core_periodicrun")
    before = wanted(site, ids)
    assert site.ask("parallel", "live_through", 2, 75) == [450, 450]
    slots = site.sql(
        "SELECT slot AT TIME ZONE 'Europe/Paris', count(*) FROM core_periodicrun GROUP BY slot ORDER BY slot"
    )
    assert [(f"{slot:%d %H:%M}", times) for slot, times in slots] == [
        ("29 02:00", 1),
        ("30 03:00", 1),  # two o'clock does not exist on that day
        ("31 02:00", 1),
        ("01 02:00", 1),
    ]
    assert wanted(site, ids) == [times + 4 for times in before]
    site.worker()
    site.beat()
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
