"""“²” is a digit to Python and no number, and a number of thirty digits is no row: neither breaks a page."""

import pytest
from django.test import Client

from pmo_portal.core.models import User
from tests.cast import World

pytestmark = pytest.mark.django_db
ODD = ("²", "9" * 30)
ASKED = (
    "/projects/?manager={}", "/projects/?rows={}", "/projects/?after=x&seen={}", "/projects/new/?node={}",
    "/portfolios/new/?parent={}", "/members/?user={}&node={}&project={}", "/projects/{{tram}}/history/?who={}",
    "/projects/{{tram}}/budget/?year={}", "/undo/{}/",
)  # fmt: skip
SENT = (
    ("/projects/{tram}/edit/", "version"), ("/projects/{tram}/risks/new/", "version"), ("/projects/bulk/", "ids"),
    ("/projects/bulk/", "seen"), ("/projects/{tram}/declare/", "version"),
)  # fmt: skip


@pytest.mark.parametrize("odd", ODD)
def test_odd_digits_break_no_page(world: World, ada: User, odd: str) -> None:
    client = Client()
    client.force_login(ada)
    for path in ASKED:
        asked = path.replace("{{tram}}", str(world.tram.pk)).replace("{}", odd)
        assert client.get(asked).status_code in (200, 302, 404, 405), asked
    for path, name in SENT:
        sent = f"{odd}.{odd}" if name == "seen" else odd
        assert client.post(path.replace("{tram}", str(world.tram.pk)), {name: sent}).status_code < 500, (path, name)
