"""Nobody is sent to another site by an address of ours (exam 27)."""

import re
from collections.abc import Iterable
from itertools import product
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client

from pmo_portal.core.models import User
from tests import make
from tests.attacks.addresses import addresses, furnish
from tests.cast import World

EVIL = "evil.example"
PAYLOADS = (
    f"https://{EVIL}", f"http://{EVIL}/", f"//{EVIL}", f"///{EVIL}", f"////{EVIL}", f"/\\{EVIL}", f"\\\\{EVIL}", f"\\/{EVIL}",
    f"/\t/{EVIL}", f"\t//{EVIL}", f"/\n/{EVIL}", f"\r\n//{EVIL}", f" //{EVIL}", f"\x00//{EVIL}", f"https:{EVIL}",
    f"https:/{EVIL}", f"https:///{EVIL}", f"HTTPS://{EVIL}", f"https://testserver@{EVIL}", f"https://testserver.{EVIL}",
    f"//testserver:80@{EVIL}",
    f"https://{EVIL}#testserver", f"https://{EVIL}?testserver", f"https://{EVIL}\\@testserver", "javascript:alert(1)",
    "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "data:text/html,<script>alert(1)</script>", f"/%2f{EVIL}/..//{EVIL}",
    f"/{EVIL}/../..//{EVIL}", f"ftp://{EVIL}", f"http://[::ffff:7f00:1]@{EVIL}", f"//{EVIL}。example", f"https://{EVIL}%00testserver",
    f"/redirect\r\nLocation: https://{EVIL}", "//%65vil.example",
)  # fmt: skip
NAMES = ("next", "return", "return_to", "url", "redirect", "redirect_to", "back", "continue", "to", "r", "u", "referer")


def leads_away(location: str) -> bool:
    """Whether a browser would leave the site: it drops tabs and line ends, and reads a backslash as a slash."""
    read = re.sub(r"[\x00-\x20]*", "", location[:1]) + re.sub(r"[\t\r\n]", "", location[1:])
    target = urlsplit(urljoin("http://testserver/somewhere/", read.replace("\\", "/")))
    return target.scheme not in ("http", "https") or target.hostname != "testserver"


def targets(answer: Any) -> list[str]:
    return [
        answer.headers[name] for name in ("Location", "HX-Redirect", "HX-Location", "Refresh") if name in answer.headers
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("payload", PAYLOADS)
def test_the_way_back_stays_here(payload: str, world: World, ada: User) -> None:
    client = Client()
    client.force_login(ada)
    sent = {"next": payload, "language": "en", "theme": "dark", "name": "v", "query": ""}
    answers = [
        client.post("/preferences/language/", sent),
        client.post("/preferences/appearance/", sent),
        client.post("/views/save/", sent),
        client.post("/projects/bulk/pulse/", {**sent, "ids": str(world.tram.pk)}),
        client.get("/sign-in/", {"next": payload}),
        client.post("/sign-out/", sent),
        Client().get("/sign-in/", {"next": payload}, headers={"HX-Request": "true", "HX-Current-URL": payload[:80]}),
        Client().post("/sign-in/", {**sent, "username": "ada", "login": "ada", "password": make.PASSWORD}),
    ]
    assert answers[-1].status_code == 302, "signed in"
    assert [one for answer in answers for one in targets(answer) if leads_away(one)] == []


@pytest.mark.django_db
def test_no_address_redirects_by_a_parameter_of_any_name(world: World, ada: User) -> None:
    assert sent_nowhere(world, ada, (f"//{EVIL}",)) > 200


def sent_nowhere(world: World, ada: User, payloads: Iterable[str]) -> int:
    """The number of requests that were answered without sending anybody away: all of them."""
    furnish(world)
    client = Client(headers={"Referer": f"https://{EVIL}/"})
    client.force_login(ada)
    away, asked = [], 0
    for payload, (name, address) in product(payloads, list(addresses())):
        if name in ("core:sign-out", "account_logout"):
            continue
        for answer in (
            client.get(address, dict.fromkeys(NAMES, payload)),
            client.post(address, dict.fromkeys(NAMES, payload)),
        ):
            asked += 1
            away += [f"{address} → {one}" for one in targets(answer) if leads_away(one)]
    assert away == []
    return asked


def test_what_leads_away_is_recognised() -> None:
    """The judge of these tests, against what browsers really do."""
    for away in (f"//{EVIL}", f"/\\{EVIL}", f"/\t/{EVIL}", f"https://{EVIL}", "javascript:alert(1)", f"\t//{EVIL}"):
        assert leads_away(away), away
    for home in ("/", "/projects/?q=//x", "projects/", "http://testserver/x", "?a=1"):
        assert not leads_away(home), home
