"""The documentation of the API and one's own tokens, in Chromium."""

import os
import re

import pytest

from pmo_portal.core import tokens
from pmo_portal.core.models import User
from tests import make
from tests.journeys.conftest import DESKTOP, NARROWEST, PHONE


def keep(page, name):
    """A picture under $SHOTS, for whoever looks at the page."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "dark"), (NARROWEST, "light")])
def test_documentation(visit, viewport, scheme):
    visitor = visit(make.user("reader", role="viewer", language="fr"), viewport=viewport, scheme=scheme)
    page = visitor.go("/api/v1/docs/")
    visitor.check(axe=False)
    page.locator("#projects_partial_update > summary").click()
    page.locator("#schema-ProjectRow > summary").click()
    assert "If-Match" in page.locator("#projects_partial_update").inner_text()
    keep(page, f"api-docs-{viewport['width']}-{scheme}")
    visitor.check(axe=viewport is DESKTOP)  # ten seconds of axe on a page of this length: once


@pytest.mark.parametrize(
    ("viewport", "scheme", "language"), [(DESKTOP, "light", "en"), (DESKTOP, "dark", "fr"), (PHONE, "light", "fr")]
)
def test_the_form_of_a_token(visit, viewport, scheme, language):
    portfolio = make.portfolio("NORTH", name="Nord", name_en="North")
    make.programme("RAIL", parent=portfolio, name="Rail", name_en="Railways")
    user = make.user("maker", role="pmo", language=language)
    visitor = visit(user, viewport=viewport, scheme=scheme)
    page = visitor.go("/preferences/tokens/new/")
    page.locator(".where > summary").click()
    visitor.check()
    keep(page, f"token-form-{viewport['width']}-{scheme}-{language}")
    page.locator("#id_networks").fill("nowhere")
    page.locator("button.pri").last.click()
    page.locator(".banner.bad").wait_for()
    visitor.check(allowed=("422",))
    keep(page, f"token-form-refused-{viewport['width']}-{scheme}-{language}")


def test_token_is_shown_once_rotated_and_revoked(visit):
    """With the keyboard where it matters: the choice of an area is a radio group."""
    user = make.user("maker", role="viewer", language="en")
    visitor = visit(user)
    page = visitor.go("/preferences/tokens/")
    visitor.check()
    page.get_by_role("link", name="New token").click()
    page.get_by_label("Name").fill("Monthly report")
    page.get_by_role("group", name="Money").get_by_role("radio", name="Nothing").focus()
    page.keyboard.press("ArrowRight")
    page.get_by_role("button", name="Create the token").click()
    secret = page.locator("#new-token").inner_text()
    assert re.fullmatch(r"pmo_[a-z2-7]{8}_[\w-]{43}", secret)
    assert "money:read" in tokens.find_token(secret).scopes
    keep(page, "api-token")
    visitor.check()

    assert secret not in visitor.go("/preferences/tokens/").content()
    page.get_by_role("link", name="Rotate Monthly report").click()
    visitor.check()
    keep(page, "token-rotate")
    page.get_by_role("button", name="Rotate").click()
    renewed = page.locator("#new-token").inner_text()
    assert tokens.find_token(secret) == tokens.find_token(renewed)
    keep(page, "token-rotated")
    visitor.check()

    visitor.go("/preferences/tokens/")
    page.get_by_role("link", name="Revoke Monthly report").click()
    visitor.check()
    page.get_by_role("button", name="Revoke").click()
    page.get_by_text("no longer works").wait_for()
    assert tokens.find_token(renewed) is None
    visitor.check()


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark")])
def test_service_accounts(visit, viewport, scheme):
    visitor = visit(make.user("boss", role="pmo", language="fr"), viewport=viewport, scheme=scheme)
    page = visitor.go("/service-accounts/new/")
    page.locator("#id_last_name").fill("Import budgétaire de l’ERP")
    page.locator("#id_username").fill("erp-import")
    visitor.check()
    page.locator("button.pri").click()
    page.get_by_role("heading", name="Import budgétaire de l’ERP").wait_for()
    tokens.issue(user=User.objects.get(username="erp-import"), name="Nuit", networks=["192.0.2.0/24"])
    visitor.go(page.url.removeprefix(visitor.address))
    visitor.check()
    keep(page, f"service-account-{viewport['width']}-{scheme}")
    visitor.go("/service-accounts/")
    visitor.check()
    keep(page, f"service-accounts-{viewport['width']}-{scheme}")
