"""An import is all or nothing, whatever kills it: real processes, kill -9, ended database sessions (security.md §11, exam 48).

The long run (`make exams`) takes 10,000 rows and 20 moments.
"""

import random
import signal
import time
from pathlib import Path

import pytest
from django.db import connection

from projects.models import Project
from tests.projects.exchange.files import csv_bytes, xlsx_bytes
from tests.projects.exchange.killed import empty, finished, start, stored

pytestmark = pytest.mark.django_db(transaction=True)

OTHERS = "pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
HEADER = ["Code", "Nom du projet", "Programme", "Fin estimée", "Budget", "Consommé"]


def rows(count: int) -> list[list[str]]:
    return [[f"P{n:05}", f"Projet {n}", f"Domaine {n % 7}", "2027-03-31", str(n + 1), "1"] for n in range(count)]


def with_parts(path: Path, count: int) -> Path:
    """Projects, milestones and budget lines in one workbook."""
    milestones = [[f"P{n:05}", f"Jalon {n}", "2026-12-31"] for n in range(count)]
    budget = [[f"P{n:05}", "2026-05", "révisé", 1000 + n] for n in range(count)]
    sheets = {
        "Projets": [HEADER, *rows(count)],
        "Jalons": [["Projet", "Jalon", "Date estimée"], *milestones],
        "Budget": [["Projet", "Mois", "Nature", "Montant"], *budget],
    }
    path.write_bytes(xlsx_bytes(sheets))
    return path


def test_killed_at_statements_of_the_writing_it_has_written_everything_or_nothing(tmp_path: Path) -> None:
    everything_or_nothing(with_parts(tmp_path / "plan.xlsx", 60), moments=5)


def everything_or_nothing(file: Path, *, moments: int) -> None:
    """Import; then kill -9 before and after COMMIT and at so many other boundaries; then import twice more."""
    empty()
    nothing = stored()
    code, out, errors = finished(start(file))
    assert code == 0, errors
    complete, boundaries = stored(), int(out.split()[-1])
    assert complete > nothing
    places: dict[int, str] = {}
    chosen = sorted({1 + round(step * (boundaries - 3) / moments) for step in range(moments)})
    for at in (*chosen, boundaries - 1, boundaries):
        empty()
        code, _out, places[at] = finished(start(file, die_at=at))
        assert code == -signal.SIGKILL, places[at]
        settle()
        assert stored() == (complete if places[at] == "after COMMIT" else nothing), (at, places[at])
    assert {places[boundaries - 1], places[boundaries]} == {"before COMMIT", "after COMMIT"}
    assert sum("INSERT" in place for place in places.values()) >= 2  # most moments are in the middle of the writing
    for _again in range(2):  # after a kill that had written everything: the same file changes nothing
        assert finished(start(file))[0] == 0
        assert stored()[:4] == complete[:4]


def settle() -> None:
    """Until no other session does anything any more."""
    for _try in range(200):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FROM {OTHERS} AND state <> 'idle'")
            if cursor.fetchone() == (0,):
                return
        time.sleep(0.05)


def test_sessions_ended_by_the_database_at_any_moment(tmp_path: Path) -> None:
    """As a restart of PostgreSQL does: the command fails, and nothing is there; or it had just finished."""
    path = tmp_path / "plan.csv"
    path.write_bytes(csv_bytes([HEADER, *rows(1_200)]))
    empty()
    nothing, begun = stored(), time.monotonic()
    assert finished(start(path))[0] == 0
    lasts, complete = time.monotonic() - begun, stored()
    chance = random.Random(48)
    for _attempt in range(2):
        empty()
        running = start(path)
        time.sleep(lasts * chance.uniform(0.5, 0.95))
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT pg_terminate_backend(pid) FROM {OTHERS}")
        finished(running)
        settle()
        assert stored() in (nothing, complete)


def refused_for_its_last_row(path: Path, count: int) -> None:
    """One bad cell in the last row: the whole file stays out, and its row is named."""
    path.write_bytes(csv_bytes([HEADER, *rows(count)[:-1], ["P99999", "Le dernier", "X", "31/02/2027", "1", "1"]]))
    empty()
    nothing = stored()
    code, out, _errors = finished(start(path))
    assert code == 1
    assert f'"row": {count + 1}, "column": "Fin estimée"' in out
    assert stored() == nothing


def test_an_error_in_the_last_row_keeps_the_whole_file_out(tmp_path: Path) -> None:
    refused_for_its_last_row(tmp_path / "plan.csv", 2_000)
    assert not Project.objects.exists()
