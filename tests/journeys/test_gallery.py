"""The component library in a real browser: looks, content policy, accessibility, keyboard, live refresh, charts."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from playwright.sync_api import expect

from tests.core.gallery import views
from tests.journeys.conftest import DESKTOP, NARROWEST, PHONE, TABLET, Visitor

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.urls("tests.core.gallery.urls")]
SHOTS = os.environ.get("SHOTS")


@pytest.fixture
def helene(db: None) -> Any:
    return get_user_model().objects.create_user("helene", password="x", first_name="Hélène", last_name="Marchand")


def shoot(visitor: Visitor, name: str) -> None:
    """Keep a picture when SHOTS names a directory."""
    if SHOTS:
        visitor.page.evaluate("scrollTo(0, 0); document.activeElement.blur()")
        visitor.page.screenshot(path=Path(SHOTS) / f"{name}.png", full_page=True)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("viewport", [DESKTOP, TABLET, PHONE], ids=["desktop", "tablet", "phone"])
def test_components_pass_policy_and_axe(visit: Callable[..., Visitor], helene: Any, scheme: str, viewport: Any) -> None:
    visitor = visit(helene, viewport=viewport, scheme=scheme)
    page = visitor.go("/gallery/?invalid=1")
    page.locator("[data-chart]").scroll_into_view_if_needed()
    expect(page.locator("[data-chart]")).to_have_attribute("data-state", "ready")
    shoot(visitor, f"gallery-{scheme}-{viewport['width']}")
    visitor.check()


@pytest.mark.parametrize("path", ["/gallery/", "/preferences/", "/help/", "/search/?q=aide", "/nowhere/"])
def test_nothing_scrolls_sideways_at_320(visit: Callable[..., Visitor], helene: Any, path: str) -> None:
    visitor = visit(helene, viewport=NARROWEST)
    visitor.go(path)
    visitor.check(allowed=("404",))


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/preferences/", "/help/", "/search/?q=aide", "/nowhere/", "/gallery/forbidden/"])
def test_site_pages(visit: Callable[..., Visitor], helene: Any, path: str, scheme: str) -> None:
    visitor = visit(helene, scheme=scheme)
    visitor.go(path)
    shoot(visitor, f"site{path.split('?')[0].replace('/', '-')}{scheme}")
    visitor.check(allowed=("404", "403"))


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_sign_in_and_out(visit: Callable[..., Visitor], helene: Any, viewport: Any) -> None:
    visitor = visit(viewport=viewport)
    page = visitor.go("/help/")
    shoot(visitor, f"sign-in-{viewport['width']}")
    visitor.check()
    page.get_by_label("Identifiant ou adresse e-mail").fill("helene")
    page.get_by_label("Mot de passe").fill("wrong")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    expect(page.get_by_role("alert")).to_be_focused()
    visitor.check(allowed=("422",))
    page.get_by_label("Mot de passe").fill("x")
    page.get_by_role("button", name="Se connecter", exact=True).click()
    page.wait_for_url("**/help/")


def test_palette_by_keyboard(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/")
    page.keyboard.press("Control+k")
    field = page.get_by_role("combobox", name="Rechercher")
    expect(field).to_be_focused()
    shoot(visitor, "palette")
    visitor.check()
    page.keyboard.press("Escape")
    expect(page.locator("#cmdk")).to_be_hidden()


def test_selection_and_bar_by_keyboard(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/")
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.locator("[data-bulk]")).to_be_visible()
    expect(page.locator("[data-bulk] [data-n]")).to_have_text("1")
    page.get_by_role("button", name="Effacer la sélection").click()
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_single_keys_can_be_switched_off(visit: Callable[..., Visitor], helene: Any) -> None:
    helene.shortcuts = False
    helene.save()
    page = visit(helene).go("/gallery/")
    for key in "jjx":
        page.keyboard.press(key)
    expect(page.locator("[data-bulk]")).to_be_hidden()


def test_filters_make_short_addresses(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/rows/?as_of=2026-06-30")
    page.locator("#projects-f-health summary").click()
    page.get_by_label("Critique", exact=True).check()
    page.wait_for_url("**health=red*")
    page.locator("#projects-f-health").get_by_label("À surveiller").check()
    page.wait_for_url("**health=amber,red*")
    assert "as_of=2026-06-30" in page.url
    assert "columns" not in page.url
    visitor.check()


def test_load_more_appends_rows(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/rows/")
    before = page.locator("tr.row").count()
    page.locator("tr.more a").click()
    expect(page.locator("tr.more")).to_have_count(0)
    assert page.locator("tr.row").count() == 2 * before


@pytest.fixture
def state() -> Iterator[dict[str, int]]:
    views.STATE["version"] = 1
    yield views.STATE
    views.STATE["version"] = 1


def test_a_live_fragment_refreshes_and_keeps_focus(
    visit: Callable[..., Visitor], helene: Any, state: dict[str, int]
) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/")
    page.locator("#live-a").focus()
    state["version"] = 2
    expect(page.locator("#live-v")).to_have_text("2", timeout=9000)
    expect(page.locator("#live-a")).to_be_focused()
    expect(page.locator("#live .fresh")).to_be_visible()
    visitor.check(axe=False)


def test_theme_is_kept(visit: Callable[..., Visitor], helene: Any) -> None:
    page = visit(helene).go("/gallery/")
    with page.expect_response("**/appearance/"):
        page.get_by_role("button", name="Basculer").click()
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    helene.refresh_from_db()
    assert helene.theme == "dark"


def test_combobox_chooses_by_typing(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/")
    field = page.get_by_role("combobox", name="Chef de projet")
    field.click()
    field.fill("personne 12 etienne")
    visitor.check()
    page.keyboard.press("Enter")
    expect(page.locator("select[name=manager]")).to_have_value("12")


def test_as_of_dialog(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.go("/gallery/?health=red")
    page.keyboard.press("t")
    shoot(visitor, "as-of")
    visitor.check()
    page.get_by_role("textbox", name="Un autre jour").fill("2026-06-30")
    page.get_by_role("button", name="Afficher ce jour").click()
    page.wait_for_url("**as_of=2026-06-30*")
    expect(page.get_by_text("30 juin 2026").first).to_be_visible()
    assert "health=red" in page.url
    visitor.check()


def test_a_chart_that_fails_says_so_and_retries(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    page = visitor.page
    page.route("**/chart.json", lambda route: route.fulfill(status=500, body="no"))
    visitor.go("/gallery/")
    page.locator(".chart-f").scroll_into_view_if_needed()
    expect(page.get_by_text("Graphique indisponible")).to_be_visible()
    page.unroute("**/chart.json")
    page.get_by_role("button", name="Réessayer").click()
    expect(page.locator("[data-chart]")).to_have_attribute("data-state", "ready")
    visitor.check(allowed=("500",))


def test_charts_follow_the_theme(visit: Callable[..., Visitor], helene: Any) -> None:
    page = visit(helene).go("/gallery/")
    page.locator("[data-chart]").scroll_into_view_if_needed()
    expect(page.locator("[data-chart]")).to_have_attribute("data-state", "ready")
    fill = "document.querySelector('[data-chart] .point path').style.fill"
    light = page.evaluate(fill)
    page.get_by_role("button", name="Basculer").click()
    page.wait_for_function(f"{fill} !== '{light}'")


def test_a_cold_page_without_charts_stays_within_budget(visit: Callable[..., Visitor], helene: Any) -> None:
    visitor = visit(helene)
    asked: list[str] = []
    visitor.page.on("request", lambda request: asked.append(request.url))
    visitor.go("/help/")
    assert len(asked) <= 12, asked
    assert not any("plotly" in url for url in asked)


def test_lists_work_without_scripts(visit: Callable[..., Visitor], helene: Any) -> None:
    page = visit(helene, java_script_enabled=False).go("/gallery/rows/")
    page.get_by_role("link", name="Avancement").first.click()
    page.wait_for_url("**sort=progress**")
    page.locator("#projects-f-health summary").click()
    page.get_by_label("Critique", exact=True).check()
    page.get_by_role("button", name="Appliquer").click()
    page.wait_for_url("**health=red**")
    assert "sort=progress" in page.url
    page.get_by_role("link", name="Charger").click()
    page.wait_for_url("**after=next**")
