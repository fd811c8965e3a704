"""A portal to measure: embedded servers, web and worker as `make demo` starts them, in the bench's own data directory."""

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from benchmarks import meter
from pmo_portal.core.identity.sessions import BEGUN, SEEN
from pmo_portal.core.management.commands.portal import web_command
from pmo_portal.core.models import User

READY_SECONDS = 60.0
BACKEND = "projects.access.backend.PolicyBackend"
MANAGE = [sys.executable, str(settings.BASE_DIR / "manage.py")]
CELERY = [sys.executable, "-m", "celery", "-A", "pmo_portal", "worker", "-Q", "fast,slow,net", "--concurrency=1"]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextlib.contextmanager
def process(command: list[str], log: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A child with a group of its own, ended with everything below it."""
    with log.open("wb") as stream:
        environment = {**os.environ, "DATABASE_ROLE": "app", "API_READS_PER_MINUTE": "0"}
        child = subprocess.Popen(
            command, stdout=stream, stderr=stream, cwd=settings.BASE_DIR, env=environment, start_new_session=True
        )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(10)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)


@contextlib.contextmanager
def web() -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """The web processes, answering; yields the parent and its port."""
    port = free_port()
    with process([str(part) for part in web_command("127.0.0.1", port)], settings.DATA_DIR / "web.log") as child:
        deadline = time.monotonic() + READY_SECONDS
        while not _answers(port):
            if child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(
                    f"the web process does not answer:\n{(settings.DATA_DIR / 'web.log').read_text()[-2000:]}"
                )
            time.sleep(0.1)
        yield child, port


@contextlib.contextmanager
def worker() -> Iterator["subprocess.Popen[bytes]"]:
    """One Celery worker, ready."""
    log = settings.DATA_DIR / "worker.log"
    with process([*CELERY, "--loglevel=INFO", "--without-gossip", "--without-mingle"], log) as child:
        deadline = time.monotonic() + READY_SECONDS
        while b" ready." not in log.read_bytes():
            if child.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"the worker does not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        time.sleep(1.0)  # its first sweep
        yield child


def _answers(port: int) -> bool:
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        client.request("GET", "/readyz")  # work that waits is no reason to wait for the web
        return client.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        client.close()


def backends() -> list[int]:
    """PostgreSQL's processes for clients, ours excepted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('client backend', 'parallel worker')"
            " AND pid <> pg_backend_pid()"
        )
        return [pid for (pid,) in cursor.fetchall()]


def own_backend() -> list[int]:
    """The PostgreSQL process of our connection."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return [cursor.fetchone()[0]]


def database_ms() -> float:
    """CPU milliseconds of the whole embedded PostgreSQL so far, with the processes of clients that have left."""
    postmaster = int((settings.DATA_DIR / "postgres" / "postmaster.pid").read_text().split()[0])
    return sum(meter.cpu_ms(meter.tree(postmaster)).values()) + meter.reaped_ms(postmaster)


def cookie(username: str) -> str:
    """A session of this user, as the Cookie header."""
    user = User.objects.get(username=username)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = BACKEND
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[BEGUN] = session[SEEN] = int(time.time())  # a session without clocks is ended
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def machine() -> str:
    """What class of machine this is: cores and memory, no names."""
    cores, memory = psutil.cpu_count() or 1, psutil.virtual_memory().total / 2**30
    with connection.cursor() as cursor:
        cursor.execute("SHOW server_version")
        version = cursor.fetchone()[0]
    python = ".".join(str(part) for part in sys.version_info[:2])
    return f"{cores} cores (shared), {memory:.0f} GB, Python {python}, PostgreSQL {version}"
