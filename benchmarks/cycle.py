"""The reporting cycle of a whole portfolio: its period opened, the form and the collection page, the freeze, and its day read
back."""

import os
import statistics
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from django.db import connection
from django.test import Client
from django.utils import timezone

from benchmarks import generation, meter, portal
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Node
from reporting.status.models import StatusReport
from reporting.status.services import calendars, freezing, periods

ROUNDS = 7
DAY = timedelta(days=1)
# What is read of a past day, and what shows that it was.
PAST = {
    "portfolio page": (f"/portfolios/{generation.CODE}/?", b"<th scope=row id=r"),
    "project list": ("/projects/?", b"<th scope=row id=r"),
    "executive page": (f"/executive/?portfolio={generation.CODE}&", b'id="executive"'),
    "REST list, 100 rows": (f"/api/v1/projects/?portfolio={generation.CODE}&", b'"results"'),
}


def measure() -> dict[str, Any]:
    """{"open_s", "form_ms", "collection_ms", "freeze_s", "reports"}: seconds by the clock, CPU of a page in ms (median);
    "past": {page: CPU ms as of a day without a freeze, as of the day of one}.

    It is frozen yesterday, as a day is read back once it is over.
    """
    by, now = User.objects.get(username=accounts.ADMIN), timezone.now()
    node, today = Node.objects.get(code=generation.CODE), timezone.localdate()
    calendar = calendars.create_calendar(by=by, on=today, node=node, since=today.replace(day=1), opens_before=31)
    period = calendar.periods.filter(starts_on__lte=today).latest("starts_on")
    told: dict[str, Any] = {"open_s": _seconds(lambda: periods.open_period(period, by=by, on=today, at=now))}
    client = Client()
    client.force_login(by, portal.BACKEND)
    report = period.reports.order_by("pk").values_list("pk", flat=True)[3]
    told["form_ms"] = _cpu(client, f"/reports/{report}/", b'id="report"')
    _submitted(period.pk, now)
    told["collection_ms"] = _cpu(client, f"/collection/?period={period.pk}", b"reports-title")
    told["freeze_s"] = _seconds(lambda: freezing.freeze(period, by=by, on=today - DAY, at=now - DAY))
    told["reports"] = period.reports.count()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    told["past"] = _read_back(client, today)
    return told


def _read_back(client: Client, today: date) -> dict[str, tuple[float, float]]:
    days = (today - 2 * DAY, today - DAY)
    return {
        name: tuple(_cpu(client, f"{path}as_of={day}", mark) for day in days)  # type: ignore[misc]
        for name, (path, mark) in PAST.items()
    }


def _submitted(period: int, at: datetime) -> None:
    """Nine reports of ten: what is kept of them is as long as it gets."""
    rows = StatusReport.objects.filter(period=period).exclude(pk__in=StatusReport.objects.filter(pk__endswith="0"))
    rows.update(
        state="submitted", submitted_at=at, declared="green", schedule="green", cost="amber", cost_comment="Prices",
        key_message="Everything moves on", summary="What was planned was done. " * 20, highlights=["Pilot site live"] * 3,
    )  # fmt: skip


def _seconds(step: Callable[[], Any]) -> float:
    begun = time.monotonic()
    step()
    return round(time.monotonic() - begun, 2)


def _cpu(client: Client, path: str, mark: bytes) -> float:
    def ask() -> None:
        answer = client.get(path)
        if mark not in answer.content:
            raise LookupError(f"{path}: {answer.status_code}")

    costs = [
        meter.measure(ask, ours=lambda: [os.getpid()], postgres=portal.own_backend).cpu_ms
        for _round in range(ROUNDS + 1)
    ]
    return round(statistics.median(costs[1:]), 1)
