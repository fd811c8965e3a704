"""A portfolio levelled: 200 projects of 50 activities, 300 people in weeks. No database; the same at every size."""

import time
from typing import Any

from portfolio.capacity.leveling import portfolio
from portfolio.capacity.leveling.checking_plan import faults
from tests.portfolio.capacity.portfolios import made

MOST_PROJECTS = 1000  # of the portal: measured once, with the smallest size
SHORT, LONG = 10.0, 60.0


def measure() -> dict[str, Any]:
    """{"first_ms" by the clock, "first_cpu_ms", the costs "rule", "short", "long" and "lower", "moves" a second of the long one}.

    The first run compiles or reads the kernels and is not counted."""
    given = made()
    portfolio.level(given, moves=1)
    clock, cpu = time.perf_counter(), time.process_time()
    *_ready, rule = portfolio.by_rules(given)
    told: dict[str, Any] = {
        "first_ms": round(1000 * (time.perf_counter() - clock), 1),
        "first_cpu_ms": round(1000 * (time.process_time() - cpu), 1),
        "rule": rule,
    }
    for name, seconds in (("short", SHORT), ("long", LONG)):
        plan = portfolio.level(given, seconds=seconds, workers=2)
        if wrong := faults(given, plan.starts.tolist(), plan.ends.tolist()):
            raise AssertionError(wrong[:3])
        told |= {name: plan.cost, "lower": round(plan.lower, 1), "moves": round(2 * plan.moves / seconds)}
    told["share"] = round((rule - told["short"]) / max(1e-9, rule - told["long"]), 3)
    return told
