"""`manage.py verify_audit_chain`: whether the history is as it was sealed night by night (core/audit_chain.py)."""

import argparse
import sys
from pathlib import Path
from typing import Any

from django.core.management import BaseCommand

from pmo_portal.core import audit_chain


class Command(BaseCommand):
    help = "Compares the history with its chain; names the days that differ, and ends with 1 when there is one."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--file", type=Path, help="a copy of the chain kept elsewhere (default: that of DATA_DIR)")

    def handle(self, *, file: Path | None, **_options: Any) -> None:
        path = file or audit_chain.chain_file()
        try:
            verdict = audit_chain.verify(path)
        except FileNotFoundError:
            self.stderr.write(f"There is no chain at {path} yet: the first night writes it.")
            sys.exit(1)
        for trouble in verdict.troubles:
            self.stdout.write(self.style.ERROR(f"WRONG  {trouble.day}  {trouble.words}"))
        self.stdout.write(f"{verdict.days} days with {verdict.events} events are as they were sealed.")
        if verdict.forgotten:
            self.stdout.write(f"{verdict.forgotten} days were removed by the retention rule; their seals are whole.")
        if verdict.troubles:
            sys.exit(1)
