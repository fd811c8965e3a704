"""The documentation of the API and one's own tokens, in Chromium."""

import os
import re

import pytest

from pmo_portal.core import tokens
from tests import make
from tests.journeys.conftest import DESKTOP, NARROWEST, PHONE


def keep(page, name):
    """A picture under $SHOTS, for whoever looks at the page."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(("viewport", "scheme"), [(DESKTOP, "light"), (PHONE, "dark"), (NARROWEST, "light")])
def test_documentation(visit, viewport, scheme):
    visitor = visit(make.user("reader", role="viewer", language="fr"), viewport=viewport, scheme=scheme)
    page = visitor.go("/api/v1/docs/")
    visitor.check()
    page.locator("#projects_partial_update > summary").click()
    page.locator("#schema-ProjectRow > summary").click()
    assert "If-Match" in page.locator("#projects_partial_update").inner_text()
    keep(page, f"api-docs-{viewport['width']}-{scheme}")
    visitor.check()


def test_token_is_shown_once_and_revoked(visit):
    user = make.user("maker", role="viewer", language="en")
    visitor = visit(user)
    page = visitor.go("/preferences/tokens/")
    visitor.check()
    page.get_by_label("Name").fill("Monthly report")
    page.get_by_role("button", name="Create the token").click()
    secret = page.locator("#new-token").inner_text()
    assert re.fullmatch(r"pmo_[a-z2-7]{8}_[\w-]{43}", secret)
    assert tokens.find_token(secret)
    keep(page, "api-token")
    visitor.check()

    assert secret not in visitor.go("/preferences/tokens/").content()
    page.get_by_role("button", name="Revoke Monthly report").click()
    page.get_by_text("no longer works").wait_for()
    assert tokens.find_token(secret) is None
    visitor.check()
