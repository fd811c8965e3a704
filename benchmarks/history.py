"""What the history costs: the same writes with its triggers and without, in turns, so that a busy minute weighs on both.

In bulk: CPU of PostgreSQL a row, after fifty single saves on the same connection, when plans are cached (security.md §4 knows
triggers that are a hundred times slower then). One by one: a status declared through the page, from request to answer.
"""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

import psycopg2
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F
from django.test import Client

from benchmarks import load, meter, portal
from pmo_portal.core import database_address, trace
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Project
from projects.models import BudgetLine, Risk

TABLES = ("projects_project", "projects_milestone", "projects_budgetline", "projects_risk")
ROWS = 2000
SAVES = 50
REQUESTS = 60  # a round, with the triggers and without


def measure(rounds: int) -> dict[str, Any]:
    """{"bulk": {what: CPU ms a row without, with}, "request": {"without", "with"}: each p50, p95, cpu_ms, per_second}."""
    bulk: dict[str, dict[bool, list[float]]] = {name: {False: [], True: []} for name in BULK}
    requests: dict[bool, list[tuple[load.Answers, float, float]]] = {False: [], True: []}
    client = Client(headers={"user-agent": "bench"})
    client.force_login(User.objects.get(username=accounts.ADMIN), backend=portal.BACKEND)
    try:
        for turn in range(rounds + 1):  # the first warms up
            for on in (False, True):
                switch(on)
                measured = _requests(client, turn)
                costs = _bulk()
                if turn:
                    requests[on].append(measured)
                    for name, cost in costs.items():
                        bulk[name][on].append(cost)
    finally:
        switch(True)
    return {
        "bulk": {
            name: {
                "without_ms": round(statistics.median(told[False]), 4),
                "with_ms": round(statistics.median(told[True]), 4),
            }
            for name, told in bulk.items()
        },
        "request": {("with" if on else "without"): _summed(told) for on, told in requests.items()},
    }


def switch(on: bool) -> None:
    """Only the owner of the tables can do this (core/database_roles.py), on a connection of its own."""
    where = database_address.entry({**os.environ, "DATABASE_ROLE": "owner"}, settings.DATA_DIR)
    here = connection.settings_dict
    owner = psycopg2.connect(
        dbname=here["NAME"], user=where["USER"], password=where["PASSWORD"], host=here["HOST"], port=here["PORT"]
    )
    with owner, owner.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} {'ENABLE' if on else 'DISABLE'} TRIGGER core_history")
    owner.close()


def _update_lines() -> int:
    chosen = BudgetLine.objects.order_by("pk")[:ROWS].values("pk")
    return BudgetLine.objects.filter(pk__in=chosen).update(amount=F("amount") + 1, document_ref="Bench")


def _update_projects() -> int:
    chosen = Project.objects.order_by("pk")[:ROWS].values("pk")
    return Project.objects.filter(pk__in=chosen).update(key_message="Bench", category="Bench")


def _insert_risks() -> int:
    project = Project.objects.earliest("pk")
    rows = [Risk(project=project, title=f"Risk {n}", probability=2, impact=3, kind="threat") for n in range(ROWS)]
    return len(Risk.objects.bulk_create(rows, batch_size=1000))


BULK: dict[str, Callable[[], int]] = {
    "update() of budget lines, 2 fields": _update_lines,
    "update() of projects, 2 fields of 45": _update_projects,
    "bulk_create() of risks": _insert_risks,
}


def _bulk() -> dict[str, float]:
    """CPU ms of PostgreSQL a row; everything is taken back."""
    told = {}
    with trace.tracing(source="command"):
        for project in Project.objects.order_by("pk")[:SAVES]:
            project.save()
            Project.objects.filter(pk=project.pk).update(key_message=f"{time.time()}")
        for name, work in BULK.items():
            with transaction.atomic():
                rows = []
                cost = meter.measure(
                    lambda work=work, rows=rows: rows.append(work()),  # type: ignore[misc]
                    ours=lambda: [os.getpid()],
                    postgres=portal.own_backend,
                )
                transaction.set_rollback(True)
            told[name] = cost.postgres_ms / rows[0]
    return told


def _requests(client: Client, turn: int) -> tuple[load.Answers, float, float]:
    """(milliseconds of each answer, CPU ms a request, requests a second) of statuses declared one after the other."""
    chosen = list(Project.objects.filter(state="executing").order_by("pk")[:REQUESTS].values_list("pk", "version"))
    answers = load.Answers()

    def declare() -> None:
        for number, (pk, version) in enumerate(chosen):
            form = {
                "declared": ("red", "amber")[number % 2],
                "declared_trend": "down",
                "key_message": f"Bench {turn} {time.time()}",
                "version": version,
            }
            started = time.perf_counter()
            answer = client.post(f"/projects/{pk}/status/", form)
            answers.milliseconds.append((time.perf_counter() - started) * 1000)
            if answer.status_code != 302:
                raise SystemExit(f"declaring a status answered {answer.status_code}")

    cost = meter.measure(declare, ours=lambda: [os.getpid()], postgres=portal.own_backend)
    return answers, cost.cpu_ms / len(chosen), len(chosen) / cost.seconds


def _summed(told: list[tuple[load.Answers, float, float]]) -> dict[str, float]:
    """Medians of the rounds."""
    return {
        "p50": round(statistics.median(answers.percentile(50) for answers, _cpu, _rate in told), 1),
        "p95": round(statistics.median(answers.percentile(95) for answers, _cpu, _rate in told), 1),
        "cpu_ms": round(statistics.median(cpu for _answers, cpu, _rate in told), 2),
        "per_second": round(statistics.median(rate for _answers, _cpu, rate in told), 1),
    }
