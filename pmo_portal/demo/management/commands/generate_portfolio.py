"""`manage.py generate_portfolio --projects N --seed S`: the benchmark's portfolio of any size."""

import time
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from pmo_portal.core import trace
from pmo_portal.core.errors import DomainError
from pmo_portal.demo import generator


class Command(BaseCommand):
    help = "Makes a portfolio of N projects with milestones, budgets, risks and past states; the same seed gives the same rows."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--projects", type=int, required=True, help="how many projects")
        parser.add_argument("--seed", type=int, default=1, help="the same seed and day give the same portfolio")
        parser.add_argument("--portfolio-code", default="BENCH", help="code of the new portfolio (default BENCH)")
        parser.add_argument(
            "--today", type=date.fromisoformat, help="the day everything is dated around (default: today)"
        )
        parser.add_argument("--no-health", action="store_true", help="leave the health to refresh_health or a worker")

    def handle(self, *args: Any, **options: Any) -> None:
        if not 1 <= options["projects"] <= 1_000_000:
            raise CommandError("--projects must be between 1 and 1000000.")
        started = time.perf_counter()
        order = generator.Order(
            projects=options["projects"],
            seed=options["seed"],
            code=options["portfolio_code"].upper(),
            today=options["today"] or timezone.localdate(),
        )
        with trace.tracing(source="command"):
            try:
                portfolio = generator.generate(order)
            except DomainError as refused:
                raise CommandError(refused.message) from refused
            self.stdout.write(f"{order.projects} projects in {order.code} ({time.perf_counter() - started:.1f} s)")
            if not options["no_health"]:
                generator.compute(portfolio)
                self.stdout.write(f"health computed ({time.perf_counter() - started:.1f} s)")
