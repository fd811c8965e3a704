"""A status report written in a real browser on each of the three paths, with the pauses a person makes (domain.md §7.2, §7.5).

The pauses are waited: the form saves itself meanwhile, and the entry time the server counts (K-O15) includes them.
"""

import os
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page, sync_playwright

from benchmarks import portal
from pmo_portal.core.models import User
from pmo_portal.demo import accounts
from projects.hierarchy.models import Node, Project
from projects.money.models import BudgetLine
from projects.planning.models import Milestone
from projects.raid.models import Risk
from reporting.status.models import StatusReport
from reporting.status.services import calendars, clock

# Seconds of §7.5: opening and reading what moved, the judgement, the message, a dimension that is not green, a milestone,
# a risk, a request for a decision, the review before submitting.
OPEN, JUDGE, MESSAGE, ALL_GREEN, NOT_GREEN, MARK, RISK, ASK, REVIEW = 12, 4, 20, 5, 20, 6, 4, 30, 8
MOST_PROJECTS = 1000  # the paths do not depend on the size of the portfolio: they are walked once


class Hand:
    """A person at the form: every click, key and text is an interaction, every pause is waited."""

    def __init__(self, page: Page) -> None:
        self.page, self.count, self.begun = page, 0, time.monotonic()

    def think(self, seconds: float) -> None:
        self.page.wait_for_timeout(seconds * 1000)

    def click(self, selector: str) -> None:
        self.count += 1
        self.page.locator(selector).first.click()

    def choose(self, name: str, value: str) -> None:
        self.click(f'label:has(input[name="{name}"][value="{value}"])')

    def write(self, name: str, text: str) -> None:
        self.count += 1
        self.page.locator(f'[name="{name}"]').fill(text)

    def press(self, key: str) -> None:
        self.count += 1
        self.page.keyboard.press(key)

    @property
    def seconds(self) -> float:
        return round(time.monotonic() - self.begun, 1)


def measure() -> dict[str, dict[str, Any]]:
    """{path: {"seconds", "interactions", "entry_s" as the server counted, "way" it took it for}}; {} without a browser."""
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not browser:
        return {}
    reports = _reports()
    key, _equals, value = portal.cookie(accounts.ADMIN).partition("=")
    walked = {}
    with portal.web() as (_child, port), sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        for name, walk in WALKS.items():
            context = running.new_context(locale="fr-FR", viewport={"width": 1366, "height": 768})
            context.add_cookies([{"name": key, "value": value, "url": f"http://127.0.0.1:{port}"}])
            walked[name] = _walked(context.new_page(), f"http://127.0.0.1:{port}", reports[name], walk)
            context.close()
        running.close()
    return {name: _told(reports[name], *one) for name, one in walked.items()}  # no database beside Playwright's loop


def _walked(page: Page, address: str, report: StatusReport, walk: Callable[[Hand], None]) -> tuple[float, int, str]:
    """(seconds, interactions, what the page says in the end), from the project's page to the answer of the submission."""
    page.goto(f"{address}/projects/{report.project_id}/")
    hand = Hand(page)
    hand.click(f'a[href="/projects/{report.project_id}/report/"], a[href="/reports/{report.pk}/"]')
    page.wait_for_url("**/reports/*/")
    with page.expect_navigation(timeout=300_000):
        walk(hand)
    return hand.seconds, hand.count, page.locator("main").inner_text()


def _told(report: StatusReport, seconds: float, interactions: int, page: str) -> dict[str, Any]:
    report.refresh_from_db()
    if report.state != StatusReport.State.SUBMITTED:
        raise LookupError(f"{report}: {page[:3000]}")
    return {"seconds": seconds, "interactions": interactions, "entry_s": report.entry_seconds, "way": report.way}


def _renew(hand: Hand) -> None:
    hand.think(OPEN + 2 + REVIEW)
    hand.click("button[value=renew]")


def _express(hand: Hand) -> None:
    """One dimension is amber: the forecast slips."""
    hand.think(OPEN)
    hand.press("3")
    hand.think(JUDGE)
    hand.write("key_message", "Recette décalée de deux semaines, la livraison tient")
    hand.think(MESSAGE + ALL_GREEN)
    hand.write("schedule_comment", "Environnement livré en retard")
    hand.think(NOT_GREEN + 3 * MARK + 3 * RISK)
    hand.choose("ask", "none")
    hand.think(REVIEW)
    hand.press("Control+Enter")


def _full(hand: Hand) -> None:
    """Two dimensions are off and a decision is asked for."""
    hand.think(OPEN)
    hand.press("4")
    hand.think(JUDGE)
    hand.write("key_message", "Le fournisseur ne tient plus : décision nécessaire")
    hand.think(MESSAGE + ALL_GREEN)
    hand.write("schedule_comment", "Lot 2 livré avec trois mois de retard")
    hand.think(NOT_GREEN)
    hand.choose("scope", "amber")
    hand.write("scope_comment", "Deux modules reportés")
    hand.think(NOT_GREEN + 3 * MARK + 3 * RISK)
    hand.choose("ask", "asked")
    hand.write("ask_question", "Changer de fournisseur pour le lot 3 ?")
    hand.write("ask_options", "Changer de fournisseur\nRenégocier le calendrier")
    hand.write("ask_needed_by", (timezone.localdate() + timedelta(days=14)).isoformat())
    hand.think(ASK)
    hand.write("back_to_green", (timezone.localdate() + timedelta(days=60)).isoformat())
    hand.think(REVIEW)
    hand.press("Control+Enter")


WALKS = {"renew": _renew, "express": _express, "full": _full}


def _reports() -> dict[str, StatusReport]:
    """{path: the open report of a project made for it}, in a portfolio of their own."""
    by, today = User.objects.get(username=accounts.ADMIN), timezone.localdate()
    node = Node.objects.create(code="PATHS", name="Trois chemins", kind=Node.Kind.PORTFOLIO)
    slips = {"renew": 0, "express": 40, "full": 90}
    made = {name: _project(node, name, slip) for name, slip in slips.items()}
    calendars.create_calendar(by=by, on=today, node=node, since=today.replace(day=1), opens_before=31)
    clock.move_on(on=today, at=timezone.now())
    return {name: StatusReport.objects.get(project=project) for name, project in made.items()}


def _project(node: Node, name: str, slip: int) -> Project:
    """A project in execution with money, three milestones and three risks, `slip` days behind its baseline of 400 days."""
    today = timezone.localdate()
    end = today + timedelta(days=200)
    project = Project.objects.create(
        node=node, portfolio=node, code=f"PATH-{name}".upper(), name=f"Chemin {name}", state=Project.State.EXECUTING,
        baseline_start=today - timedelta(days=200), baseline_end=end, forecast_end=end + timedelta(days=slip),
        data_date=today, declared="green", key_message="Tout avance comme prévu",
    )  # fmt: skip
    for kind, amount in (("revised", 1000), ("actual", 300), ("forecast", 1000)):
        BudgetLine.objects.create(project=project, kind=kind, amount=Decimal(amount))
    for number in range(3):
        day = today + timedelta(days=60 * (number + 1))
        Milestone.objects.create(
            project=project, code=f"J{number}", name=f"Jalon {number}", baseline_date=day, forecast_date=day
        )
        Risk.objects.create(
            project=project,
            code=f"R{number}",
            title=f"Risque {number}",
            probability=2,
            impact=2,
            last_reviewed_on=today,
        )
    return project
