"""Starting and stopping child processes so that none outlives its parent. Plain Python.

A child gets a session of its own (Ctrl-C in the terminal reaches the parent only) and, on Linux, a signal when its parent dies,
even by kill -9. Servers that refuse to run as root get another user.
"""

import contextlib
import ctypes
import os
import pwd
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG, PR_SET_SECUREBITS, PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE = 1, 28, 47, 2
NO_SETUID_FIXUP = (
    1 << 2
)  # rights survive the change of user, and count in access(2), which initdb asks about its programs
CAP_DAC_OVERRIDE = 1
CAPABILITY_VERSION_3 = 0x20080522
LINUX = sys.platform == "linux"
libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


@dataclass(frozen=True)
class ServerUser:
    """Who runs the embedded servers when the portal runs as root. `pass_through`: it must enter directories closed to it."""

    uid: int
    gid: int
    pass_through: bool


def server_user(data_dir: Path, programs: Sequence[Path]) -> ServerUser | None:
    """None for an ordinary user, who runs the servers as himself; as root the owner of the data, else `nobody`."""
    if os.getuid() != 0:
        return None
    account = account_of(data_dir / "postgres") or account_of(data_dir) or pwd.getpwnam("nobody")
    closed = any(not may_run(path, account) for path in [*programs, data_dir / "postgres"])
    return ServerUser(account.pw_uid, account.pw_gid, pass_through=closed)


def account_of(path: Path) -> pwd.struct_passwd | None:
    """The owner of a path, unless it is root or has no account (initdb needs one)."""
    try:
        owner = path.stat().st_uid
        return pwd.getpwuid(owner) if owner else None
    except (FileNotFoundError, KeyError):
        return None


def may_run(path: Path, account: pwd.struct_passwd) -> bool:
    """True when the account may enter every directory above `path`, and execute it if it is a file."""
    steps = [*path.parents, path] if path.is_file() else path.parents
    for step in steps:
        if not step.exists():
            continue
        status = step.stat()
        allowed = 0o100 if status.st_uid == account.pw_uid else 0o010 if status.st_gid == account.pw_gid else 0o001
        if not status.st_mode & allowed:
            return False
    return True


class CapabilityHeader(ctypes.Structure):
    _fields_ = [("version", ctypes.c_uint32), ("pid", ctypes.c_int)]


class CapabilityData(ctypes.Structure):
    _fields_ = [("effective", ctypes.c_uint32), ("permitted", ctypes.c_uint32), ("inheritable", ctypes.c_uint32)]


def checked(result: int) -> None:
    if result != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def become(user: ServerUser) -> None:
    """Leave root for `user`; where its way is closed, keep the one right to pass (no other right of root remains)."""
    if user.pass_through and libc is not None:
        checked(libc.prctl(PR_SET_SECUREBITS, NO_SETUID_FIXUP, 0, 0, 0))
    os.setgroups([])
    os.setgid(user.gid)
    os.setuid(user.uid)
    if user.pass_through and libc is not None:
        mask = 1 << CAP_DAC_OVERRIDE
        header = CapabilityHeader(CAPABILITY_VERSION_3, 0)
        data = (CapabilityData * 2)(CapabilityData(mask, mask, mask), CapabilityData(0, 0, 0))
        checked(libc.capset(ctypes.byref(header), ctypes.byref(data)))
        checked(libc.prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_DAC_OVERRIDE, 0, 0))


def prepare(parent: int, death_signal: int, user: ServerUser | None) -> Callable[[], None]:
    """What the child does between fork and exec: change user, then ask for a signal when its parent dies."""

    def between_fork_and_exec() -> None:
        if user is not None:
            become(user)
        if libc is not None:
            checked(libc.prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0))  # after setuid, which clears it
            if os.getppid() != parent:
                os._exit(1)

    return between_fork_and_exec


def start(
    command: Sequence[str | Path],
    *,
    log: Path,
    death_signal: int = signal.SIGTERM,
    user: ServerUser | None = None,
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
) -> "subprocess.Popen[bytes]":
    """Start a child whose output goes to `log` (appended). The caller must be single-threaded. Raises OSError."""
    with open(log, "ab", opener=for_its_owner) as output:
        return subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment) if environment is not None else None,
            cwd=directory,
            start_new_session=True,
            preexec_fn=prepare(os.getpid(), death_signal, user),  # noqa: PLW1509
        )


def for_its_owner(path: str, flags: int) -> int:
    """An opener: logs name people and what they do, so a new one is readable by its owner only."""
    return os.open(path, flags, 0o600)


def start_detached(
    command: Sequence[str | Path], *, log: Path, environment: Mapping[str, str]
) -> "subprocess.Popen[bytes]":
    """Start a process that may outlive this one, in a session of its own. Raises OSError."""
    with open(log, "ab", opener=for_its_owner) as output:
        return subprocess.Popen(  # noqa: S603
            [str(part) for part in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            cwd="/",
            start_new_session=True,
        )


def stop(process: "subprocess.Popen[bytes]", *signals: tuple[int, float]) -> None:
    """Send each signal and wait up to its seconds; at the end kill what is left of the child's process group."""
    for number, seconds in signals:
        if process.poll() is not None:
            break
        process.send_signal(number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            continue
    kill_group(process)


def kill_group(process: "subprocess.Popen[bytes]") -> None:
    """Kill a child and the processes it left in its group. The child is a group leader (start_new_session)."""
    with contextlib.suppress(
        ProcessLookupError, PermissionError
    ):  # PermissionError: macOS says so of a group of zombies
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def fresh_log(path: Path, limit: int = 5_000_000) -> Path:
    """`path`, its directory made; a log past `limit` bytes becomes `<name>.1`, so that logs never fill the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > limit:
        path.replace(path.with_name(f"{path.name}.1"))
    return path


def last_lines(path: Path, count: int = 8) -> str:
    """The end of a log file, for a message."""
    if not path.exists():
        return ""
    with path.open("rb") as stream:
        stream.seek(max(0, path.stat().st_size - 8192))
        return "\n".join(stream.read().decode(errors="replace").splitlines()[-count:])
