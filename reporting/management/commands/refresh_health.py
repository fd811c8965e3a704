"""`manage.py refresh_health --all`: compute every project again and say what it took."""

import resource
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from pmo_portal.core import trace, work
from reporting.health.services import queue, refresh, rollups


class Command(BaseCommand):
    help = "Compute the health of projects again; prints projects, seconds and peak memory."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--all", action="store_true", help="queue every project first (else: only what waits)")
        parser.add_argument("--rebuild-rollups", action="store_true", help="also sum every portfolio from scratch")
        parser.add_argument("--batch", type=int, default=1000, help="projects in one transaction")
        parser.add_argument("--lanes", type=int, default=2, help="threads that take turns on Python (default 2)")

    def handle(self, *args: Any, **options: Any) -> None:
        with trace.tracing(source="command"):
            started = time.perf_counter()
            if options["all"]:
                queue.everything()
            answered = refresh.drain_in_lanes(options["lanes"], batch=options["batch"])
            if options["rebuild_rollups"]:
                rollups.rebuild()
            seconds = time.perf_counter() - started
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        rate = answered / seconds if seconds else 0
        self.stdout.write(f"{answered} projects in {seconds:.2f} s ({rate:.0f} projects/s), peak {peak:.0f} MB")
        left = work.waiting(refresh.KIND)
        if left:
            raise CommandError(
                f"{left} projects still wait: another worker holds them, or they failed (manage.py doctor)."
            )
