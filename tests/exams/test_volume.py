"""The faults of the suite, longer and with more: outages of minutes, ten thousand changes, two thousand moves.

security.md exams 64, 65, 67 and 77; each ends with the integrity check of exam 80 (`converge`).
"""

import signal
import time

import pytest

from tests.core.processes import eventually
from tests.faults.harness import LIVE, Site
from tests.faults.test_database import missing_or_doubled
from tests.faults.test_queue import p95, written


def outage(request: pytest.FixtureRequest, seconds: float) -> float:
    """The seconds an exam of ten minutes takes for it, or their share."""
    return seconds * min(1.0, float(request.config.getoption("--minutes")) / 10)


def test_the_queue_stays_away_for_minutes_under_writes(site: Site, request: pytest.FixtureRequest) -> None:
    """Exam 64. Emptied, then away for ten minutes (with `--minutes 10` and more: two, unless `--minutes 50` asks for all)."""
    ids = site.portfolio(40)
    site.worker(LIVE)
    site.beat(LIVE)
    normal = p95(written(site, ids, 10))
    site.flush_valkey()
    with site.away(site.valkey_pid(), signal.SIGKILL):
        log = written(site, ids, outage(request, 120))
    assert p95(log) <= max(2 * normal, 0.1), f"{p95(log):.3f} s, before {normal:.3f} s"
    took = site.converge(60)
    print(f"\n{len(log)} writes, p95 {p95(log):.3f} s (before {normal:.3f} s), done {took:.1f} s after the return")  # noqa: T201


def test_the_database_stays_away_for_a_minute_under_load(site: Site, request: pytest.FixtureRequest) -> None:
    """Exam 65: 503 with Retry-After and no traceback while it is away; web and worker go on by themselves afterwards."""
    ids = site.portfolio(60)
    worker, beat, web = site.worker(LIVE), site.beat(LIVE), site.web()
    site.ask("start_writing", ids, 4, 20)
    time.sleep(3)
    seen: list[tuple[int, dict[str, str], str]] = []
    with site.away(site.postgres_pid(), signal.SIGQUIT):
        until = time.monotonic() + outage(request, 60)
        while time.monotonic() < until:
            seen += [site.get(path) for path in ("/portfolios/", "/api/v1/projects/", "/healthz", "/accounts/login/")]
            time.sleep(1)
    returned = time.monotonic()
    assert eventually(lambda: site.get("/healthz")[0] == 200, 10)
    web_took = time.monotonic() - returned
    log = site.ask("stop_writing")
    assert missing_or_doubled(site, log) == []
    site.ask("change", ids[:1], 28)
    assert eventually(lambda: site.ask("forecasts", ids[:1])[str(ids[0])] == "2027-07-28", 10)
    site.converge()
    statuses = {status for status, _headers, _body in seen}
    assert 503 in statuses
    assert statuses <= {200, 302, 401, 403, 404, 503}, statuses  # a page that asks the database nothing is answered
    assert [status for status, _headers, _body in seen[4:7]] == [503, 503, 503]  # a page, a list of the API, the probe
    away = [(headers, body) for status, headers, body in seen if status == 503]
    assert all("Traceback" not in body for _headers, body in away)
    assert all({name.lower() for name in headers} >= {"retry-after"} for headers, _body in away)
    assert all(child.poll() is None for child in (worker, beat, web))
    print(f"\n{len(away)} answers 503, the web is back {web_took:.1f} s after the database")  # noqa: T201


def test_ten_thousand_changes_of_one_project(site: Site) -> None:
    """Exam 67: by four people at once within about a minute, at most a refresh a second, the last change after 5 s at most."""
    (project,) = site.portfolio(1)
    site.worker(LIVE)
    site.worker(LIVE)
    desks = [site.desk, *(site.new_desk() for _ in range(3))]
    started = time.monotonic()
    for number, desk in enumerate(desks):
        desk.begin("hammer", project, 2_500, 60.0, 1 + 2_500 * number)
    for desk in desks:
        desk.answer()
    took = time.monotonic() - started
    asked = site.ask("rows", [project])[0]["wanted"]
    assert eventually(lambda: not site.ask("waiting"), 5)
    refreshes = site.ask("histories", [project])[str(project)] - 1
    assert asked > 10_000  # the first one too
    assert refreshes <= took + 5
    assert site.ask("findings") == []
    print(f"\n10,000 changes in {took:.0f} s, {refreshes} refreshes")  # noqa: T201


def test_two_thousand_moves_by_eight_people(site: Site) -> None:
    """Exam 77: no loop, paths as computed from the parents, every move answered."""
    site.move_about(containers=24, each=250)
