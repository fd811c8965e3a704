"""What processes cost, from /proc: CPU to the microsecond, memory; and the clock of a piece of work."""

import contextlib
import os
import resource
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil


def cpu_ms(pids: Iterable[int]) -> dict[int, float]:
    """CPU milliseconds (user + system) each process has used so far, over all its threads; dead ones are left out."""
    used = {}
    for pid in pids:
        with contextlib.suppress(OSError):
            threads = Path(f"/proc/{pid}/task").iterdir()
            used[pid] = sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads) / 1e6
    return used


def reaped_ms(pid: int) -> float:
    """CPU milliseconds of the children of `pid` that ended and were waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[13]) + int(fields[14])) * 1000 / os.sysconf("SC_CLK_TCK")


def tree(pid: int) -> list[int]:
    """The process and everything below it."""
    try:
        process = psutil.Process(pid)
        return [pid, *(child.pid for child in process.children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def memory_mb(pids: Iterable[int]) -> dict[str, float]:
    """{"rss", "pss"} in MB: PSS counts shared pages once."""
    total = {"Rss": 0, "Pss": 0}
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                name = line.split(":")[0]
                if name in total:
                    total[name] += int(line.split()[1])
    return {name.lower(): round(value / 1024, 1) for name, value in total.items()}


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one piece of work: wall seconds, CPU milliseconds of ours and of PostgreSQL."""

    seconds: float
    ours_ms: float
    postgres_ms: float

    @property
    def cpu_ms(self) -> float:
        return self.ours_ms + self.postgres_ms


def measure(
    work: Callable[[], object], *, ours: Callable[[], Iterable[int]], postgres: Callable[[], Iterable[int]]
) -> Cost:
    """Run `work`; processes that come while it runs count from zero."""
    before, database = cpu_ms(ours()), cpu_ms(postgres())
    started = time.perf_counter()
    work()
    seconds = time.perf_counter() - started
    return Cost(seconds, _grown(before, cpu_ms(ours())), _grown(database, cpu_ms(postgres())))


def _grown(before: dict[int, float], after: dict[int, float]) -> float:
    return sum(used - before.get(pid, 0.0) for pid, used in after.items())


@dataclass(frozen=True, slots=True)
class Run:
    """A command that ended: its output, wall seconds, CPU ms with its children, and its peak in MB."""

    output: str
    seconds: float
    cpu_ms: float
    peak_mb: float


def run(command: Sequence[str], environment: Mapping[str, str]) -> Run:
    """Run a command to its end. The peak is that of the largest process among it and its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    wrapper = [
        command[0],
        "-c",
        "import resource, subprocess, sys; code = subprocess.call(sys.argv[1:]);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr); sys.exit(code)",
        *command,
    ]
    done = subprocess.run(wrapper, env=dict(environment), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-1500:]}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1000
    return Run(done.stdout, time.perf_counter() - started, spent, int(done.stderr.strip().splitlines()[-1]) / 1024)
