"""The process that holds the embedded servers: starts them, restarts one that dies, stops both when nobody uses them any more.

`python -m pmo_portal.core.embedded_keeper DATA_DIR [--fast] SERVER…`, started by `embedded.attach`. Everybody who uses the
servers holds a shared lock on the file `users.lock`; the kernel releases it even after kill -9, so nothing is ever left behind.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import sys
import time
from pathlib import Path

import psycopg2

from pmo_portal.core import database_roles
from pmo_portal.core.child_process import server_user
from pmo_portal.core.embedded_programs import EmbeddedError, check_space, postgres_program, valkey_program
from pmo_portal.core.embedded_servers import Postgres, Valkey, wait_until_ready
from pmo_portal.core.environment import socket_directory

READY_SECONDS = 45.0
# Seconds before each attempt; back to the first after a minute without trouble.
RESTART_PAUSES = (0.0, 0.5, 1.0, 2.0, 5.0)
CALM_SECONDS = 60.0


class Keeper:
    """Runs the servers until SIGTERM or until `users.lock` is free."""

    def __init__(self, data_dir: Path, names: list[str], fast: bool, lock: int) -> None:
        self.data_dir = data_dir
        self.lock = lock
        programs = [postgres_program("postgres"), valkey_program()]
        user = server_user(data_dir, programs)
        self.servers: list[Postgres | Valkey] = []
        if "postgres" in names:
            self.servers.append(Postgres(data_dir, user, fast))
        if "valkey" in names:
            self.servers.append(Valkey(data_dir, user))
        self.failures: dict[str, tuple[int, float]] = {}
        self.stopping = False

    def tell(self, state: str, error: str = "") -> None:
        """Publish how things stand in the lock file, where those who wait read it."""
        note = json.dumps(
            {"pid": os.getpid(), "state": state, "error": error, "servers": [server.name for server in self.servers]}
        )
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, note.encode(), 0)

    def run(self) -> None:
        wake = self.listen_to_signals()
        users = os.open(self.data_dir / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            for server in self.servers:
                server.prepare()
            for server in self.servers:
                server.start()
            for server in self.servers:
                become_ready(server)
            self.tell("ready")
            while not self.stopping and not nobody_uses(users):
                select.select([wake], [], [], 1.0)
                with contextlib.suppress(BlockingIOError):
                    os.read(wake, 1024)
                self.restart_the_dead()
        finally:
            for server in reversed(self.servers):
                server.stop()
            with contextlib.suppress(
                OSError
            ):  # a short directory in the temporary folder; the one beside the data stays empty
                os.rmdir(socket_directory(self.data_dir))

    def listen_to_signals(self) -> int:
        """A descriptor that becomes readable when a signal comes, so that nothing has to poll for it."""
        readable, writable = os.pipe()
        os.set_blocking(readable, False)
        os.set_blocking(writable, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGTERM, self.on_stop)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return readable

    def on_stop(self, _number: int, _frame: object) -> None:
        self.stopping = True

    def restart_the_dead(self) -> None:
        """Start again what ended, or what can no longer be reached because something removed its socket."""
        for server in self.servers:
            ended = server.process is None or server.process.poll() is not None
            if self.stopping or not (ended or not server.address.exists()):
                continue
            count, last = self.failures.get(server.name, (0, 0.0))
            count = 0 if time.monotonic() - last > CALM_SECONDS else count
            code = server.process.returncode if server.process else None
            say(f"{server.name} {f'ended with code {code}' if ended else 'lost its socket'}; starting it again")
            time.sleep(RESTART_PAUSES[min(count, len(RESTART_PAUSES) - 1)])
            server.stop()  # what is left of its process group
            server.start()
            self.failures[server.name] = (count + 1, time.monotonic())
            try:
                become_ready(server)
            except EmbeddedError as error:  # the next round tries again
                say(error.message)


def become_ready(server: Postgres | Valkey) -> None:
    """Wait until the server answers; a database has its two roles then, one made before there were any gets them here."""
    wait_until_ready(server, READY_SECONDS)
    if not isinstance(server, Postgres):
        return
    try:
        database_roles.make_embedded(server.address.parent)
    except psycopg2.Error as error:
        raise EmbeddedError(f"the roles of the database could not be made: {error}. Details: {server.log}.") from None


def nobody_uses(users: int) -> bool:
    """True when no process holds the shared lock; it is then held exclusively, so that newcomers wait for the stop."""
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def say(message: str) -> None:
    sys.stdout.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {message}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> int:
    data_dir = Path(arguments[0])
    lock = os.open(data_dir / "keeper.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return 0  # another keeper was quicker
    os.umask(0o077)
    keeper = None
    try:
        check_space(data_dir)
        keeper = Keeper(data_dir, [name for name in arguments[1:] if name != "--fast"], "--fast" in arguments, lock)
        keeper.tell("starting")
        keeper.run()
    except (EmbeddedError, OSError) as error:
        message = error.message if isinstance(error, EmbeddedError) else f"the embedded servers cannot start: {error}"
        say(message)
        os.ftruncate(lock, 0)
        os.pwrite(lock, json.dumps({"pid": os.getpid(), "state": "failed", "error": message}).encode(), 0)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
