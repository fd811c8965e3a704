"""`python -m pmo_portal.core.probe web|worker|beat`: exit code 0 when that process does its work. For container health checks.

The web process is asked for /healthz. A worker or beat proves that it *works*, not that it exists: a worker which lost its
queue looks alive for ever (celery#10205), so each task it runs, and each ring of the beat, touches a file. Plain Python, fast.
"""

import http.client
import os
import sys
import time
from pathlib import Path

from pmo_portal.core.environment import data_directory
from pmo_portal.core.variables import split, text

BASE_DIR = Path(__file__).resolve().parents[2]
SILENCE_SECONDS = 90.0  # the sweep comes every 15 s
ROLES = ("worker", "beat")


def sign_of_life(role: str, data_dir: Path) -> Path:
    return data_dir / f"{role}.alive"


def touch(role: str, data_dir: Path) -> None:
    """Leave a sign of life."""
    sign_of_life(role, data_dir).touch()


def silent_for(role: str, data_dir: Path) -> float:
    """Seconds since the last sign of life; infinite when there was none."""
    try:
        return time.time() - sign_of_life(role, data_dir).stat().st_mtime
    except FileNotFoundError:
        return float("inf")


def web_answers(port: int, name: str, address: str = "127.0.0.1") -> bool:
    """Whether /healthz answers that the installation is well; `name` must be one the portal serves (ALLOWED_HOSTS)."""
    connection = http.client.HTTPConnection(address, port, timeout=5)
    try:
        connection.request("GET", "/healthz", headers={"Host": name})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def main(role: str) -> int:
    if role == "web":
        hosts = split(text(os.environ, "ALLOWED_HOSTS")) or ["localhost"]
        return 0 if web_answers(int(text(os.environ, "PORT", "8000")), hosts[0].lstrip(".")) else 1
    return 0 if silent_for(role, data_directory(os.environ, BASE_DIR)) < SILENCE_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
