"""`make bench`: measure the portal at several sizes, each on servers of its own, and write docs/performance.md.

`make bench SIZES="1000 10000 100000"`; `ARGS="--only health"` for one part; `ARGS="--no-write"` to print the table only.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks import report

ROOT = Path(__file__).resolve().parents[1]
SIZES = (1000, 10_000)
PARTS = (
    "generate",
    "health",
    "change",
    "pages",
    "memory",
    "rights",
    "history",
    "imports",
    "files",
    "cycle",
    "capacity",
    "comparing",
    "leveling",
    "paths",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__.splitlines()[0])
    parser.add_argument(
        "--sizes", nargs="+", type=int, default=[int(s) for s in os.environ.get("SIZES", "").split()] or SIZES
    )
    parser.add_argument("--only", nargs="+", choices=PARTS, default=PARTS, help="measure these parts only")
    parser.add_argument("--rounds", type=int, default=3, help="how often each recomputation runs; the median counts")
    parser.add_argument("--requests", type=int, default=40, help="requests per page and round")
    parser.add_argument("--no-write", action="store_true", help="print the table, leave docs/performance.md")
    options = parser.parse_args()
    measured = [one_size(size, options) for size in sorted(options.sizes)]
    text = report.render(measured)
    print(text)
    if not options.no_write and set(options.only) == set(PARTS):
        (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")
        print("Written to docs/performance.md")


def one_size(size: int, options: argparse.Namespace) -> dict[str, object]:
    """Everything about one size, in a process, a database and a directory of its own."""
    with tempfile.TemporaryDirectory(prefix="pmo-bench-") as directory:
        answer = Path(directory) / "measured.json"
        environment = {
            **os.environ,
            "DATA_DIR": str(Path(directory) / "d"),
            "PMO_ENV": "development",
            "LOG_LEVEL": "ERROR",
            "PYTHONPATH": str(ROOT),
            "DJANGO_SETTINGS_MODULE": "pmo_portal.settings",
            "DATABASE_ROLE": "owner",  # it makes and vacuums the tables; what serves does not
        }
        for name in ("DATABASE_URL", "REDIS_URL", "DEBUG"):
            environment.pop(name, None)
        command = [sys.executable, "-m", "benchmarks.one_size", str(size), str(answer), "--rounds", str(options.rounds)]
        command += ["--requests", str(options.requests), "--parts", *options.only]
        subprocess.run(command, env=environment, cwd=ROOT, check=True)
        measured: dict[str, object] = json.loads(answer.read_text(encoding="utf-8"))
        return measured


if __name__ == "__main__":
    main()
