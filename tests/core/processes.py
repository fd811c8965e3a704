"""Real processes for the tests of what runs: start them, find them by their data directory, wait for what they do."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import psutil

BASE_DIR = Path(__file__).resolve().parents[2]
HOLD = """
import os, sys
from pathlib import Path
from pmo_portal.core import embedded
attachment = embedded.attach(os.environ, Path.cwd())
print("ready", flush=True)
sys.stdin.read()
attachment.release()
"""


def environment_of(directory: Path, **more: str) -> dict[str, str]:
    """As in a terminal of its own: nothing of the suite's servers is passed on."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "DATABASE_ROLE", "REDIS_URL", "PMO_TEST_DATA_DIR")
    }
    return {**kept, "DATA_DIR": str(directory), "PMO_ENV": "test", "EMBEDDED_FAST": "1", **more}


def copied(data: Path, directory: Path) -> Path:
    """`directory` with what a data directory at rest holds; the files of PostgreSQL keep their owner."""
    subprocess.run(["cp", "--archive", f"{data}/.", str(directory)], check=True)
    return directory


def start_holder(directory: Path, program: str = HOLD, **more: str) -> "subprocess.Popen[str]":
    """A process that uses the embedded servers of `directory` until its standard input is closed."""
    return subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=BASE_DIR,
        env=environment_of(directory, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ready(holder: "subprocess.Popen[str]") -> bool:
    assert holder.stdout is not None
    return holder.stdout.readline() == "ready\n"


def let_go(holder: "subprocess.Popen[str]") -> str:
    """Close its input and wait; what it wrote to stderr."""
    return holder.communicate(timeout=30)[1]


def processes_of(directory: Path, words: str = "") -> list[psutil.Process]:
    """Everything that runs for this data directory, named on its command line or in its environment, with these words on its
    command line. Each is asked once: what dies between two questions answers the second with an error."""
    found = []
    for process in psutil.process_iter():
        try:
            line = " ".join(process.cmdline())
            if words in line and (str(directory) in line or process.environ().get("DATA_DIR") == str(directory)):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return [process for process in found if process.pid != os.getpid()]


def process_of(directory: Path, words: str) -> psutil.Process:
    """The oldest process of the directory whose command line has these words."""
    return min(processes_of(directory, words), key=lambda process: process.create_time())


def eventually(condition: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.1)
    return condition()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def portal(directory: Path, port: int, *arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """`manage.py portal` in a process group of its own, as in a terminal; killed at the end if it still runs."""
    process = subprocess.Popen(
        [sys.executable, "manage.py", "portal", *arguments],
        cwd=BASE_DIR,
        env=environment_of(directory, PORT=str(port)),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate(timeout=20)


def read_until(process: "subprocess.Popen[str]", words: str, seconds: float = 60.0) -> str:
    """What the process writes, up to the line with these words, or to its end. It is ended when they do not come in time."""
    assert process.stdout is not None
    limit = Timer(seconds, process.terminate)
    limit.start()
    lines = []
    try:
        for line in process.stdout:
            lines.append(line)
            if words in line:
                break
    finally:
        limit.cancel()
    return "".join(lines)
