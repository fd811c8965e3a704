"""Exam A 17 (T7): a right that ends is gone with the next request, from pages, lists, kept answers, files and polls."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.access import services
from projects.access.models import Membership
from projects.access.services.delegations import end_delegation, lend
from projects.access.services.emergency import close_emergency, open_emergency
from projects.exchange.services import batches
from projects.hierarchy.models import Project
from tests import make
from tests.cast import World
from tests.projects.exchange.files import csv_bytes
from tests.projects.exchange.test_rights import ROWS
from tests.reporting.dashboards.pages import compute

pytestmark = pytest.mark.django_db
CANARY = "Zanzibar"
NOW = timezone.now


@pytest.fixture
def canary(world: World) -> Any:
    """A project with an unmistakable name in everything that can show it."""
    project = make.project("CANARY", node=world.rail, name=f"{CANARY} un", name_en=f"{CANARY} one", key_message=CANARY)
    make.milestone(project, name=f"{CANARY} opening")
    make.risk(project, title=f"{CANARY} floods")
    compute()
    return project


def given(world: World, ada: User, reader: User, project: Any) -> Callable[[], None]:
    row = services.grant_membership(by=ada, user=reader, role="viewer", node=world.rail)
    return lambda: services.revoke_membership(by=ada, membership=row)


def deactivated(world: World, ada: User, reader: User, project: Any) -> Callable[[], None]:
    services.grant_membership(by=ada, user=reader, role="viewer", node=world.rail)
    return lambda: services.deactivate_user(by=ada, user=reader) and None


def expired(world: World, ada: User, reader: User, project: Any) -> Callable[[], None]:
    row = services.grant_membership(by=ada, user=reader, role="viewer", node=world.rail)
    past = NOW() - timedelta(seconds=1)
    return lambda: Membership.objects.filter(pk=row.pk).update(valid_until=past) and None


def lent(world: World, ada: User, reader: User, project: Any) -> Callable[[], None]:
    today = timezone.localdate()
    rows = list(ada.memberships.all())
    (made,) = lend(by=ada, memberships=rows, to=reader, first=today, last=today, now=NOW())
    return lambda: end_delegation(by=ada, delegation=made)


def lender_left(world: World, ada: User, reader: User, project: Any) -> Callable[[], None]:
    lender = make.user(role="executive")
    today = timezone.localdate()
    lend(by=lender, memberships=list(lender.memberships.all()), to=reader, first=today, last=today, now=NOW())
    return lambda: services.deactivate_user(by=ada, user=lender) and None


def emergency(world: World, ada: User, reader: User, project: Any) -> Callable[[], None]:
    make.member(reader, "administrator")
    row = open_emergency(by=reader, place=project, minutes=30, reason="Ticket", now=NOW())
    return lambda: close_emergency(by=reader, membership=row)


@pytest.mark.parametrize(
    "way", [given, deactivated, expired, lent, lender_left, emergency], ids=lambda way: way.__name__
)
def test_the_next_request_shows_nothing_of_it(
    client: Client, world: World, ada: User, omar: User, canary: Any, way: Callable[..., Callable[[], None]]
) -> None:
    """Every address is asked while the right holds, so that all is kept that can be; then again, with what the browser kept."""
    end = way(world, ada, omar, canary)
    client.force_login(omar)
    page, api = f"/projects/{canary.pk}/", "/api/v1/"
    addresses = [
        page, f"{page}milestones/", f"{page}risks/", f"{page}history/", "/projects/", "/portfolios/", "/portfolios/NORTH/",
        "/programmes/RAIL/", "/executive/", "/search/?q=zanzibar", f"{api}projects/", f"{api}projects/{canary.pk}/",
        f"{api}milestones/", f"{api}risks/", f"{api}health/", f"{api}rollups/",
    ]  # fmt: skip
    before = {address: client.get(address) for address in addresses}
    seen = [address for address, answer in before.items() if CANARY in text_of(answer)]
    assert len(seen) >= 10, seen
    csv = {"accept": "text/csv"}
    assert CANARY in text_of(client.get(f"{api}projects/", headers=csv))
    end()
    for address in addresses:
        kept = {"If-None-Match": before[address].headers.get("ETag", "none")}
        for headers in ({}, kept, {**kept, "HX-Request": "true"}):
            answer = client.get(address, headers=headers)
            assert answer.status_code != 304 or address not in seen, address
            assert CANARY not in text_of(answer), address
    assert CANARY not in text_of(client.get(f"{api}projects/", headers=csv))
    assert client.get(page).status_code in (302, 404)


def text_of(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return content.decode()


def test_a_file_that_waits_is_not_written_by_who_lost_the_right(world: World, ada: User, omar: User) -> None:
    """Read while they might, applied when they no longer may: nothing is written."""
    row = services.grant_membership(by=ada, user=omar, role="pmo")
    reader = User.objects.get(pk=omar.pk)
    asked: dict[str, Any] = {"profile": "generic", "portfolio": "SOUTH", "on": None, "settings": {}}
    batch = batches.stage_file(by=reader, content=csv_bytes(ROWS), file_name="x.csv", **asked)
    services.revoke_membership(by=ada, membership=row)
    with pytest.raises(DomainError):
        batches.apply_batch(by=User.objects.get(pk=omar.pk), batch=batch, skip_bad_rows=False)
    assert not Project.objects.filter(code="NEW").exists()
