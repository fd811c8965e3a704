"""An import is all or nothing, whatever kills it: real processes, kill -9, ended database sessions (security.md §11, exam 48)."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.db import connection

from pmo_portal.core.models import AuditEvent, Work
from projects.models import ImportBatch, Project
from tests.projects.exchange.files import csv_bytes

pytestmark = pytest.mark.django_db(transaction=True)

ROWS = 1_200
OTHERS = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
SCRIPT = """
import sys
from django.conf import settings
settings.DATABASES["default"]["NAME"] = sys.argv[1]
import django
django.setup()
from django.core.management import call_command
call_command("import_portfolio", sys.argv[2], portfolio="OWN")
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    header = ["Code", "Nom du projet", "Programme", "Fin estimée", "Budget", "Consommé"]
    rows = [[f"P{n:05}", f"Projet {n}", f"Domaine {n % 7}", "2027-03-31", str(n + 1), "1"] for n in range(ROWS)]
    path = tmp_path / "plan.csv"
    path.write_bytes(csv_bytes([header, *rows]))
    return path


def start(file: Path) -> "subprocess.Popen[bytes]":
    name = connection.settings_dict["NAME"]
    return subprocess.Popen(
        [sys.executable, "-c", SCRIPT, name, str(file)],
        cwd=Path(__file__).parents[3],
        env=os.environ.copy(),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def settled() -> tuple[int, int, int]:
    """Counts once no other session writes any more."""
    for _try in range(100):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {OTHERS} AND state <> 'idle'")
            if cursor.fetchone() == (0,):
                break
        time.sleep(0.1)
    return Project.objects.count(), ImportBatch.objects.count(), AuditEvent.objects.count()


def test_killed_at_any_moment_it_has_written_everything_or_nothing(file: Path) -> None:
    begun = time.monotonic()
    whole = start(file)
    assert whole.wait(timeout=120) == 0, whole.stderr and whole.stderr.read()
    lasts = time.monotonic() - begun
    complete = settled()
    assert complete[0] == ROWS
    chance = random.Random(48)
    for attempt in range(3):
        _empty()
        running = start(file)
        time.sleep(lasts * chance.uniform(0.3, 0.95))
        if attempt % 2:
            running.send_signal(signal.SIGKILL)
        else:
            _end_sessions()
        running.wait(timeout=120)
        assert settled() in ((0, 0, 0), complete)
    again = start(file)
    assert again.wait(timeout=120) == 0
    assert settled()[0] == ROWS
    assert Project.objects.values("external_ref").distinct().count() == ROWS


def _end_sessions() -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_terminate_backend(pid) FROM {OTHERS}")


def _empty() -> None:
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE projects_node, projects_importbatch, core_auditevent CASCADE")
    Work.objects.all().delete()
