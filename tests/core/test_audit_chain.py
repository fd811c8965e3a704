"""The seals on the history: a changed byte is found by its day (exam 85 of security.md §11), and so is a changed seal."""

import json
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from pmo_portal.core import audit_chain
from pmo_portal.core.models import AuditEvent
from tests.make import event

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 20, 1, 40, tzinfo=UTC)
DAYS = 6


@pytest.fixture
def chain(tmp_path: Path) -> Path:
    """Six sealed days, the third of them without an event."""
    for day in range(1, DAYS + 1):
        for hour in range(0 if day == 4 else 3):
            changes = {"amount": ["2640000", "3105000"], "name": ["Éole", None]}
            event(NOW - timedelta(days=day, minutes=hour), target_label="Tram", changes=changes)
    path = tmp_path / "chain.jsonl"
    assert audit_chain.extend(NOW, path) == DAYS
    return path


def told(path: Path) -> tuple[str, int]:
    out = StringIO()
    try:
        call_command("verify_audit_chain", file=path, stdout=out, stderr=out)
    except SystemExit as end:
        return out.getvalue(), int(str(end.code))
    return out.getvalue(), 0


def wrong(path: Path) -> list[str]:
    return [line.split()[1] for line in told(path)[0].splitlines() if line.startswith("WRONG")]


def test_an_untouched_history_is_as_it_was_sealed(chain: Path) -> None:
    words, code = told(chain)
    assert (words.splitlines(), code) == (["6 days with 15 events are as they were sealed."], 0)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE core_auditevent SET changes = jsonb_set(changes, '{amount,1}', '\"3105001\"') WHERE id = %s",
        "UPDATE core_auditevent SET target_label = target_label || ' ' WHERE id = %s",
        "UPDATE core_auditevent SET at = at + interval '1 microsecond' WHERE id = %s",
        "UPDATE core_auditevent SET action = 'updatf' WHERE id = %s",
        "DELETE FROM core_auditevent WHERE id = %s",
    ],
)
def test_one_byte_changed_by_the_administrator_of_the_server_is_found(chain: Path, change: str) -> None:
    """Whoever owns the server gets past every right; what they changed is named by its day."""
    at = NOW - timedelta(days=2, minutes=1)
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # no trigger sees it
        cursor.execute(change, [AuditEvent.objects.get(at=at).pk])
    assert wrong(chain) == [at.date().isoformat()]
    assert told(chain)[1] == 1


def test_an_event_slipped_in_is_found(chain: Path) -> None:
    event(NOW - timedelta(days=4))
    event(NOW - timedelta(days=40))
    assert wrong(chain) == ["2026-10-11", "2026-11-16"]


def test_a_seal_made_again_over_a_changed_day_breaks_the_next_one(chain: Path) -> None:
    lines = chain.read_text().splitlines()
    forged = json.loads(lines[2])
    forged["events"] = 9
    forged["link"] = audit_chain.bound(forged["previous"], forged["day"], 9, forged["content"])
    chain.write_text("\n".join([*lines[:2], json.dumps(forged), *lines[3:]]) + "\n")
    assert {forged["day"], json.loads(lines[3])["day"]} == set(wrong(chain))
    chain.write_text("\n".join([*lines[:2], *lines[3:]]) + "\n")
    assert wrong(chain) == [json.loads(lines[3])["day"]]


def test_the_next_night_goes_on_and_a_torn_line_is_written_again(chain: Path) -> None:
    whole = chain.read_text()
    chain.write_text(whole[:-40])  # the machine went off while it wrote
    assert audit_chain.extend(NOW, chain) == 1
    assert chain.read_text() == whole
    assert audit_chain.extend(NOW, chain) == 0, "a second run the same night adds nothing"
    event(NOW)
    assert audit_chain.extend(NOW + timedelta(days=1), chain) == 1
    assert told(chain) == ("7 days with 16 events are as they were sealed.\n", 0)


def test_without_a_chain_it_says_so(tmp_path: Path) -> None:
    assert audit_chain.extend(NOW, tmp_path / "none.jsonl") == 0, "nothing happened yet"
    words, code = told(tmp_path / "none.jsonl")
    assert code == 1
    assert "no chain" in words
