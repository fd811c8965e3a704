"""Projects that break whoever judges them: five tries, then given up and said so; the others go on (security.md exam 66)."""

import time

from tests.core.processes import eventually
from tests.faults.harness import Site

TRIES = 5


def given_up(site: Site, kind: str) -> None:
    """`kind`: how the project breaks its worker (tests/faults/hurried.py)."""
    ids = site.portfolio(30)
    log = site.directory / "tries.log"
    log.unlink(missing_ok=True)
    site.beat()
    risk = site.ask("poison", ids[0], kind)
    site.ask("change", ids[1:], 10)  # in the same batch as the poison
    site.worker()
    started = time.monotonic()
    assert eventually(lambda: set(site.ask("forecasts", ids[1:]).values()) == {"2027-07-10"}, 15)
    assert time.monotonic() - started < 10
    late = 0.0
    for days in range(11, 40):
        site.ask("change", ids[1:3], days - 10)
        asked = time.monotonic()
        assert eventually(
            lambda days=days: set(site.ask("forecasts", ids[1:3]).values()) == {f"2027-07-{days - 10:02}"}, 15
        )
        late = max(late, time.monotonic() - asked)
        if site.ask("rows", ids[:1])[0]["state"] == "dead":
            break
    assert late < 10
    assert eventually(lambda: site.ask("rows", ids[:1])[0]["state"] == "dead", 60), site.ask("rows", ids[:1])
    assert log.read_text().splitlines() == [kind] * TRIES
    assert site.ask("rows", ids[:1])[0]["last_error"]
    site.ask("cure", risk)  # asking again brings a project that was given up back
    site.converge()
