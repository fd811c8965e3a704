"""Keeps the portal's processes (web, worker, beat) running beside the embedded servers, and stops them in order.

Each child has a session of its own, so Ctrl-C reaches this process only; each is told to end should this process die. What a
kill -9 may still leave behind is found at the next start by pid and start time, and stopped.
"""

import contextlib
import fcntl
import json
import os
import select
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

from pmo_portal.core import child_process
from pmo_portal.core.child_process import fresh_log, last_lines
from pmo_portal.core.embedded_programs import EmbeddedError

RESTART_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
CALM_SECONDS = 60.0
STOP_SECONDS = 3.0
Say = Callable[[str], None]


class Interrupted(BaseException):
    """Ctrl-C, SIGTERM or a closed terminal, while starting. Not an Exception: nothing on the way may swallow it."""


@dataclass
class Service:
    """One child to keep running."""

    name: str
    command: Sequence[str | Path]
    log: Path
    process: "subprocess.Popen[bytes] | None" = None
    failures: int = 0
    started_at: float = 0.0
    start_again_at: float = field(default=0.0)

    @property
    def running(self) -> bool:
        return self.process is not None and self.process.poll() is None


class PortalLock:
    """One supervisor per data directory. The file says who holds it: {"pid", "url", "children": [[pid, start time], …]}."""

    def __init__(self, data_dir: Path) -> None:
        self.path = data_dir / "portal.lock"
        self.descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self.descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            note = self.read()
            os.close(self.descriptor)
            raise EmbeddedError(
                f"a portal already runs on {data_dir}: {note.get('url', 'starting')} (process {note.get('pid', '?')}). "
                "Use it, stop it with Ctrl-C, or set DATA_DIR to another directory."
            ) from None

    def read(self) -> dict[str, Any]:
        try:
            note: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"))
        except ValueError:
            return {}
        return note

    def write(self, url: str, children: Sequence["subprocess.Popen[bytes]"]) -> None:
        started = []
        for child in children:
            with contextlib.suppress(psutil.NoSuchProcess):
                started.append([child.pid, psutil.Process(child.pid).create_time()])
        note = json.dumps({"pid": os.getpid(), "url": url, "children": started}).encode()
        os.ftruncate(self.descriptor, 0)
        os.pwrite(self.descriptor, note, 0)

    def end_orphans(self) -> int:
        """Stop the children of a supervisor that was killed. A pid taken over by another program has another start time."""
        ended = 0
        for pid, created in self.read().get("children", []):
            with contextlib.suppress(psutil.NoSuchProcess):
                process = psutil.Process(pid)
                if abs(process.create_time() - created) < 0.01 and process.status() != psutil.STATUS_ZOMBIE:
                    os.killpg(pid, signal.SIGKILL)
                    ended += 1
        return ended

    def release(self) -> None:
        os.ftruncate(self.descriptor, 0)
        os.close(self.descriptor)


class Supervisor:
    """Start with `run_once` (steps) and `add` (services), then `watch` until a signal; `stop` always."""

    def __init__(self, lock: PortalLock, url: str, environment: Mapping[str, str], directory: Path, say: Say) -> None:
        self.lock = lock
        self.url = url
        self.environment = environment
        self.directory = directory
        self.say = say
        self.services: list[Service] = []
        self.step: subprocess.Popen[bytes] | None = None
        self.signals = 0
        self.watching = False
        self.wake, writable = os.pipe()
        for descriptor in (self.wake, writable):
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self.on_stop)

    def on_stop(self, _number: int, _frame: object) -> None:
        self.signals += 1
        if self.signals == 1 and not self.watching:
            raise Interrupted

    def pause(self, seconds: float) -> None:
        """Sleep until a signal comes (a child that ended, Ctrl-C) or the time is over."""
        select.select([self.wake], [], [], seconds)
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake, 4096)

    def run_once(self, command: Sequence[str | Path], *, extra: Mapping[str, str]) -> int:
        """Run a step to its end with its output on our terminal; its exit code."""
        self.step = subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            env={**self.environment, **extra},
            cwd=self.directory,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=child_process.prepare(os.getpid(), signal.SIGTERM, None),  # noqa: PLW1509
        )
        code = self.step.wait()
        self.step = None
        return code

    def add(self, service: Service) -> None:
        self.services.append(service)
        self.launch(service)

    def launch(self, service: Service) -> None:
        service.process = child_process.start(
            service.command, log=fresh_log(service.log), environment=self.environment, directory=self.directory
        )
        service.started_at = time.monotonic()
        self.lock.write(self.url, [each.process for each in self.services if each.process])

    def wait_for(self, service: Service, answers: Callable[[], bool], seconds: float) -> None:
        """Return when the service answers. Raises EmbeddedError with the end of its log when it ends or takes too long."""
        deadline = time.monotonic() + seconds
        while not answers():
            if not service.running or time.monotonic() > deadline:
                reason = f"did not answer within {seconds:.0f} s" if service.running else "ended while starting"
                raise EmbeddedError(
                    f"the {service.name} process {reason}. The end of {service.log}:\n{last_lines(service.log)}"
                )
            self.pause(0.1)

    def watch(self, also: Callable[[], None]) -> None:
        """Restart what dies until a signal asks to stop. `also` is called every second."""
        self.watching = True
        while not self.signals:
            self.pause(1.0)
            if not self.signals:
                also()
                self.revive(time.monotonic())

    def revive(self, now: float) -> None:
        for service in self.services:
            if service.running:
                continue
            if not service.start_again_at and service.process:
                service.failures = 0 if now - service.started_at > CALM_SECONDS else service.failures
                wait = RESTART_PAUSES[min(service.failures, len(RESTART_PAUSES) - 1)]
                service.failures += 1
                service.start_again_at = now + wait
                how = f"code {service.process.returncode}"
                self.say(
                    f"The {service.name} process ended ({how}); starting it again in {wait:g} s. Log: {service.log}"
                )
                if service.process.returncode > 0:
                    self.say(f"  {last_lines(service.log, 1)}")
                child_process.kill_group(service.process)
            elif now >= service.start_again_at:
                service.start_again_at = 0.0
                self.launch(service)

    def stop(self) -> None:
        """Ask all children to end, wait a little, kill what is left; a second Ctrl-C kills at once."""
        self.watching = True  # further signals only count
        asked = self.signals
        processes = [service.process for service in self.services if service.process] + (
            [self.step] if self.step else []
        )
        for process in processes:
            if process.poll() is None:
                process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        while (
            any(process.poll() is None for process in processes)
            and time.monotonic() < deadline
            and self.signals == asked
        ):
            self.pause(0.1)
        for process in processes:
            child_process.kill_group(process)
        self.lock.write(self.url, [])


def check_port(host: str, port: int, *, command: str) -> None:
    """Raise EmbeddedError when nobody can listen on host:port."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as attempt:
        attempt.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            attempt.bind((host, port))
        except PermissionError:
            raise EmbeddedError(
                f"port {port} may not be used by an ordinary user. Use another one: PORT=8010 {command}"
            ) from None
        except OSError as error:
            other = 8010 if port != 8010 else 8020
            raise EmbeddedError(
                f"port {port} on {host} is taken by another program ({error.strerror}). Use another one: PORT={other} {command}"
            ) from None
