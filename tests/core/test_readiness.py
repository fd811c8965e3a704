"""Each dependency cut or silent: the right code and the right words, soon enough (exam 101)."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db import connection

from tests.production_environment import production_environment

ASK = """
import json, time, django
django.setup()
from django.test import Client
told = []
for address in ("/readyz", "/healthz"):
    began = time.monotonic()
    answer = Client().get(address, HTTP_HOST="pmo.example.org")
    told.append([answer.status_code, answer.json(), answer.headers.get("Retry-After"), time.monotonic() - began])
print(json.dumps(told))
"""


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a server that takes calls and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def database(name: str = "") -> str:
    here = connection.settings_dict
    return f"postgres://{here['USER']}@/{name or here['NAME']}?host={here['HOST']}"


def told_by(**changed: str) -> list[list]:
    """[[status, body, Retry-After, seconds] of /readyz, of /healthz] of a process in production."""
    environment = {**production_environment(), "DATABASE_URL": database(), "REDIS_URL": settings.REDIS_URL, **changed}
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], "DJANGO_SETTINGS_MODULE": "pmo_portal.settings", **environment},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("cut", "ready", "readiness", "database_says", "queue_says"),
    [
        ("nothing", 200, "ready", "ok", "ok"),
        ("queue away", 200, "degraded", "ok", "cannot connect"),
        ("queue silent", 200, "degraded", "ok", "cannot connect"),
        ("database away", 503, "not ready", "cannot connect", "ok"),
        ("database silent", 503, "not ready", "cannot connect", "ok"),
        ("no tables", 503, "not ready", "not migrated", "ok"),
    ],
)
def test_a_cut_dependency_is_told_soon(
    cut: str, ready: int, readiness: str, database_says: str, queue_says: str, silent: str
) -> None:
    changed = {
        "nothing": {},
        "queue away": {"REDIS_URL": "redis://127.0.0.1:9/0"},
        "queue silent": {"REDIS_URL": f"redis://{silent}/0"},
        "database away": {"DATABASE_URL": "postgres://portal@127.0.0.1:9/pmo"},
        "database silent": {"DATABASE_URL": f"postgres://portal@{silent}/pmo"},
        "no tables": {"DATABASE_URL": database("postgres")},
    }[cut]
    (status, body, retry, seconds), (health, told, health_retry, health_seconds) = told_by(**changed)
    assert (status, body) == (ready, {"status": readiness, "database": database_says, "queue": queue_says})
    assert (retry is None) == (ready == 200)
    assert health == (200 if cut == "nothing" else 503)
    assert (health_retry is None) == (cut == "nothing")
    assert (told["database"], told["queue"]) == (database_says, queue_says)
    assert max(seconds, health_seconds) < 5
    assert "portal" not in json.dumps([body, told]).replace("portal@", ""), "no name of a user or a server"
