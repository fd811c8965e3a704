"""An empty database → the portal's tables, the demo's logins, a portfolio of the wanted size."""

import os
from typing import Any

from django.conf import settings

from benchmarks import meter, portal
from pmo_portal.demo import accounts

CODE = "BENCH"


def measure(size: int) -> dict[str, Any]:
    """Seconds of `migrate` from nothing and of the generator."""
    migrated = meter.run([*portal.MANAGE, "migrate", "-v0"], os.environ)
    meter.run([*portal.MANAGE, "collectstatic", "--noinput", "-v0"], os.environ)
    accounts.create()
    generated = meter.run(
        [
            *portal.MANAGE,
            "generate_portfolio",
            "--projects",
            str(size),
            "--seed",
            "1",
            "--portfolio-code",
            CODE,
            "--no-health",
        ],
        os.environ,
    )
    return {
        "migrate_seconds": round(migrated.seconds, 2),
        "seconds": round(generated.seconds, 2),
        "peak_mb": round(generated.peak_mb),
        "data_mb": round(
            sum(f.stat().st_size for f in (settings.DATA_DIR / "postgres").rglob("*") if f.is_file()) / 1e6
        ),
    }
