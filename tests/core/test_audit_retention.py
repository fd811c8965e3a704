"""How long the history is kept: what leaves, what never does, and what says that it left."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from pmo_portal.core import audit, audit_chain, retention
from pmo_portal.core.environment import Environment
from pmo_portal.core.models import AuditEvent
from pmo_portal.core.tasks import look_after_history
from pmo_portal.core.variables import RefusedToStart
from tests.make import event

pytestmark = pytest.mark.django_db
YEARS = [0, 1, 2, 3, 5, 9, 11, 14]


@pytest.fixture
def history() -> None:
    for years in YEARS:
        event(timezone.now() - timedelta(days=years * 366 + 1), request_id=f"of-{years}")


def left() -> list[str]:
    return list(AuditEvent.objects.exclude(action="purge").order_by("-at").values_list("request_id", flat=True))


@pytest.mark.usefixtures("history")
def test_by_default_everything_is_kept() -> None:
    assert retention.apply(timezone.now()) == 0
    assert len(left()) == len(YEARS)
    assert audit.forgotten_until() is None


@pytest.mark.usefixtures("history")
def test_what_is_older_leaves_and_an_event_says_so(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AUDIT_RETENTION_DAYS = 3650
    monkeypatch.setattr(retention, "BATCH", 1)  # as if it were killed after each
    now = timezone.now()
    assert retention.apply(now) == 2
    assert left() == [f"of-{years}" for years in YEARS[:-2]]
    told = AuditEvent.objects.filter(action="purge").latest("pk")
    assert told.changes["rows"] == [None, 1]
    assert (told.source, told.target_type, told.actor) == ("job", "core.AuditEvent", None)
    until = audit.forgotten_until()
    assert until is not None
    assert until.date() == (now - timedelta(days=3650)).date()
    assert retention.apply(now) == 0, "the event that says so stays, and nothing says anything again"


@pytest.mark.usefixtures("history")
def test_less_than_a_year_is_kept_whatever_is_asked(settings: Any, tmp_path: Path) -> None:
    with pytest.raises(DatabaseError, match="less than a year"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT core_audit_purge(now() - interval '364 days', 1000, 'too young')")
    settings.AUDIT_RETENTION_DAYS = 30
    with pytest.raises(DatabaseError, match="less than a year"), transaction.atomic():
        retention.apply(timezone.now())
    assert len(left()) == len(YEARS)
    with pytest.raises(RefusedToStart, match="AUDIT_RETENTION_DAYS is less than a year"):
        _ = Environment.read({"AUDIT_RETENTION_DAYS": "365"}, tmp_path).audit_retention_days
    assert Environment.read({"AUDIT_RETENTION_DAYS": "366"}, tmp_path).audit_retention_days == 366


@pytest.mark.usefixtures("history")
def test_whoever_serves_removes_by_the_rule_and_not_otherwise(settings: Any) -> None:
    settings.AUDIT_RETENTION_DAYS = 3650
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE pmo_app")
        try:
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                AuditEvent.objects.filter(request_id="of-14").delete()
            assert retention.apply(timezone.now()) == 2
        finally:
            cursor.execute("RESET ROLE")


@pytest.mark.usefixtures("history")
def test_the_night_seals_before_it_lets_go(settings: Any, tmp_path: Path) -> None:
    settings.AUDIT_RETENTION_DAYS = 3650
    settings.DATA_DIR = tmp_path
    look_after_history()
    verdict = audit_chain.verify()
    assert verdict.troubles == []
    assert (verdict.events, verdict.forgotten > 365) == (6, True)
    look_after_history()
    assert audit_chain.verify() == verdict
