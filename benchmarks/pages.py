"""Pages and the REST list over HTTP: CPU per request, milliseconds with one and eight clients, statements, bytes.

CPU counts the web processes and their PostgreSQL backends only. Each page is measured as it is usually asked for (what may be
kept in the cache is kept), right after a project somewhere changed, and with the cache emptied before every request.
"""

import gzip
import statistics
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from benchmarks import changes, generation, limits, load, meter, portal
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Project

WARM_UP = 12
CROWD = 8
FLAT = 10  # requests of each client of the crowd


def paths() -> dict[str, str]:
    """What is measured: name → path."""
    project = Project.objects.filter(state="executing").order_by("pk").values_list("pk", flat=True)[3]
    return {
        "portfolio page": f"/portfolios/{generation.CODE}/",
        "project list": "/projects/",
        "project page": f"/projects/{project}/",
        "executive page": "/executive/",
        "REST list, 100 rows": f"/api/v1/projects/?portfolio={generation.CODE}",
    }


def measure(requests: int, rounds: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """(figures per page, memory of the web processes). Each figure is the median of the rounds; pages take turns."""
    headers = {"Cookie": portal.cookie(accounts.ADMIN), "Accept-Encoding": "identity"}
    told: dict[str, list[dict[str, float]]] = {name: [] for name in paths()}
    with portal.web() as (parent, port):
        for _round in range(rounds):
            for name, path in paths().items():
                told[name].append(_one(parent.pid, port, path, headers, requests))
        memory = meter.memory_mb(meter.tree(parent.pid))
    measured: dict[str, Any] = {
        name: {key: round(statistics.median(one[key] for one in each), 2) for key in each[0]}
        for name, each in told.items()
    }
    for name, limit in limits.measure(requests, rounds).items():
        measured[name]["limit_ms"] = limit
    return measured, memory


def _one(parent: int, port: int, path: str, headers: dict[str, str], requests: int) -> dict[str, float]:
    cache = redis.Redis.from_url(settings.REDIS_URL)
    load.crowd(port, path, headers, CROWD, WARM_UP // 4)  # every process has answered once
    load.fetch(port, path, headers, WARM_UP)
    warm, alone = _counted(parent, lambda: load.fetch(port, path, headers, requests))
    emptied = max(requests // 2, 5)

    def each_after(prepare: Callable[[], Any]) -> load.Answers:
        answers = load.Answers()
        for _number in range(emptied):
            prepare()
            load.fetch(port, path, headers, 1, answers)
        return answers

    fresh, _answers = _counted(parent, lambda: each_after(cache.flushdb))
    load.fetch(port, path, headers, 2)
    changed, _answers = _counted(parent, lambda: each_after(changes.one_more))
    crowd = load.crowd(port, path, headers, CROWD, FLAT)
    sent = load.fetch(port, path, {**headers, "Accept-Encoding": "br, gzip"}, 1)
    return {
        "cpu_ms": warm.cpu_ms / requests,
        "changed_cpu_ms": changed.cpu_ms / emptied,
        "fresh_cpu_ms": fresh.cpu_ms / emptied,
        "p50": alone.percentile(50),
        "p95": alone.percentile(95),
        "p50_crowd": crowd.percentile(50),
        "p95_crowd": crowd.percentile(95),
        "bytes": len(alone.body),
        "sent": len(sent.body),
        "packed": len(gzip.compress(alone.body, 6)),
        **statements(path, cache),
    }


def _counted(parent: int, ask: Callable[[], load.Answers]) -> tuple[meter.Cost, load.Answers]:
    done: list[load.Answers] = []
    cost = meter.measure(lambda: done.append(ask()), ours=lambda: meter.tree(parent), postgres=portal.backends)
    return cost, done[0]


def statements(path: str, cache: "redis.Redis") -> dict[str, int]:
    """{"sql", "changed_sql"}: SQL statements of one request, session and user included; `changed` right after a change."""
    client = Client()
    client.force_login(User.objects.get(username=accounts.ADMIN), portal.BACKEND)
    cache.flushdb()
    _asked(client, path)
    changes.one_more()
    changed = _asked(client, path)
    return {"sql": _asked(client, path), "changed_sql": changed}


def _asked(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        answer = client.get(path)
        b"".join(answer) if answer.streaming else answer.content
    return len(queries)
