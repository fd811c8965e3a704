"""A file of projects in: rows per second, CPU and peak memory; the same file again, and the same with every tenth row changed."""

import csv
import os
from pathlib import Path
from random import Random
from typing import Any

from django.conf import settings

from benchmarks import meter, portal

HEADERS = (
    "Référence", "Projet", "Programme", "Chef de projet", "Début", "Fin prévue", "Budget (k€)", "Avancement", "Météo",
)  # fmt: skip
MOST_ROWS = 20_000


def measure(size: int) -> dict[str, Any]:
    """{"rows", "new", "same", "newer"}: each {"per_second", "cpu_ms" per 1,000 rows, "peak_mb"}."""
    rows = min(size, MOST_ROWS)
    path = settings.DATA_DIR / "projects.csv"
    answer: dict[str, Any] = {"rows": rows}
    for name, changed in (("new", False), ("same", False), ("newer", True)):
        _write(path, rows, changed=changed)
        done = meter.run([*portal.MANAGE, "import_portfolio", str(path), "--portfolio", "IMPORTED"], os.environ)
        answer[name] = {
            "per_second": round(rows / done.seconds),
            "cpu_ms": round(done.cpu_ms * 1000 / rows),
            "peak_mb": round(done.peak_mb),
        }
    return answer


def _write(path: Path, rows: int, *, changed: bool) -> None:
    """A spreadsheet as people keep them: decimal commas, French dates, amounts in thousands."""
    rng = Random(1)
    with path.open("w", encoding="utf-8", newline="") as stream:
        table = csv.writer(stream, delimiter=";")
        table.writerow(HEADERS)
        for number in range(1, rows + 1):
            budget = rng.randrange(50, 5000)
            late = changed and number % 10 == 0
            table.writerow(
                (
                    f"P-{number:06d}",
                    f"Projet {number}",
                    f"Programme {number // 200 + 1}",
                    f"Responsable {number % 90 + 1}",
                    f"{rng.randrange(1, 28):02d}/{rng.randrange(1, 12):02d}/2025",
                    f"{rng.randrange(1, 28):02d}/{rng.randrange(1, 12):02d}/{2028 if late else 2027}",
                    f"{budget},{rng.randrange(10)}",
                    f"{rng.randrange(100)} %",
                    rng.choice(("Vert", "Orange", "Rouge")),
                )
            )
