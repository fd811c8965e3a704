"""`manage.py load_demo`: the demo portfolios and a login for each role. Running it again only adds what is missing."""

import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone, translation

from pmo_portal.core import trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from pmo_portal.demo import accounts, cycle, published, supply
from pmo_portal.demo.scenario import allocating, stage
from projects.hierarchy.models import Node, Project
from reporting.alerts.services.gather import gather
from reporting.health.services import refresh
from reporting.status.services import clock

SEED = 1
OLD = timedelta(days=31)  # the age from which the rules call data no longer fresh


class Command(BaseCommand):
    help = "Loads the demo: published portfolios from DEMO_DATA, the scenario Groupe Démo, one login for each role."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--reset-scenario", action="store_true", help="play Groupe Démo again, dated around today")
        parser.add_argument("--scenario-only", action="store_true", help="leave the published portfolios out")
        parser.add_argument("--today", type=date.fromisoformat, help="the day the scenario ends on (default: today)")
        parser.add_argument(
            "--language",
            choices=("fr", "en"),
            default=settings.DEMO_LANGUAGE,
            help="of the key messages (DEMO_LANGUAGE)",
        )
        parser.add_argument("--seed", type=int, default=SEED, help="the chance of the scenario (default 1)")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("The demo has public passwords: it is not for production.")
        today = options["today"] or timezone.localdate()
        with connection.cursor() as cursor:  # a server whose data files are new sorts a large file in more than 15 s
            cursor.execute("SET statement_timeout = '300s'")
        with trace.tracing(source="command"), translation.override("fr"):
            try:
                self.load(today, options)
            except DomainError as refused:
                raise CommandError(f"The demo was refused: {refused.message}") from refused
            refresh.drain()
        accounts.publish()

    def load(self, today: date, options: dict[str, Any]) -> None:
        known = accounts.create()
        by = User.objects.get(username=accounts.ADMIN)
        self.scenario(by, known, today, options)
        accounts.grant(by)
        if not supply.is_there():
            with self.timed("DEMO: people with their roles, units, skills, calendars, absences"):
                supply.stock(by=by, accounts=known, today=today, seed=options["seed"])
        self.allocations(by, today, options)
        clock.move_on(on=today, at=timezone.now())
        gather(on=today, at=timezone.now())
        if not options["scenario_only"]:
            self.published(today)

    def say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()

    @contextmanager
    def timed(self, what: str) -> Iterator[None]:
        begun = time.monotonic()
        yield
        self.say(f"  {what} ({time.monotonic() - begun:.1f} s)")

    def scenario(self, by: User, known: dict[str, User], today: date, options: dict[str, Any]) -> None:
        root = Node.objects.filter(code=stage.CODE).first()
        if root is not None and (options["reset_scenario"] or not stage.is_whole(root)):
            with transaction.atomic():  # all of it or nothing; leave to rewrite history ends with its transaction
                cycle.erase(root)
                supply.clear()
                stage.clear(root)
            root = None
        if root is None:
            with self.timed("DEMO: Groupe Démo, 24 months played"):
                told = {"seed": options["seed"], "language": options["language"]}
                stage.play(by=by, accounts=known, today=today, **told)
            return
        newest = Project.objects.below(root).aggregate(newest=Max("data_date"))["newest"]
        if newest and today - newest > OLD:
            self.say(
                f"  DEMO: the scenario ends on {newest}. To bring it to today: manage.py load_demo --reset-scenario"
            )

    def allocations(self, by: User, today: date, options: dict[str, Any]) -> None:
        """What projects ask of people, where there are people to be asked for."""
        answering = User.objects.filter(username="resource_manager").first() or by
        root = Node.objects.get(code=stage.CODE)
        with self.timed("DEMO: requests for people"):
            allocating.play(root, by=answering, today=today, seed=options["seed"], language=options["language"])

    def published(self, today: date) -> None:
        data: Path = settings.DEMO_DATA
        for one in published.PUBLISHED:
            if not published.files(one, data):
                self.say(
                    f"  {one.code}: no file {one.folder}/{one.pattern} in {data}. It is published at {one.home}; "
                    "set DEMO_DATA to the directory that holds the folder (docs/demo.md)."
                )
                continue
            begun = time.monotonic()
            loaded = list(published.load(one, data, today=today, say=lambda text: self.say(f"  {text}")))
            fresh = [each for each in loaded if not each.known]
            if fresh:
                changes = f"{sum(f.created for f in fresh)} projects created, {sum(f.updated for f in fresh)} updates"
                self.say(f"  {one.code}: {len(fresh)} files, {changes} ({time.monotonic() - begun:.1f} s)")
