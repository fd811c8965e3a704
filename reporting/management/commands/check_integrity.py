"""`manage.py check_integrity`: what the tables say twice must say the same thing."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from reporting.health.services import integrity


class Command(BaseCommand):
    help = "Compare paths, versions of the tree, health, history and sums with a recomputation; lists every difference."

    def handle(self, *args: Any, **options: Any) -> None:
        findings = integrity.findings()
        for finding in findings:
            self.stdout.write(finding)
        if findings:
            raise CommandError(f"{len(findings)} findings")
        self.stdout.write("0 findings")
