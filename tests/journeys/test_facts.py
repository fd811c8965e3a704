"""The pages that write facts, in a real browser: content policy, accessibility, narrow screens, rows that save themselves."""

import os
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from pmo_portal.core import audit
from pmo_portal.core.models import AuditEvent
from projects.money.services import Cell, set_budget_cells
from reporting.health.services import refresh
from tests import make
from tests.journeys.conftest import DESKTOP, NARROWEST


@pytest.fixture
def world(transactional_db: None) -> Any:
    """A project with something on every tab, and its PMO."""
    ada = make.user("ada", role="pmo", first_name="Ada", last_name="Martin", language="fr")
    rail = make.programme("RAIL", parent=make.portfolio("NORTH", name="Mobilités"), name="Rail")
    manager = make.person("Thomas Girard")
    tram = make.project(
        "TN-021", node=rail, name="Prolongement du tramway T3", phase="Réalisation", project_manager=manager,
        declared="amber", declared_trend="down", forecast_end=date(2027, 9, 30),
    )  # fmt: skip
    make.milestone(
        tram, name="Déclaration d’utilité publique", is_key=True, actual_date=date(2026, 3, 1), owner=manager
    )
    make.milestone(tram, name="Premier rail posé", forecast_date=date(2027, 3, 12))
    for month in range(1, 13):
        amounts = {
            "revised": 100_000 + 1_000 * month,
            "actual": 90_000 if month < 11 else None,
            "forecast": 120_000 if month > 10 else None,
        }
        cells = [Cell(date(2026, month, 1), kind, Decimal(amount)) for kind, amount in amounts.items() if amount]
        set_budget_cells(project=tram, by=ada, on=make.TODAY, cells=cells)
    make.budget_line(tram, month=None, kind="initial", amount=Decimal(1_000_000))
    for probability, impact in ((4, 5), (2, 2), (3, 4)):
        make.risk(
            tram,
            title=f"Risque {probability}×{impact}",
            code=f"R{probability}",
            probability=probability,
            impact=impact,
            owner=manager,
        )
    make.issue(tram, title="Recette bloquée", owner=manager, due_date=date(2026, 1, 9))
    asked = make.decision(
        tram, question="Quelle reprise des données ?", background="Trois formats.", needed_by=date(2026, 1, 9),
        amount_asked=45_000,
        committee="Comité de pilotage", recommendation="Tout reprendre.", asked_by=manager,
        options=[{"label": "Tout reprendre", "cost": 45_000, "delay_days": 20, "recommended": True, "note": "Deux lots."},
                 {"label": "Dossiers ouverts seulement", "cost": 12_000, "delay_days": -5}],
    )  # fmt: skip
    make.decision(
        tram, question="Changer d’intégrateur ?", status="refused", outcome="refused", taken_on=date(2026, 3, 1),
        decided_by_name="COMEX", reason="Trop tard.",
    )  # fmt: skip
    make.action(tram, title="Chiffrer la reprise", owner=manager, decision=asked, percent_complete=40)
    return ada, tram


PAGES: dict[str, Callable[[Any], str]] = {
    "schedule": lambda p: f"/projects/{p.pk}/milestones/",
    "budget": lambda p: f"/projects/{p.pk}/budget/",
    "risks": lambda p: f"/projects/{p.pk}/risks/",
    "issues": lambda p: f"/projects/{p.pk}/issues/",
    "actions": lambda p: f"/projects/{p.pk}/actions/",
    "decisions": lambda p: f"/projects/{p.pk}/decisions/?show=all",
    "decision": lambda p: f"/decisions/{p.decisions.first().pk}/edit/",
    "decide": lambda p: f"/decisions/{p.decisions.first().pk}/take/",
    "action": lambda p: f"/actions/{p.actions.first().pk}/edit/",
    "history": lambda p: f"/projects/{p.pk}/history/",
    "edit": lambda p: f"/projects/{p.pk}/edit/",
    "status": lambda p: f"/projects/{p.pk}/status/",
    "move": lambda p: f"/projects/{p.pk}/move/",
    "delete": lambda p: f"/projects/{p.pk}/delete/",
    "milestone": lambda p: f"/milestones/{p.milestones.first().pk}/edit/",
    "risk": lambda p: f"/risks/{p.risks.first().pk}/edit/",
    "project new": lambda p: "/projects/new/",
    "portfolio new": lambda p: "/portfolios/new/",
    "members": lambda p: "/members/",
    "member new": lambda p: "/members/new/",
    "users": lambda p: "/users/",
    "user new": lambda p: "/users/new/",
    "people": lambda p: "/people/",
}


@pytest.mark.parametrize(("viewport", "scheme", "language"), [
    (DESKTOP, "dark", "en"), (NARROWEST, "light", "fr"),
], ids=["desktop", "narrow"])  # fmt: skip
def test_every_page_is_sound(world: Any, visit: Any, viewport: Any, scheme: str, language: str) -> None:
    ada, tram = world
    type(ada).objects.filter(pk=ada.pk).update(language=language)
    visitor = visit(ada, viewport=viewport, scheme=scheme)
    for name, address in PAGES.items():
        page = visitor.go(address(tram))
        if shots := os.environ.get("SHOTS"):
            page.screenshot(path=f"{shots}/facts-{name}-{viewport['width']}-{language}.png", full_page=True)
        visitor.check()


def test_a_milestone_row_saves_itself(world: Any, visit: Any) -> None:
    ada, tram = world
    milestone = tram.milestones.last()
    page = visit(ada).go(f"/projects/{tram.pk}/milestones/")
    page.fill(f"#m-{milestone.pk}-f", "2027-05-20")
    page.locator("h1").click()
    page.wait_for_selector(f"#milestone-{milestone.pk} .msg.ok")
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 5, 20)
    page.fill(f"#m-{milestone.pk}-f", "2027-06-01")
    page.keyboard.press("Escape")
    assert page.input_value(f"#m-{milestone.pk}-f") == "2027-05-20"


def test_a_month_saves_itself_and_the_totals_follow(world: Any, visit: Any) -> None:
    ada, tram = world
    page = visit(ada).go(f"/projects/{tram.pk}/budget/?year=2026&split=none")
    before = page.inner_text("#budget-figures")
    page.fill("#b-2026-12-forecast", "1 120 000,50")
    page.locator("h1").click()
    page.wait_for_selector("#month-2026-12 .msg.ok")
    page.wait_for_function("before => document.querySelector('#budget-figures').innerText !== before", arg=before)
    assert tram.budget_lines.get(month=date(2026, 12, 1), kind="forecast").amount == Decimal("1120000.50")


def test_the_past_is_sound(world: Any, visit: Any) -> None:
    """Tabs of a past day, what cannot be told of it, a day before the record, a form over the past, and no day at all."""
    ada, tram = world
    then = timezone.now() - timedelta(days=45)
    refresh.refresh([tram.pk], on=then.date(), at=then)
    with transaction.atomic(), audit.rewriting_history():
        AuditEvent.objects.filter(project_id=tram.pk).update(at=then)
    day, early = (then + timedelta(days=3)).date(), (then - timedelta(days=9)).date()
    for viewport, scheme in ((DESKTOP, "light"), (NARROWEST, "dark")):
        visitor = visit(ada, viewport=viewport, scheme=scheme)
        for path in ("", "milestones/", "budget/", "risks/", "decisions/", "history/", "edit/"):
            visitor.go(f"/projects/{tram.pk}/{path}?as_of={day}")
            visitor.check()
        for query in (early, "abc"):
            visitor.go(f"/projects/{tram.pk}/?as_of={query}")
            visitor.check(allowed=("404", "400"))


@pytest.mark.parametrize("name", ["W" * 300, "Un très long titre de projet " * 10], ids=["one word", "words"])
def test_the_longest_title_widens_no_page(name: str, world: Any, visit: Any) -> None:
    ada, tram = world
    type(tram).objects.filter(pk=tram.pk).update(name=name[:300])
    tram.milestones.update(name=name[:300])
    tram.risks.update(title=name[:200])
    (
        tram.issues.update(title=name[:200]),
        tram.actions.update(title=name[:200]),
        tram.decisions.update(question=name[:200]),
    )
    refresh.refresh([tram.pk], on=timezone.localdate(), at=timezone.now())
    own = {
        key: address
        for key, address in PAGES.items()
        if key not in {"members", "member new", "users", "user new", "people"}
    }
    for viewport in (NARROWEST, {"width": 1440, "height": 900}):
        visitor = visit(ada, viewport=viewport)
        for address in (
            *own.values(),
            lambda p: f"/projects/{p.pk}/",
            lambda p: "/projects/",
            lambda p: "/portfolios/NORTH/",
        ):
            visitor.go(address(tram))
            visitor.check(axe=False)
