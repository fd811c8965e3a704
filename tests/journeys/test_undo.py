"""Taking back what was just saved, in a browser: from the message, by keyboard, after many at once, from the history."""

from datetime import date
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from tests import make
from tests.cast import World
from tests.journeys.conftest import DESKTOP, PHONE
from tests.reporting.dashboards.pages import compute

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("viewport", "scheme", "language"), [(DESKTOP, "light", "fr"), (PHONE, "dark", "en")], ids=["desktop", "phone"]
)
def test_many_at_once_are_rehearsed_applied_and_taken_back(
    visit: Any, world: World, ada: User, viewport: Any, scheme: str, language: str
) -> None:
    User.objects.filter(pk=ada.pk).update(language=language)
    make.project("OLD", node=world.south, state="closed")
    compute()
    visitor = visit(ada, viewport=viewport, scheme=scheme)
    page = visitor.go("/portfolios/SOUTH/?group=none")
    for box in page.locator("tbody input[name=sel]").all():
        box.check()
    visitor.check()
    page.locator("[data-bulk] button[formaction*=state]").click()
    page.select_option("select[name=state]", "closing")
    page.wait_for_selector("#rehearsal [role=status]")
    assert page.evaluate("document.activeElement.tagName") in {"SELECT", "BODY"}  # the swap took no focus from the form
    visitor.check()
    with page.expect_navigation():
        page.click("button[name=apply]")
    states = dict(Project.objects.filter(node=world.south).values_list("code", "state"))
    assert states == {"HARBOUR": "closing", "SECRET": "closing", "OLD": "closed"}
    page.hover(".toast")  # read, it stays
    visitor.check()
    with page.expect_navigation():
        page.click(".toast [data-undo]")
    states = dict(Project.objects.filter(node=world.south).values_list("code", "state"))
    assert states == {"HARBOUR": "executing", "SECRET": "executing", "OLD": "closed"}


def test_a_row_saved_in_place_is_taken_back_by_keyboard_and_redone_by_the_message(
    visit: Any, world: World, ben: User
) -> None:
    milestone = make.milestone(world.tram)
    visitor = visit(ben)
    page = visitor.go(f"/projects/{world.tram.pk}/milestones/")
    page.fill(f"#m-{milestone.pk}-f", "2027-05-20")
    page.locator("h1").click()
    page.hover(".toast:has([data-undo])")  # read, it stays
    visitor.check()
    with page.expect_navigation():
        page.keyboard.press("Control+z")
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 1, 15)
    with page.expect_navigation():
        page.click(".toast [data-undo]")
    milestone.refresh_from_db()
    assert milestone.forecast_date == date(2027, 5, 20)


def test_the_history_restores_and_says_so_when_it_no_longer_can(visit: Any, world: World, ada: User) -> None:
    page = visit(ada).go(f"/projects/{world.tram.pk}/status/")
    page.check("input[name=declared][value=red]", force=True)
    page.check("input[name=declared_trend][value=down]", force=True)
    page.fill("[name=key_message]", "The supplier is late.")
    with page.expect_navigation():
        page.keyboard.press("Control+Enter")
    history = visit(ada)
    page = history.go(f"/projects/{world.tram.pk}/history/")
    with page.expect_navigation():
        page.locator("button[name=event]").first.click()
    world.tram.refresh_from_db()
    assert (world.tram.declared, world.tram.key_message, world.tram.declared_on) == ("", "", None)
    Project.objects.filter(pk=world.tram.pk).update(declared="amber")  # told as well, by the database
    with page.expect_navigation():
        page.locator("button[name=event]").first.click()
    expect(page.locator(".toast.error")).to_be_visible()
    with page.expect_navigation():
        page.locator("button[name=event]").first.click()
    world.tram.refresh_from_db()
    assert world.tram.declared == "", "the correction by hand is what stands first now"
    history.check()
    assert world.tram.data_date == timezone.localdate()
