"""PostgreSQL 18 and Valkey 9 from their wheels: where they keep their data, how they start, when they are ready. Plain Python.

The wheels' Python wrappers are not imported: PostgreSQL's keeps a lock file in the shared temporary directory, which fails for
the second user of a machine. Only their programs are used, over sockets in a directory private to the owner of the data.
"""

import errno
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path

from pmo_portal.core import child_process
from pmo_portal.core.child_process import ServerUser, fresh_log, last_lines
from pmo_portal.core.embedded_programs import (
    POSTGRES_MAJOR,
    EmbeddedError,
    command_line,
    postgres_program,
    private_directory,
    server_environment,
    valkey_program,
)
from pmo_portal.core.environment import socket_directory

# Names and sorting must not depend on the machine's locales, so the ones built into PostgreSQL.
INITDB_OPTIONS = (
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--auth=trust",
)
POSTGRES_SETTINGS = {
    "listen_addresses": "",
    "port": "5432",
    "max_connections": "60",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "random_page_cost": "1.1",
    "jit": "off",  # our queries are short: compiling them costs more than it saves
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "log_min_messages": "warning",
    "timezone": "UTC",
}
# For databases that are thrown away (tests): what a crash may cost buys speed.
FAST_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}


class Postgres:
    """One PostgreSQL server with one database `pmo`, owned by the superuser `pmo`, reachable through a socket only."""

    name = "postgres"

    def __init__(self, data_dir: Path, user: ServerUser | None, fast: bool) -> None:
        self.data_dir = data_dir
        self.directory = data_dir / "postgres"
        self.user = user
        self.address = socket_directory(data_dir) / ".s.PGSQL.5432"
        self.settings = {**POSTGRES_SETTINGS, **(FAST_SETTINGS if fast else {})}
        self.log = fresh_log(data_dir / "log" / "postgres.log")
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """First start: make the database cluster, under another name until it is whole. Raises EmbeddedError."""
        version = self.directory / "PG_VERSION"
        if version.exists():
            found = version.read_text(encoding="ascii").strip()
            if found != POSTGRES_MAJOR:
                raise EmbeddedError(
                    f"{self.directory} holds the data of PostgreSQL {found}, this portal runs {POSTGRES_MAJOR}. "
                    f"To start afresh: mv {self.data_dir} {self.data_dir}.old. To keep the data: dump it with PostgreSQL {found} "
                    "and restore it (docs/operators.md)."
                )
            return
        if self.directory.exists() and any(self.directory.iterdir()):
            raise EmbeddedError(f"{self.directory} is not a PostgreSQL data directory. Move it away and start again.")
        unfinished = self.data_dir / "postgres.unfinished"
        if unfinished.exists():
            shutil.rmtree(unfinished)
        private_directory(unfinished, self.user)
        initdb = [postgres_program("initdb"), "--username=pmo", "--no-sync", *INITDB_OPTIONS, f"--pgdata={unfinished}"]
        self.run([str(part) for part in initdb], "")
        single = [postgres_program("postgres"), "--single", "-D", unfinished, "postgres"]
        self.run([str(part) for part in single], "CREATE DATABASE pmo;\n")
        unfinished.rename(self.directory)

    def run(self, command: list[str], text: str) -> None:
        done = subprocess.run(  # noqa: S603
            command,
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=server_environment(),
            cwd="/",
            check=False,
            preexec_fn=child_process.prepare(os.getpid(), signal.SIGKILL, self.user),
        )
        if done.returncode != 0:
            output = done.stdout.decode(errors="replace")
            self.log.write_text(output, encoding="utf-8")
            reason = output.strip().splitlines()[-1] if output.strip() else f"exit code {done.returncode}"
            full = os.strerror(errno.ENOSPC) in output
            remedy = "The disk is full: free some space." if full else f"Details: {self.log}."
            raise EmbeddedError(f"the database could not be made: {reason} {remedy}")

    def start(self) -> None:
        self.end_stale_server()
        sockets = private_directory(self.address.parent, self.user)
        command: list[str | Path] = [postgres_program("postgres"), "-D", self.directory]
        for name, value in {**self.settings, "unix_socket_directories": str(sockets)}.items():
            command += ["-c", f"{name}={value}"]
        self.process = child_process.start(
            command,
            log=self.log,
            death_signal=signal.SIGQUIT,
            user=self.user,
            environment=server_environment(),
            directory=Path("/"),
        )

    def end_stale_server(self) -> None:
        """A postmaster.pid left by a kill -9 names a process that ended, or by now another one, or (rarely) still ours."""
        note = self.directory / "postmaster.pid"
        if not note.exists():
            return
        pid = note.read_text(encoding="utf-8").split("\n", 1)[0].strip()
        if pid.isdigit() and str(self.directory) in command_line(int(pid)):
            os.kill(int(pid), signal.SIGQUIT)
            deadline = time.monotonic() + 5
            while str(self.directory) in command_line(int(pid)) and time.monotonic() < deadline:
                time.sleep(0.05)
        note.unlink(missing_ok=True)

    def ready(self) -> bool:
        note = self.directory / "postmaster.pid"
        try:
            lines = note.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return False
        ours = self.process is not None and lines[:1] == [str(self.process.pid)]
        return ours and len(lines) > 7 and lines[7].strip() == "ready"

    def stop(self) -> None:
        if self.process:
            child_process.stop(self.process, (signal.SIGINT, 4.0), (signal.SIGQUIT, 1.0))


class Valkey:
    """One Valkey server on a socket. Nothing is kept on disk: PostgreSQL holds the truth, Valkey rings the bell."""

    name = "valkey"

    def __init__(self, data_dir: Path, user: ServerUser | None) -> None:
        self.data_dir = data_dir
        self.user = user
        self.log = fresh_log(data_dir / "log" / "valkey.log")
        self.address = socket_directory(data_dir) / "valkey.sock"
        self.process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        private_directory(self.address.parent, self.user)

    def start(self) -> None:
        self.prepare()
        self.address.unlink(missing_ok=True)
        settings = {
            "port": "0", "unixsocket": str(self.address), "unixsocketperm": "700", "save": "", "appendonly": "no",
            "maxmemory": "256mb", "maxmemory-policy": "noeviction", "daemonize": "no", "loglevel": "warning",
        }  # fmt: skip
        command: list[str | Path] = [valkey_program()]
        for name, value in settings.items():
            command += [f"--{name}", value]
        self.process = child_process.start(
            command,
            log=self.log,
            death_signal=signal.SIGKILL,  # asked politely it would take the socket of its successor along
            user=self.user,
            environment=server_environment(),
            directory=self.address.parent,
        )

    def ready(self) -> bool:
        try:
            with socket.socket(socket.AF_UNIX) as connection:
                connection.settimeout(1)
                connection.connect(str(self.address))
                connection.sendall(b"PING\r\n")
                return connection.recv(16).startswith(b"+PONG")
        except OSError:
            return False

    def stop(self) -> None:
        if self.process:
            child_process.stop(self.process, (signal.SIGTERM, 2.0))


def wait_until_ready(server: Postgres | Valkey, seconds: float) -> None:
    """Return when the server answers. Raises EmbeddedError with the end of its log when it does not."""
    deadline = time.monotonic() + seconds
    while not server.ready():
        ended = server.process is None or server.process.poll() is not None
        if ended or time.monotonic() > deadline:
            reason = "ended" if ended else f"did not answer within {seconds:.0f} s"
            raise EmbeddedError(
                f"the embedded {server.name} {reason}. The end of {server.log}:\n{last_lines(server.log)}"
            )
        time.sleep(0.02)
