"""Embedded PostgreSQL and Valkey for whoever needs them: started by the first user, shared by all, stopped after the last.

`with for_command(sys.argv):` around a management command, or `attach(os.environ, BASE_DIR)` with a release at the end. With
DATABASE_URL and REDIS_URL set nothing is started. The servers live in a process of their own (embedded_keeper.py).
"""

import contextlib
import fcntl
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pmo_portal.core import child_process
from pmo_portal.core.child_process import fresh_log, last_lines
from pmo_portal.core.embedded_programs import EmbeddedError
from pmo_portal.core.environment import data_directory, make_data_directory
from pmo_portal.core.variables import flag, text

BASE_DIR = Path(__file__).resolve().parents[2]
# Longer than the keeper itself gives its servers (a first start makes a database, then 45 s each), so that on a slow machine
# it is the keeper that gives up, and says why.
START_SECONDS = 150.0
STOP_SECONDS = 30.0
# Commands that read no data, or (portal, doctor) see to the servers themselves.
WITHOUT_SERVERS = frozenset(
    {"check", "collectstatic", "compilemessages", "diffsettings", "doctor", "findstatic", "help", "makemessages"}
    | {"level_psplib", "makemigrations", "portal", "spectacular", "translations", "version"}
    | {"--help", "--version", "-h"}
)


class Attachment:
    """A hold on the embedded servers: they run at least until `release`, or until this process ends in whatever way."""

    def __init__(self, data_dir: Path, users: int | None, names: list[str]) -> None:
        self.data_dir = data_dir
        self.users = users
        self.names = names

    def keep_alive(self, say: Callable[[str], None]) -> None:
        """Bring the servers back should their keeper have been killed (they ended with it)."""
        if self.users is None or keeper_runs(self.data_dir):
            return
        say("The embedded servers were killed; starting them again.")
        start_keeper(self.data_dir, self.names, fast=flag(os.environ, "EMBEDDED_FAST"))

    def release(self) -> bool:
        """Let go; the last one stops the servers and waits for it. False when others still use them."""
        users, self.users = self.users, None
        if users is None:
            return True
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(users)
            return False
        stop_keeper(self.data_dir)
        os.close(users)
        return True


def needed_servers(values: Mapping[str, str]) -> list[str]:
    """Which servers the environment leaves to us; production names its own."""
    if text(values, "PMO_ENV") == "production":
        return []
    return [
        name for name, variable in (("postgres", "DATABASE_URL"), ("valkey", "REDIS_URL")) if not text(values, variable)
    ]


def attach(values: Mapping[str, str], base_dir: Path) -> Attachment:
    """Hold the embedded servers, starting them if nobody did. Returns when they answer. Raises EmbeddedError."""
    data_dir = data_directory(values, base_dir)
    names = needed_servers(values)
    if not names:
        return Attachment(data_dir, None, [])
    with explained(data_dir):
        make_data_directory(data_dir)
        start_lock = os.open(data_dir / "start.lock", os.O_RDWR | os.O_CREAT, 0o600)
        users = os.open(data_dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        wait_for(
            lambda: locked(start_lock, fcntl.LOCK_EX),
            START_SECONDS,
            "another start of the portal does not come to an end",
        )
        wait_for(
            lambda: locked(users, fcntl.LOCK_SH), STOP_SECONDS, "the embedded servers of an earlier run do not stop"
        )
        if not keeper_runs(data_dir):
            with explained(data_dir):
                start_keeper(data_dir, names, fast=flag(values, "EMBEDDED_FAST"))
        wait_until_ready(data_dir, names)
    except BaseException:
        os.close(users)
        raise
    finally:
        os.close(start_lock)
    return Attachment(data_dir, users, names)


@contextlib.contextmanager
def for_command(arguments: list[str]) -> Iterator[None]:
    """Around Django's command line: servers for the commands that need them."""
    if len(arguments) < 2 or arguments[1] in WITHOUT_SERVERS or "--help" in arguments:
        yield
        return
    attachment = attach(os.environ, BASE_DIR)
    try:
        yield
    finally:
        attachment.release()


@contextlib.contextmanager
def explained(data_dir: Path) -> Iterator[None]:
    """Turn the usual trouble with the data directory into a sentence with a remedy."""
    try:
        yield
    except PermissionError:
        raise EmbeddedError(
            f"{data_dir} belongs to another user. Run as that user, or set DATA_DIR to a directory of your own."
        ) from None
    except OSError as error:
        raise EmbeddedError(
            f"{data_dir} cannot be used: {error.strerror}. Set DATA_DIR to another directory."
        ) from None


def locked(descriptor: int, kind: int) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def wait_for(condition: Callable[[], bool], seconds: float, trouble: str) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{trouble} (waited {seconds:.0f} s). `ps -ef | grep embedded_keeper` shows it.")
        time.sleep(0.03)


def keeper_note(data_dir: Path) -> dict[str, Any]:
    """What the keeper last published: {"pid", "state": starting|ready|failed, "error", "servers"}; empty when there is none."""
    try:
        note: dict[str, Any] = json.loads((data_dir / "keeper.lock").read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # ValueError: read while it was being written
        return {}
    return note


def keeper_runs(data_dir: Path) -> bool:
    """Whether a keeper holds its lock (its note alone may be a leftover)."""
    descriptor = os.open(data_dir / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        return not locked(descriptor, fcntl.LOCK_EX)
    finally:
        os.close(descriptor)


def start_keeper(data_dir: Path, names: list[str], *, fast: bool) -> None:
    """Start the keeper detached (it outlives this process while others use the servers) and wait until it holds its lock."""
    (data_dir / "keeper.lock").write_text("", encoding="utf-8")
    log = fresh_log(data_dir / "log" / "keeper.log")
    command = [
        sys.executable,
        "-m",
        "pmo_portal.core.embedded_keeper",
        str(data_dir),
        *(["--fast"] if fast else []),
        *names,
    ]
    environment = {**os.environ, "PYTHONPATH": str(BASE_DIR)}
    process = child_process.start_detached(command, log=log, environment=environment)
    wait_for(
        lambda: bool(keeper_note(data_dir)) or process.poll() is not None,
        START_SECONDS,
        "the embedded servers do not start",
    )
    if process.poll() is not None and not keeper_note(data_dir):
        raise EmbeddedError(f"the embedded servers cannot start. The end of {log}:\n{last_lines(log)}")


def wait_until_ready(data_dir: Path, names: list[str]) -> None:
    wait_for(
        lambda: keeper_note(data_dir).get("state") in ("ready", "failed") or not keeper_runs(data_dir),
        START_SECONDS,
        "the embedded servers do not become ready",
    )
    note = keeper_note(data_dir)
    if note.get("state") != "ready":
        raise EmbeddedError(
            note.get("error") or f"the embedded servers ended while starting. See {data_dir / 'log' / 'keeper.log'}."
        )
    missing = set(names) - set(note["servers"])
    if missing:
        raise EmbeddedError(f"the servers of {data_dir} run without {', '.join(missing)}. Stop the other portal first.")


def stop_keeper(data_dir: Path) -> None:
    """Stop the keeper and wait until its servers are gone. The caller holds `users.lock` exclusively."""
    pid = keeper_note(data_dir).get("pid")
    if pid and keeper_runs(data_dir):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        wait_for(lambda: not keeper_runs(data_dir), STOP_SECONDS, "the embedded servers do not stop")
