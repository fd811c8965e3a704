"""`manage.py doctor` names what is wrong and the remedy, and its exit code says whether anything is."""

import subprocess
import sys
from pathlib import Path

from tests.core.processes import BASE_DIR, environment_of, eventually, processes_of


def doctor(directory: Path, **more: str) -> "subprocess.CompletedProcess[str]":
    environment = environment_of(directory, **more)
    return subprocess.run(
        [sys.executable, "manage.py", "doctor"], cwd=BASE_DIR, env=environment, capture_output=True, text=True
    )


def test_on_a_new_machine_it_asks_for_migrations_and_leaves_no_process(short_directory: Path) -> None:
    done = doctor(short_directory)
    assert done.returncode == 1
    assert "ok     Database         PostgreSQL 18" in done.stdout
    assert "noeviction" in done.stdout
    assert "not applied" in done.stdout
    assert "manage.py migrate" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert eventually(lambda: processes_of(short_directory) == [])


def test_servers_that_are_away_are_named_one_by_one(short_directory: Path) -> None:
    away = {"DATABASE_URL": "postgres://someone:Zq7-xW2k@127.0.0.1:9/db", "REDIS_URL": "redis://127.0.0.1:9/0"}
    done = doctor(short_directory, **away)
    assert done.returncode == 1
    assert "WRONG  Database" in done.stdout
    assert "WRONG  Queue" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert "Zq7-xW2k" not in done.stdout + done.stderr
