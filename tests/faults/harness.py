"""An installation of its own to break: servers, workers and beats as real processes on a data directory of its own.

Every fault names its victim by pid, makes sure the victim belongs to this directory before it strikes, and that it is gone
(or was replaced) afterwards: a fault that missed proves nothing.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest
import redis
from django.conf import settings

from pmo_portal.core import embedded
from pmo_portal.core.environment import socket_directory
from tests.core.processes import BASE_DIR, environment_of, eventually

LIVE = "pmo_portal"
HURRIED = "tests.faults.hurried"


class Desk:
    """A portal process that does what it is asked (tests/faults/desk.py)."""

    def __init__(self, environment: dict[str, str], log: Path) -> None:
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.faults.desk"],
                cwd=BASE_DIR,
                env=environment,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
            )
        self.log = log

    def begin(self, name: str, *arguments: Any) -> None:
        assert self.process.stdin
        self.process.stdin.write(json.dumps([name, arguments]) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Any:
        assert self.process.stdout
        line = self.process.stdout.readline()
        assert line, f"the desk ended:\n{self.log.read_text()[-3000:]}"
        answer = json.loads(line)
        assert "error" not in answer, answer["error"]
        return answer["answer"]

    def ask(self, name: str, *arguments: Any) -> Any:
        self.begin(name, *arguments)
        return self.answer()

    def close(self) -> None:
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:  # a test that failed left it writing
            self.process.kill()
            self.process.communicate()


class Site:
    """The installation. `faults` counts those that verifiably hit."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        # Not EMBEDDED_FAST: an acknowledged write must survive a crash of PostgreSQL.
        self.environment = environment_of(
            directory, EMBEDDED_FAST="", DJANGO_SETTINGS_MODULE="pmo_portal.settings", PYTHONPATH=str(BASE_DIR)
        )
        self.environment["WORKER_SOFT_SHUTDOWN_SECONDS"] = "1"
        self.attachment = embedded.attach(self.environment, BASE_DIR)
        self.children: list[subprocess.Popen[bytes]] = []
        self.desks: list[Desk] = []
        self.faults = 0
        self.url = ""
        self.numbers = 0
        (directory / "static").mkdir(exist_ok=True)
        self.desk = self.new_desk()

    def new_desk(self) -> Desk:
        self.desks.append(Desk({**self.environment, "DATABASE_ROLE": "owner"}, self.directory / "log" / "desk.log"))
        return self.desks[-1]

    def ask(self, name: str, *arguments: Any) -> Any:
        return self.desk.ask(name, *arguments)

    def portfolio(self, projects: int) -> list[int]:
        """The ids of so many new projects in a new portfolio, their health up to date."""
        self.numbers += 1
        ids: list[int] = self.ask("portfolio", projects, f"F{self.numbers}")["ids"]
        return ids

    def sql(self, statement: str, *values: Any) -> list[Any]:
        connection = psycopg2.connect(host=str(socket_directory(self.directory)), dbname="pmo", user="pmo")
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return cursor.fetchall() if cursor.description else []
        finally:
            connection.close()

    def holding(self, statement: str) -> Any:
        """A connection with an open transaction that ran the statement; closing it lets go."""
        connection = psycopg2.connect(host=str(socket_directory(self.directory)), dbname="pmo", user="pmo")
        with connection.cursor() as cursor:
            cursor.execute(statement)
        return connection

    def worker(self, app: str = HURRIED, *, concurrency: int = 2) -> "subprocess.Popen[bytes]":
        """A Celery worker that takes messages."""
        self.numbers += 1
        size = [
            f"--concurrency={concurrency}",
            f"--hostname=w{self.numbers}@site",
            "--without-gossip",
            "--without-mingle",
        ]
        child = self.celery(app, "worker", "-Q", "fast,slow,net", "--loglevel=INFO", *size)
        assert eventually(lambda: " ready." in self.log_of(child) or child.poll() is not None, 60)
        assert child.poll() is None, self.log_of(child)[-3000:]
        return child

    def beat(self, app: str = HURRIED) -> "subprocess.Popen[bytes]":
        self.numbers += 1
        schedule = f"--schedule={self.directory / f'schedule{self.numbers}'}"
        return self.celery(app, "beat", "--loglevel=INFO", "--pidfile=", schedule)

    def celery(self, app: str, *arguments: str) -> "subprocess.Popen[bytes]":
        log = self.directory / "log" / f"celery{len(self.children)}.log"
        return self.start(["-m", "celery", "-A", app, *arguments], log)

    def start(self, arguments: list[str], log: Path) -> "subprocess.Popen[bytes]":
        """A process of this installation, ended after the test at the latest."""
        with log.open("ab") as output:
            child = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=BASE_DIR,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self.children.append(child)
        return child

    def log_of(self, child: "subprocess.Popen[bytes]") -> str:
        return (self.directory / "log" / f"celery{self.children.index(child)}.log").read_text()

    def mine(self, pid: int) -> psutil.Process:
        """The process, proved to belong to this directory."""
        process = psutil.Process(pid)
        named = str(self.directory) in " ".join(process.cmdline())
        assert named or process.environ().get("DATA_DIR") == str(self.directory), f"{pid} is not ours"
        return process

    def kill_worker(self, child: "subprocess.Popen[bytes]") -> None:
        """kill -9 of the worker with all its children."""
        family = [self.mine(child.pid), *psutil.Process(child.pid).children(recursive=True)]
        os.killpg(child.pid, signal.SIGKILL)
        child.wait(10)
        _gone, alive = psutil.wait_procs(family, 5)
        assert not alive
        self.faults += 1

    def kill_child_of(self, child: "subprocess.Popen[bytes]", pid: int | None = None) -> None:
        """kill -9 of one process of the pool: the given one, or the oldest."""
        parent = self.mine(child.pid)
        assert eventually(lambda: any(not self.over(child) for child in parent.children()), 20)
        victim = next(child for child in parent.children() if pid in (None, child.pid) and not self.over(child))
        victim.kill()
        assert eventually(lambda: self.over(victim), 5)
        self.faults += 1

    def stop(self, child: "subprocess.Popen[bytes]", seconds: float = 30) -> float:
        """SIGTERM; returns the seconds until it ended."""
        started = time.monotonic()
        self.mine(child.pid).terminate()
        child.wait(seconds)
        self.faults += 1
        return time.monotonic() - started

    def valkey_pid(self) -> int:
        """0 while there is none."""
        address = self.valkey_address
        return next((p.pid for p in psutil.process_iter() if address in " ".join(self.command_line(p))), 0)

    def valkey_answers(self) -> bool:
        """After many deaths in a row the keeper waits before it starts the next one."""
        try:
            with redis.Redis(unix_socket_path=self.valkey_address) as client:
                return int(client.info("server")["process_id"]) == self.valkey_pid()
        except redis.ConnectionError:
            return False

    @property
    def valkey_address(self) -> str:
        return str(socket_directory(self.directory) / "valkey.sock")

    def postgres_pid(self) -> int:
        return int((self.directory / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])

    @staticmethod
    def over(process: psutil.Process) -> bool:
        """Whether it ended; its parent may be too busy to take notice (a worker that waits for its queue)."""
        try:
            return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    @staticmethod
    def command_line(process: psutil.Process) -> list[str]:
        try:
            return process.cmdline()
        except (psutil.NoSuchProcess, psutil.ZombieProcess):
            return []

    def kill_valkey(self) -> None:
        """kill -9; its keeper starts another one, empty."""
        assert eventually(self.valkey_answers, 10)
        victim = self.mine(self.valkey_pid())
        victim.kill()
        assert eventually(lambda: self.over(victim), 5)
        self.faults += 1

    def flush_valkey(self) -> None:
        assert eventually(self.valkey_answers, 10)
        with redis.Redis(unix_socket_path=self.valkey_address) as client:
            client.flushall()
        self.faults += 1

    def crash_postgres(self) -> None:
        """An immediate restart: no checkpoint, every session cut off; returns when the next one answers."""
        before = self.postgres_pid()
        self.mine(before).send_signal(signal.SIGQUIT)
        assert eventually(lambda: self.answers(other_than=before), 30)
        self.faults += 1

    def fill_valkey(self, seconds: float) -> None:
        """No memory left: every ring is refused until there is some again."""
        assert eventually(self.valkey_answers, 10)
        with redis.Redis(unix_socket_path=self.valkey_address) as client:
            client.config_set("maxmemory", 1)
            try:
                with pytest.raises(redis.exceptions.OutOfMemoryError):
                    client.set("x", "y")
                time.sleep(seconds)
            finally:
                client.config_set("maxmemory", 0)
        self.faults += 1

    @contextmanager
    def away(self, victim: int, number: signal.Signals) -> Iterator[None]:
        """This server is ended by the signal and stays away: its keeper, which would start it again, stands still as long."""
        keeper, server = self.mine(embedded.keeper_note(self.directory)["pid"]), self.mine(victim)
        keeper.send_signal(signal.SIGSTOP)
        try:
            server.send_signal(number)
            assert eventually(lambda: self.over(server), 30)
            self.faults += 1
            yield
        finally:
            keeper.send_signal(signal.SIGCONT)

    def web(self) -> "subprocess.Popen[bytes]":
        """The portal's web server; its address is `url`."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = ["-m", "pmo_portal.web", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(port), "--no-ws"]
        child = self.start([*command, "pmo_portal.wsgi:application"], self.directory / "log" / "web.log")
        assert eventually(lambda: self.get("/healthz")[0] == 200, 30), (self.directory / "log" / "web.log").read_text()
        return child

    def get(self, path: str) -> tuple[int, dict[str, str], str]:
        """(status, headers, body) for somebody with a session, who has to be looked up; status 0 when nobody answers."""
        request = urllib.request.Request(
            self.url + path, headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={'a' * 32}"}
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return answer.status, dict(answer.headers), answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, dict(error.headers), error.read().decode()
        except OSError:
            return 0, {}, ""

    def answers(self, *, other_than: int = 0) -> bool:
        try:
            return self.postgres_pid() != other_than and self.sql("SELECT 1") == [(1,)]
        except (psycopg2.OperationalError, FileNotFoundError, ValueError):
            return False

    def blocked(self) -> list[int]:
        """The database sessions that wait for a lock."""
        return [pid for (pid,) in self.sql("SELECT pid FROM pg_stat_activity WHERE wait_event_type = 'Lock'")]

    def move_about(self, containers: int, each: int) -> None:
        """Eight people move containers of one tree, `each` times: no loop, every move answered, paths as the parents say."""
        self.worker()
        self.beat()
        nodes = self.ask("tree", containers, "TREE")
        answers = self.ask("parallel", "move_about", 8, nodes, each)
        assert sum(answer["done"] + answer["refused"] for answer in answers) == 8 * each
        assert sum(answer["done"] for answer in answers) > 0.8 * each
        self.converge()

    def converge(self, seconds: float = 30.0) -> float:
        """Wait until everything asked for was answered, then prove that nothing was lost or doubled; returns the seconds."""
        started = time.monotonic()
        for _look in range(int(10 * seconds)):  # looks, not the clock: a machine that stood still has not waited
            waiting = self.ask("waiting")
            if not waiting:
                break
            time.sleep(0.1)
        took = time.monotonic() - started
        assert not waiting, f"{waiting} still waiting after {took:.0f} s: {self.left()}\n{self.last_words()}"
        findings = self.ask("findings")
        assert not findings, findings
        return took

    def left(self) -> list[tuple[Any, ...]]:
        """Some of what waits, with what was tried."""
        columns = "kind, subject_id, wanted, done, attempts, state, last_error"
        return self.sql(f"SELECT {columns} FROM core_work WHERE wanted > done LIMIT 5")

    def last_words(self) -> str:
        """Of the last processes: how they ended, and the last lines of their logs."""
        told = [(child.args[3:7], child.poll(), self.log_of(child)[-1500:]) for child in self.children[-3:]]
        return "\n".join(f"{arguments} ended: {code}\n{log}" for arguments, code, log in told)

    def end_children(self) -> None:
        """End the workers and beats a test left."""
        for child in self.children:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait(10)

    def close(self) -> None:
        self.end_children()
        for desk in self.desks:
            if desk.process.poll() is None:
                desk.close()
        self.attachment.release()
