"""Standing in for someone, seeing as someone else and emergency access in a browser, in both languages, schemes and sizes."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from pmo_portal.core.models import User
from projects.access.models import Delegation, Membership
from tests import make
from tests.cast import World
from tests.journeys.conftest import DESKTOP, PHONE

pytestmark = pytest.mark.django_db(transaction=True)
LOOKS = pytest.mark.parametrize(
    ("viewport", "scheme", "language"), [(DESKTOP, "light", "fr"), (PHONE, "dark", "en")], ids=["desktop", "phone"]
)


@LOOKS
def test_a_holiday_is_arranged_and_ended(
    visit: Any, world: World, ben: User, cleo: User, viewport: Any, scheme: str, language: str
) -> None:
    User.objects.update(language=language)
    visitor = visit(ben, viewport=viewport, scheme=scheme)
    page = visitor.go("/preferences/delegations/")
    visitor.check()
    with page.expect_navigation():
        page.click(".ph-a a")
    visitor.check()
    page.locator("select[name=delegate]").select_option(str(cleo.pk))
    page.fill("[name=last]", (timezone.localdate() + timedelta(days=14)).isoformat())
    page.fill("[name=reason]", "Holidays")
    page.focus("[name=reason]")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".notice").count() == 1
    visitor.check()
    other = visit(cleo, viewport=viewport, scheme=scheme)
    page = other.go(f"/projects/{world.tram.pk}/")
    assert "Ben Durand" in page.locator(".notice").inner_text()
    other.check()
    with page.expect_navigation():
        page.click(".notice a")
    with page.expect_navigation():
        page.click("#held form button")
    assert page.locator(".notice").count() == 0
    assert not Delegation.objects.in_force().exists()


@LOOKS
def test_an_administrator_sees_as_someone_else(
    visit: Any, world: World, cleo: User, viewport: Any, scheme: str, language: str
) -> None:
    admin = make.user("rex", role="administrator", first_name="Rex", last_name="Root")
    User.objects.update(language=language)
    visitor = visit(admin, viewport=viewport, scheme=scheme)
    page = visitor.go("/")
    visitor.check()
    with page.expect_navigation():
        page.click(f'a[href="/users/{cleo.pk}/see-as/"]')
    visitor.check()
    page.fill("[name=reason]", "Ticket 4711")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert "Cleo Moreau" in page.locator(".viewing").inner_text()
    visitor.check()
    page = visitor.go(f"/projects/{world.tram.pk}/")
    assert page.locator(".viewing").is_visible()
    page.mouse.wheel(0, 4000)
    assert page.locator(".viewing").bounding_box()["y"] == 0
    visitor.check()
    page.locator(".viewing button").focus()
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".viewing").count() == 0
    told = visit(cleo, viewport=viewport, scheme=scheme)
    page = told.go("/help/")
    assert "Ticket 4711" in page.locator(".notice").inner_text()
    told.check()
    with page.expect_navigation():
        page.click(".notice button")
    assert page.locator(".notice").count() == 0


@LOOKS
def test_the_glass_is_broken_and_mended(
    visit: Any, world: World, ada: User, viewport: Any, scheme: str, language: str
) -> None:
    admin = make.user("rex", role="administrator", first_name="Rex", last_name="Root")
    User.objects.update(language=language)
    visitor = visit(admin, viewport=viewport, scheme=scheme)
    page = visitor.go("/users/emergency/")
    visitor.check()
    page.fill("[name=code]", "SECRET")
    page.fill("[name=reason]", "Ticket 4711")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.locator(".notice.bad").is_visible()
    visitor.check()
    page = visitor.go(f"/projects/{world.secret.pk}/history/")
    assert page.locator("li.alarm").count() == 1
    visitor.check()
    with page.expect_navigation():
        page.click(".notice.bad button")
    assert not Membership.objects.in_force().filter(source="emergency").exists()
    told = visit(ada, viewport=viewport, scheme=scheme)
    for address in ("/members/", "/help/roles/"):
        told.go(address)
        told.check()


@LOOKS
def test_a_role_is_given_to_who_is_found_by_typing(
    visit: Any, world: World, ada: User, cleo: User, viewport: Any, scheme: str, language: str
) -> None:
    User.objects.update(language=language)
    visitor = visit(ada, viewport=viewport, scheme=scheme)
    page = visitor.go("/members/new/")
    for name, typed in (("user", "moreau cleo"), ("project", "tram")):
        field = page.locator(f"#id_{name}-c")
        field.click()
        with page.expect_response(lambda answer: "/members/choices/" in answer.url and "q=" in answer.url[-20:]):
            field.fill(typed)
        page.locator(f"#id_{name}-c-l [role=option]").first.wait_for()
        visitor.check()
        page.keyboard.press("Enter")
    page.select_option("[name=role]", "contributor")
    with page.expect_navigation():
        page.locator("main form button[type=submit]").first.click()
    assert cleo.memberships.filter(role="contributor", project=world.tram).exists()
