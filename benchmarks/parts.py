"""The parts of a measurement, in an order in which each finds what it needs. Imported once Django is ready."""

import argparse
import os
import sys
import time
from typing import Any

from benchmarks import (
    capacity,
    changes,
    comparing,
    cycle,
    files,
    generation,
    health,
    history,
    imports,
    leveling,
    pages,
    paths,
    portal,
    rights,
)


def say(text: str) -> None:
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def measured(options: argparse.Namespace) -> dict[str, Any]:
    """{"size", "machine", and one entry per part asked for}."""
    answer: dict[str, Any] = {"size": options.size}
    parts = set(options.parts)
    say(f"{options.size} projects: generating")
    answer["generate"] = generation.measure(options.size)
    answer["machine"] = portal.machine()
    answer["load"] = round(os.getloadavg()[0], 1)
    say("health")
    answer["health"] = health.measure(options.size, options.rounds) if "health" in parts else health.prepare()
    if parts & {"pages", "memory"}:
        say("pages")
        answer["pages"], answer["memory"] = pages.measure(options.requests, options.rounds)
    if "rights" in parts:
        say("rights")
        answer["rights"] = rights.measure(pages.paths(), options.requests, options.rounds)
    if "change" in parts:
        say("one change")
        answer["change"], answer["worker"] = changes.measure()
    if "history" in parts:
        say("history")
        answer["history"] = history.measure(options.rounds)
    if "files" in parts:
        say("files")
        answer["files"] = files.measure()
    if "cycle" in parts:
        say("the reporting cycle")
        answer["cycle"] = cycle.measure()
    if "capacity" in parts and options.size <= capacity.MOST_PROJECTS:
        say("people and capacity")
        answer["capacity"] = capacity.measure()
    if "comparing" in parts:  # last: it moves everything
        say("two dates compared")
        answer["comparing"] = comparing.measure()
    if "paths" in parts and options.size <= paths.MOST_PROJECTS:
        say("the three paths of a status report, with the pauses of a person: five minutes")
        answer["paths"] = paths.measure()
    if "leveling" in parts and options.size <= leveling.MOST_PROJECTS:
        say("a portfolio levelled: a minute and a quarter")
        answer["leveling"] = leveling.measure()
    if "imports" in parts:
        say("imports")
        answer["imports"] = imports.measure(options.size)
    return answer
