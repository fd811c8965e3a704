"""Workers that die, stop or compete: nothing lost, nothing done twice (security.md exams 61, 63, 67, 69, 70)."""

import time

from pmo_portal.core import watchdog
from tests.core.processes import eventually
from tests.faults.harness import HURRIED, LIVE, Site

IDLE_IMPORTS = "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND query LIKE '%core_work%'"


def test_kill_at_every_statement_of_a_refresh(site: Site) -> None:
    ids = site.portfolio(6)
    places = []
    for number in range(1, 200):
        site.ask("change", ids, number)
        place = site.ask("die_at", number, ids)
        if place == "end":
            break
        places.append(place)
        assert place.startswith(("before", "after")), place
        site.faults += 1
        site.ask("drain_when_due")
        assert site.converge(5) < 5
    assert len(places) >= 25
    assert {"before COMMIT", "after COMMIT"} <= set(places)


def test_kill_at_every_statement_of_a_freeze(site: Site) -> None:
    """Before the commit nothing is frozen, after it everything; the freeze that follows finds either and ends it."""
    places: list[str] = []
    for number in range(1, 200):
        period = site.ask("report_period", site.portfolio(3))
        place = site.ask("freeze_and_die_at", number, period)
        if place == "end":
            break
        places.append(place)
        site.faults += 1
        before = site.ask("frozen", period)
        whole = ["frozen", {"frozen": 2, "not_reported": 1}, 3, 2]
        assert before == (whole if place == "after COMMIT" else ["open", {"submitted": 2, "not_started": 1}, 0, 0])
        assert site.ask("freeze_and_die_at", 10_000, period) == "end"
        assert site.ask("frozen", period) == whole
    assert {"before COMMIT", "after COMMIT"} <= set(places)
    assert sum("reporting_snapshot" in place for place in places) >= 2


def test_kill_the_worker_in_the_middle_of_a_batch(site: Site) -> None:
    ids = site.portfolio(200)
    worker = site.worker()
    lock = site.holding("LOCK TABLE reporting_rollup IN EXCLUSIVE MODE")
    site.ask("change", ids, 20)
    assert eventually(lambda: len(site.blocked()) > 0)
    site.kill_worker(worker)
    lock.close()
    site.worker()
    site.beat()
    site.converge()
    assert set(site.ask("forecasts", ids).values()) == {"2027-07-20"}
    assert max(site.ask("histories", ids).values()) <= 2


def test_kill_one_process_of_the_pool(site: Site) -> None:
    ids = site.portfolio(100)
    worker = site.worker()
    lock = site.holding("LOCK TABLE reporting_rollup IN EXCLUSIVE MODE")
    site.ask("change", ids, 20)
    assert eventually(lambda: len(site.blocked()) > 0)
    for child in site.mine(worker.pid).children():
        site.kill_child_of(worker, child.pid)
    lock.close()
    site.beat()
    site.converge()
    assert worker.poll() is None


def test_two_workers_at_once(site: Site) -> None:
    ids = site.portfolio(120)
    site.worker()
    site.worker()
    other = site.new_desk()
    for days in (10, 30):
        other.begin("change", ids[::2], days)
        site.ask("change", ids[1::2], days)
        other.answer()
    site.beat()
    site.converge()
    assert set(site.ask("forecasts", ids).values()) == {"2027-07-30"}


def test_graceful_stop_in_the_middle_of_the_work(site: Site) -> None:
    ids = site.portfolio(600)
    worker = site.worker(LIVE)
    site.ask("everything")
    site.ask("change", ids[:1], 20)
    time.sleep(0.3)
    assert site.stop(worker) < 30
    site.worker(HURRIED)
    site.beat()
    site.converge()


def test_a_change_shows_within_a_second(site: Site) -> None:
    """The workers of an installation, with the clocks of an installation, and no beat to help them."""
    (project,) = site.portfolio(1)
    site.worker(LIVE)
    for days in range(1, 6):
        site.ask("change", [project], days)
        day = f"2027-07-{days:02}"
        started = time.monotonic()
        assert eventually(lambda day=day: set(site.ask("forecasts", [project]).values()) == {day}, 5)
        assert time.monotonic() - started < 2.5  # the second change of a second waits for its pause


def test_a_thousand_changes_of_one_project_are_a_few_refreshes(site: Site) -> None:
    (project,) = site.portfolio(1)
    site.worker(LIVE)
    seconds = site.ask("hammer", project, 1000, 6.0)
    assert eventually(lambda: not site.ask("waiting"), 5)
    assert site.ask("histories", [project])[str(project)] - 1 <= seconds + 4  # at most one a second, and the last one
    assert site.ask("findings") == []


def test_a_long_import_does_not_hold_up_the_others(site: Site) -> None:
    """An import that commits late asks for projects of a batch which is under way: the rest of the batch is done all the same."""
    ids = site.portfolio(40)
    other = site.new_desk()
    assert other.ask("waiting") == 0  # it has started
    lock = site.holding("LOCK TABLE reporting_rollup IN EXCLUSIVE MODE")
    site.ask("change", ids, 10)
    site.worker(LIVE)  # its first sweep takes the whole batch, and waits for the sums
    assert eventually(lambda: len(site.blocked()) > 0, 15)
    other.begin("import_and_stay", ids[:5], 9.0)
    assert eventually(lambda: site.sql(IDLE_IMPORTS) == [(1,)])
    lock.close()
    started = time.monotonic()
    assert eventually(lambda: set(site.ask("forecasts", ids[5:]).values()) == {"2027-07-10"}, 8)
    assert time.monotonic() - started < 4
    other.answer()
    site.beat()
    site.converge()


def test_a_worker_that_is_connected_and_takes_nothing_ends(site: Site) -> None:
    """Nobody restarts what is merely unwell: it has to end. The next worker does the work."""
    ids = site.portfolio(5)
    worker = site.worker()
    assert site.ask("leave_the_queue", "fast")
    assert worker.poll() is None
    site.beat()
    site.ask("change", ids, 10)
    assert eventually(lambda: worker.poll() is not None, 20)
    assert worker.returncode == watchdog.EXIT_CODE
    assert "this worker ends" in site.log_of(worker)
    site.worker()
    site.converge()


def test_a_worker_with_work_in_its_hands_may_let_messages_wait(site: Site) -> None:
    ids = site.portfolio(20)
    worker = site.worker(concurrency=1)
    site.sql("DELETE FROM core_periodicrun")
    lock = site.holding("LOCK TABLE core_periodicrun IN EXCLUSIVE MODE")
    site.ask("ring_the_night")
    assert eventually(lambda: len(site.blocked()) > 0, 15)
    site.ask("ring_many", 5)
    time.sleep(8)
    assert worker.poll() is None
    lock.close()
    site.ask("change", ids, 10)
    site.beat()
    site.converge()
    assert worker.poll() is None
