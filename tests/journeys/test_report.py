"""The status form in a real browser: the three paths, the keyboard, a lost connection, narrow screens, both languages."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from reporting.status.models import StatusReport
from reporting.status.services import freezing
from tests import make
from tests.journeys.conftest import NARROWEST, Visitor
from tests.reporting.status.reports import healthy, opened, report_of


@pytest.fixture
def world(transactional_db: None) -> Any:
    """Ben, and the report of his healthy project."""
    node = make.portfolio("NORTH", name="Mobilités")
    ben = make.user("ben", language="fr", first_name="Ben", last_name="Durand")
    project = healthy(node)
    make.member(ben, "project_manager", on=project)
    make.milestone(project, name="Premier rail posé", is_key=True,
        baseline_date=project.forecast_end, forecast_date=project.forecast_end,
    )  # fmt: skip
    opened(node)
    return ben, report_of(project)


def form(visitor: Visitor, report: StatusReport) -> Any:
    """The open form."""
    return visitor.go(f"/reports/{report.pk}/")


def saved(page: Any, report: StatusReport) -> StatusReport:
    expect(page.locator("#report-saved")).to_contain_text(re.compile(r"à \d"))
    report.refresh_from_db()
    return report


def test_nothing_to_report_is_two_clicks_from_my_day(world: Any, visit: Callable[..., Visitor]) -> None:
    ben, report = world
    visitor = visit(ben)
    page = visitor.go("/my-day/")
    visitor.check()
    page.locator("#owed a.btn").click()
    page.wait_for_load_state("networkidle")
    visitor.check()
    page.locator("button[value=renew]").click()
    page.wait_for_load_state("networkidle")
    report.refresh_from_db()
    assert (report.state, report.way) == ("submitted", "renew")
    visitor.check()


def test_express_with_the_keyboard_saves_as_it_is_written(world: Any, visit: Callable[..., Visitor]) -> None:
    ben, report = world
    visitor = visit(ben, scheme="dark")
    page = form(visitor, report)
    page.locator("body").press("2")
    assert saved(page, report).declared == "amber_green"
    page.locator("textarea[name=key_message]").fill("Recette engagée")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    report.refresh_from_db()
    assert (report.state, report.way, report.key_message) == ("submitted", "express", "Recette engagée")


def test_in_full_a_red_asks_for_a_decision(world: Any, visit: Callable[..., Visitor]) -> None:
    ben, report = world
    visitor = visit(ben, viewport=NARROWEST)
    page = form(visitor, report)
    for name in ("declared", "schedule", "cost"):
        page.locator(f"label:has(input[name={name}][value=red])").click()
    page.locator("input[name=schedule_comment]").fill("Fournisseur défaillant")
    page.locator("input[name=cost_comment]").fill("Pénalités")
    page.locator("label:has(input[name=ask][value=asked])").click()
    page.locator("textarea[name=ask_question]").fill("Changer de fournisseur ?")
    assert saved(page, report).declared == "red"
    visitor.check()
    page.locator("button[value=submit]").click()
    page.wait_for_load_state("networkidle")
    page.locator("label:has(input[value='VR-17:back_to_green'])").click()
    for box in page.locator("label.ok-r:not(:has([value^='VR-17']))").all():
        box.click()
    page.locator("button[value=submit]").click()
    page.wait_for_load_state("networkidle")
    report.refresh_from_db()
    assert (report.state, report.way) == ("submitted", "full")
    assert report.project.decisions.get().question == "Changer de fournisseur ?"


def test_without_a_connection_nothing_typed_is_lost(world: Any, visit: Callable[..., Visitor]) -> None:
    ben, report = world
    visitor = visit(ben)
    page = form(visitor, report)
    page.context.set_offline(True)
    page.locator("textarea[name=summary]").fill("Écrit dans le train")
    expect(page.locator("#report-saved")).to_contain_text("connexion")
    kept = json.loads(page.evaluate(f"localStorage.getItem('report-{report.pk}')"))
    assert kept == [["summary", "Écrit dans le train", ""]]
    page.context.set_offline(False)
    assert saved(page, report).summary == "Écrit dans le train"
    assert page.evaluate(f"localStorage.getItem('report-{report.pk}')") is None


def test_what_was_typed_before_the_page_went_away_comes_back(world: Any, visit: Callable[..., Visitor]) -> None:
    ben, report = world
    visitor = visit(ben)
    page = form(visitor, report)
    page.evaluate(f"localStorage.setItem('report-{report.pk}', JSON.stringify([['summary', 'Gardé', '']]))")
    page = form(visitor, report)
    assert saved(page, report).summary == "Gardé"


def test_the_pages_of_the_pmo_from_the_collection_to_a_revision(world: Any, visit: Callable[..., Visitor]) -> None:
    ben, report = world
    pmo = make.user("pmo", role="pmo", language="fr")
    StatusReport.objects.filter(pk=report.pk).update(
        state="submitted", submitted_at=timezone.now(), declared="green", key_message="Tout va bien", author=ben
    )
    visitor = visit(pmo, viewport=NARROWEST, scheme="dark")
    visitor.go("/collection/?fix=sponsor")
    visitor.check()
    freezing.freeze(report.period, by=pmo, on=timezone.localdate(), at=timezone.now())
    for path in (f"/collection/?period={report.period_id}", f"/collection/periods/{report.period_id}/calibration/"):
        visitor.go(path)
        visitor.check()
    page = visitor.go(f"/reports/{report.pk}/correct/")
    visitor.check()
    page.locator("label:has(input[name=declared][value=amber])").click()
    page.locator("textarea[name=revision_reason]").fill("Le courrier du fournisseur est arrivé après le gel.")
    with page.expect_navigation():
        page.locator("main form button.pri").click()
    visitor.check()
    assert [row.declared for row in StatusReport.objects.order_by("revision")] == ["green", "amber"]
