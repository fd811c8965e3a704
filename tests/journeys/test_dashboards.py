"""The dashboards in a browser: policy, accessibility, narrow screens, charts, and a change that shows by itself."""

import re
import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pmo_portal.core.identity import sessions
from projects.hierarchy.models import Project
from tests import make
from tests.journeys.conftest import NARROWEST, PHONE
from tests.reporting.dashboards.pages import compute

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def lively(world):
    """SOUTH with money, dates, risks and a past."""
    tram = world.harbour
    Project.objects.filter(pk=tram.pk).update(
        must_win=True, declared="green", declared_on=date(2026, 10, 1), declared_trend="down"
    )
    for month in range(1, 13):
        kind, amount = ("actual", 90_000) if month < 11 else ("forecast", 260_000)
        make.budget_line(tram, month=date(2026, month, 1), amount=Decimal(100_000))
        make.budget_line(tram, month=date(2026, month, 1), kind=kind, amount=Decimal(amount))
    make.risk(tram, probability=5, impact=4)
    make.milestone(tram, is_key=True, forecast_date=date(2027, 6, 1))
    make.project("HELD", node=world.south, state="suspended", resume_date=date(2027, 2, 1))
    make.project("LATE", node=world.south, forecast_end=date(2028, 3, 1), project_manager=make.person("Élodie Roussel"))
    for kind, amount in (("revised", 500_000), ("forecast", 650_000)):
        make.budget_line(Project.objects.get(code="LATE"), kind=kind, amount=Decimal(amount), month=date(2026, 12, 1))
    then = timezone.now() - timedelta(days=65)
    compute(on=then.date(), at=then)
    Project.objects.filter(code="LATE").update(forecast_end=date(2028, 9, 1))
    compute()
    return world


def paths(world):
    return [
        "/portfolios/", "/portfolios/SOUTH/", "/portfolios/SOUTH/?health=red&group=none", "/portfolios/SOUTH/?q=nothing",
        "/projects/", f"/projects/{world.harbour.pk}/", "/executive/?portfolio=SOUTH", "/settings/thresholds/",
        "/settings/thresholds/SOUTH/", f"/portfolios/SOUTH/?as_of={timezone.localdate() - timedelta(days=5)}",
        "/charts/cost-curve/data/?node=SOUTH", "/compare/?portfolio=SOUTH", f"/projects/{world.harbour.pk}/compare/",
    ]  # fmt: skip


# Each width, theme and language; all of them together are an exam (test_sweep).
@pytest.mark.parametrize(("viewport", "scheme", "language"), [
    (None, "light", "fr"), (None, "dark", "en"), (PHONE, "dark", "fr"),
])  # fmt: skip
def test_every_page_passes_the_checks(viewport, scheme, language, visit, lively, ada):
    type(ada).objects.filter(pk=ada.pk).update(language=language)
    visitor = visit(ada, viewport=viewport, scheme=scheme)
    for path in paths(lively):
        visitor.go(path)
        visitor.check()


def test_nothing_scrolls_sideways_at_320_px(visit, lively, ada):
    visitor = visit(ada, viewport=NARROWEST)
    for path in paths(lively):
        visitor.go(path)
        visitor.check(axe=False)


def test_charts_draw_in_the_colours_of_the_page_and_their_table_opens(visit, lively, ada):
    visitor = visit(ada)
    page = visitor.go("/portfolios/SOUTH/")
    page.locator("[data-chart]").scroll_into_view_if_needed()
    page.wait_for_selector('[data-chart][data-state="ready"]', timeout=20000)
    page.locator("figcaption summary").click()
    page.wait_for_selector("figcaption table tbody tr")
    page.locator(".switch a").last.click()
    page.wait_for_selector('#chart-card [data-chart*="overruns"][data-state="ready"]', timeout=20000)
    visitor.check()


def test_a_change_shows_on_an_open_dashboard_within_five_seconds(visit, lively, ada, eve):
    page = visit(eve).go("/portfolios/SOUTH/")
    assert page.locator("#tile-late .kpi-v").inner_text().startswith("1")
    Project.objects.filter(pk=lively.harbour.pk).update(forecast_end=date(2028, 6, 30))
    compute()
    started = time.monotonic()
    page.locator("#tile-late .kpi-v", has_text="2 /").wait_for(timeout=9000)
    assert time.monotonic() - started < 5.5
    page.locator("#projects-list .due", has_text="30 Jun 28").wait_for(timeout=9000)


def test_filtering_keeps_the_tabs_true_and_keys_move_and_select(visit, lively, ada):
    visitor = visit(ada)
    page = visitor.go("/portfolios/SOUTH/")
    page.locator(".views a", has_text="Late").click()
    page.wait_for_url("**slip=late**")
    expect(page.locator('.views a[aria-current="page"]')).to_have_text(re.compile(r"^\s*Late"))
    page.locator("summary", has_text="Group").click()
    page.locator("input[name=group][value=health]").check()
    page.wait_for_url("**group=health**")
    page.keyboard.press("Escape")
    page.wait_for_selector("text=Save this view")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.wait_for_selector("[data-bulk]:not([hidden])")
    visitor.check()


@pytest.mark.parametrize("width", [1280, 1366, 1440, 1536, 1600, 1680, 1920])
def test_the_default_columns_fit_the_window(width, visit, lively, ada):
    """With the longest badges and amounts the table can hold, its last column is never cut."""
    Project.objects.update(
        declared="amber", declared_trend="down", percent_complete=100, phase="Développement et essais"
    )
    for project in Project.objects.all():
        make.budget_line(project, month=None, amount=Decimal(999_999_999))
        make.budget_line(project, month=None, kind="forecast", amount=Decimal(1_999_999_999))
    compute()
    type(ada).objects.filter(pk=ada.pk).update(language="fr")
    visitor = visit(ada, viewport={"width": width, "height": 900})
    for path in ("/portfolios/SOUTH/", "/projects/"):
        page = visitor.go(path)
        assert (
            page.evaluate(
                "document.querySelector('.list .tw').scrollWidth - document.querySelector('.list .tw').clientWidth"
            )
            <= 0
        )
        visitor.check(axe=False)


def test_all_that_match_are_ticked_at_once(visit, lively, ada):
    for number in range(120):
        make.project(f"M{number:03}", node=lively.south)
    compute()
    page = visit(ada).go("/portfolios/SOUTH/")
    total = page.locator("[data-every]").get_attribute("data-every")
    page.locator("tbody input[name=sel]").first.check()
    assert page.inner_text("[data-n]") == "1"
    page.locator("[data-every]").check()
    assert page.inner_text("[data-n]") == total
    page.locator("tbody input[name=sel]").first.uncheck()
    assert not page.locator("[data-every]").is_checked()
    page.locator("[data-every]").check()
    page.get_by_role("button", name="Phase").click()
    page.wait_for_load_state("networkidle")
    assert f"{total} projects selected" in page.inner_text("main")


def test_an_open_page_gives_way_when_its_session_is_over(visit, lively, ada):
    """What somebody left on a screen goes by itself, and names of what they opened do not outlive the tab."""
    visitor = visit(ada)
    page = visitor.go("/portfolios/SOUTH/")
    page.keyboard.press("Control+k")
    page.locator("#cmdk input").fill("LATE")
    page.locator("#cmdk-l [role=option][data-label]", has_text="LATE").first.click()
    page.wait_for_url("**/projects/*/**")
    kept = "['recent' in sessionStorage, Object.keys(localStorage).filter(name => name !== 'theme').length]"
    assert page.evaluate(kept) == [True, 0]
    visitor.go("/portfolios/SOUTH/")
    sessions.end_all(ada)
    page.wait_for_url("**/sign-in/**", timeout=15_000)
