"""The budgets of the design, and which of them the measured figures do not keep: compared here, so that none is forgotten."""

import math
from itertools import pairwise
from typing import Any

Measured = dict[str, Any]
# CPU ms per request: (budget, moonshot), and how many SQL statements they allow.
PAGES = {
    "portfolio page": ((60, 6), (25, 4)),
    "project list": ((60, 6), (25, 4)),
    "project page": ((30, 12), (15, 8)),
    "executive page": ((30, 8), (20, 6)),
    "REST list, 100 rows": ((20, 4), (10, 3)),
}
HEALTH_PER_SECOND = 5000
HEALTH_RATIO = 1.5
CHANGE_MS = 1000
P95_MS = {"p95": 60, "p95_crowd": 300}  # at 10,000 projects, on a quiet machine
WEB_PSS_MB = 300
GROWTH = {
    "portfolio page": 0.30,
    "project list": 0.10,
    "project page": 0.10,
    "executive page": 0.30,
    "REST list, 100 rows": 0.10,
}
# What a request costs: with everything kept, right after a change somewhere, and with nothing kept.
COSTS = (("cpu_ms", ""), ("changed_cpu_ms", " after a change"), ("fresh_cpu_ms", " with an empty cache"))
MOST_MS = 250  # CPU of any request at 100,000 projects
RATIOS = {"portfolio page": 9.0, "project list": 9.0, "REST list, 100 rows": 3.0}
WEIGHED = ("portfolio page", "project list")
RIGHTS_RATIO = 1.10  # CPU of somebody with three memberships over a superuser's
FREEZE_S = 20  # of a period of 1,000 reports, by the clock; linear
PATH_S = {"renew": 25, "express": 120, "full": 180}  # a status report with a person's pauses (domain.md §7.2)
PATH_STEPS = {"renew": 2, "express": 8, "full": 15}
LEVELING_FIRST_MS = 100  # CPU until the first feasible plan of 200 projects of 50 activities
LEVELING_SHARE = 0.9  # of what a minute gains over the rule, in ten seconds
FORM_MS = 60  # CPU of the page of the status form
CAPACITY_S, CAPACITY_CHANGE_MS, CAPACITY_PAGE_MS = 10, 100, 60  # all of 2,000 people, one change, CPU of a heat map
WHO_FITS_MS = 150  # CPU of the ranked answer to a request
COMPARING_MS = 300  # CPU of two dates compared at 10,000 projects, everything moved
FILE_MS = {"pdf": 300, "pptx": 1000}  # a flash report, from the project to the bytes
HISTORY_ROW_MS, HISTORY_P95 = 0.15, 1.10  # CPU an event may add to a row of a bulk write; p95 of a single one
PAGE_BYTES, SENT_BYTES = 120_000, 20_000


def missed(sizes: list[Measured]) -> list[str]:
    """One line per budget and size that is not kept."""
    found = []
    for one in sizes:
        size = _count(one["size"])
        changed = one.get("health", {}).get("changed")
        if changed and one["size"] >= 10_000 and changed["per_second"] < HEALTH_PER_SECOND:
            found.append(f"Health of {size} projects, everything changed: {_count(changed['per_second'])} projects/s, "
                         f"budget {_count(HEALTH_PER_SECOND)}.")  # fmt: skip
        if "change" in one and one["change"]["p95"] > CHANGE_MS:
            found.append(f"One change among {size} projects: p95 {one['change']['p95']} ms, budget {CHANGE_MS} ms.")
        if "change" in one and one["change"]["at_night"] > CHANGE_MS:
            found.append(f"One change among {size} projects while all are recomputed: {_count(one['change']['at_night'])} ms, "
                         f"budget {CHANGE_MS} ms.")  # fmt: skip
        if changed:
            total, limit = (
                sum(run[key] for key in ("ours_ms", "postgres_ms")) for run in (changed, one["health"]["limit"])
            )
            if total / limit > HEALTH_RATIO:
                found.append(f"Health of {size} projects: {total / limit:.1f}× the raw limit, goal {HEALTH_RATIO}×.")
        if "memory" in one and one["memory"]["pss"] > WEB_PSS_MB:
            found.append(f"Web processes at {size} projects: {one['memory']['pss']:.0f} MB PSS, budget {WEB_PSS_MB}.")
        for name, told in one.get("pages", {}).items():
            found += [
                f"{name[0].upper()}{name[1:]}, {size} projects: {line}." for line in _missed_by(name, told, one["size"])
            ]
        found += [
            f"{page[0].upper()}{page[1:]}, {size} projects: {told['ratio']:.2f}× a superuser's CPU with three memberships, "
            f"budget {RIGHTS_RATIO:.2f}×."
            for page, told in one.get("rights", {}).items()
            if told["ratio"] > RIGHTS_RATIO
        ]
        found += _history(one.get("history"), size)
        found += _cycle(one.get("cycle"), size)
        found += _capacity(one.get("capacity"))
        found += [
            f"The path “{name}”: {told['seconds']} s and {told['interactions']} interactions, budget {PATH_S[name]} and "
            f"{PATH_STEPS[name]}."
            for name, told in one.get("paths", {}).items()
            if told["seconds"] > PATH_S[name] or told["interactions"] > PATH_STEPS[name]
        ]
        if told := one.get("leveling"):
            if told["first_cpu_ms"] > LEVELING_FIRST_MS:
                found.append(
                    f"First plan of a portfolio: {told['first_cpu_ms']} ms of CPU, budget {LEVELING_FIRST_MS}."
                )
            if told["share"] < LEVELING_SHARE:
                found.append(
                    f"Levelling in ten seconds: {told['share']:.0%} of a minute's gain, budget {LEVELING_SHARE:.0%}."
                )
        if "comparing" in one and one["size"] <= 10_000 and one["comparing"]["cpu_ms"] > COMPARING_MS:
            told = one["comparing"]["cpu_ms"]
            found.append(f"Two dates of {size} projects compared: {told} ms of CPU, budget {COMPARING_MS}.")
        found += [
            f"Flash report as {name.upper()}, {size} projects: p95 {told['p95']} ms, budget {FILE_MS[name]}."
            for name, told in one.get("files", {}).items()
            if told["p95"] > FILE_MS[name]
        ]
    return found + _grown(sizes)


def _cycle(told: Any, size: str) -> list[str]:
    if told is None:
        return []
    found, most = [], FREEZE_S * max(1.0, told["reports"] / 1000)
    if told["freeze_s"] > most:
        found.append(f"Freeze of {told['reports']} reports: {told['freeze_s']} s, budget {most:.0f}.")
    if told["form_ms"] > FORM_MS:
        found.append(f"The status form, {size} projects: {told['form_ms']} ms of CPU, budget {FORM_MS}.")
    return found


def _capacity(told: Any) -> list[str]:
    if told is None:
        return []
    found = []
    if told["everything_s"] > CAPACITY_S:
        found.append(f"Capacity of everybody: {told['everything_s']} s, budget {CAPACITY_S}.")
    if told["change_ms"] > CAPACITY_CHANGE_MS:
        found.append(f"Capacity after one change: {told['change_ms']} ms, budget {CAPACITY_CHANGE_MS}.")
    return (
        found
        + [
            f"Heat map {name}: {page['cpu_ms']} ms of CPU, budget {CAPACITY_PAGE_MS}."
            for name, page in told["pages"].items()
            if page["cpu_ms"] > CAPACITY_PAGE_MS
        ]
        + [
            f"Who fits, {name}: {one['cpu_ms']} ms of CPU, budget {WHO_FITS_MS}."
            for name, one in told["fits"].items()
            if one["cpu_ms"] > WHO_FITS_MS
        ]
    )


def _history(told: Any, size: str) -> list[str]:
    if not told:
        return []
    added = {name: cost["with_ms"] - cost["without_ms"] for name, cost in told["bulk"].items()}
    found = [
        f"History of {name}, {size} projects: {ms:.3f} ms CPU a row, budget {HISTORY_ROW_MS}."
        for name, ms in added.items()
        if ms > HISTORY_ROW_MS
    ]
    ratio = told["request"]["with"]["p95"] / told["request"]["without"]["p95"]
    if ratio > HISTORY_P95:
        found.append(f"History of a single write, {size} projects: p95 {ratio:.2f}×, budget {HISTORY_P95:.2f}×.")
    return found


def _grown(sizes: list[Measured]) -> list[str]:
    """The growth budgets not kept, between neighbouring sizes."""
    found = []
    for name in sizes[0].get("pages", {}):
        for key, label in COSTS:
            steps = exponents(sizes, [one["pages"][name][key] for one in sizes])
            for larger, exponent in zip(sizes[1:], steps, strict=True):
                if round(exponent, 2) > GROWTH[name]:
                    found.append(
                        f"{name[0].upper()}{name[1:]}{label}: growth {exponent:+.2f} up to {_count(larger['size'])} projects, "
                        f"budget {GROWTH[name]:.2f}."
                    )
    return found


def exponents(sizes: list[Measured], costs: list[float]) -> list[float]:
    """log(cost ratio) / log(size ratio) between neighbouring sizes."""
    pairs = list(zip(sizes, costs, strict=True))
    return [
        math.log(after / before) / math.log(larger["size"] / smaller["size"])
        for (smaller, before), (larger, after) in pairwise(pairs)
    ]


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _missed_by(name: str, told: dict[str, Any], size: int) -> list[str]:
    (budget, sql), _moonshot = PAGES[name]
    found = []
    most = budget if size <= 10_000 else MOST_MS
    for key, label in COSTS:
        if told[key] > most:
            found.append(f"{told[key]:.0f} ms CPU{label}, budget {most}")
    if size == 10_000:
        for key, label in (("p95", "one client"), ("p95_crowd", "eight clients")):
            if told[key] > P95_MS[key]:
                found.append(f"p95 {told[key]:.0f} ms with {label}, budget {P95_MS[key]}")
    if told["sql"] > sql:
        found.append(f"{told['sql']:.0f} SQL statements, budget {sql}")
    if name in RATIOS and told.get("limit_ms") and told["cpu_ms"] / told["limit_ms"] > RATIOS[name]:
        found.append(f"{told['cpu_ms'] / told['limit_ms']:.1f}× the raw limit, goal {RATIOS[name]:g}×")
    if name in WEIGHED and told["bytes"] > PAGE_BYTES:
        found.append(f"{told['bytes'] / 1000:.0f} kB, budget {PAGE_BYTES // 1000}")
    if name in WEIGHED and told["sent"] > SENT_BYTES:
        found.append(
            f"{told['sent'] / 1000:.0f} kB sent to a browser that accepts compression, budget {SENT_BYTES // 1000}"
        )
    return found
