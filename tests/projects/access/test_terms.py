"""The end of a role moves where it stands, by whoever could give the role there: by page, by API, and back again."""

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.as_of import end_of
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access import services
from projects.access.models import Delegation, Membership
from projects.access.services.delegations import lend
from projects.access.services.terms import change_end
from tests import make
from tests.cast import World
from tests.core.api_client import Api

pytestmark = pytest.mark.usefixtures("english")
TODAY = timezone.localdate()


def in_days(days: int) -> datetime:
    return end_of(TODAY + timedelta(days=days))


def move(row: Membership, end: datetime | None, *, by: User) -> Membership:
    return change_end(by=by, membership=row, valid_until=end, now=timezone.now())


def test_the_page_moves_the_end_and_the_change_is_told_and_taken_back(
    client: Client, world: World, ada: User, omar: User, caplog: pytest.LogCaptureFixture
) -> None:
    row = services.grant_membership(by=ada, user=omar, role="viewer", node=world.north, valid_until=in_days(9))
    client.force_login(ada)
    assert f"/members/{row.pk}/edit/" in client.get("/members/").content.decode()
    address = f"/members/{row.pk}/edit/"
    assert str(TODAY + timedelta(days=9)) in client.get(address).content.decode()
    refused = client.post(address, {"valid_until": str(TODAY - timedelta(days=1))})
    assert (refused.status_code, b"This day is over" in refused.content) == (422, True)
    with caplog.at_level("INFO", logger="pmo.security"):
        client.post(address, {"valid_until": str(TODAY + timedelta(days=40))})
    row.refresh_from_db()
    assert row.valid_until == in_days(40)
    [told] = [one for one in caplog.records if getattr(one, "event", "") == "role_changed"]
    assert (told.details["user"], told.details["by"], told.details["role"]) == (omar.pk, ada.pk, "viewer")  # type: ignore[attr-defined]
    event = AuditEvent.objects.get(target_type="projects.Membership", target_id=row.pk, action="update")
    assert (event.actor, set(event.changes)) == (ada, {"valid_until"})
    client.post("/undo/", {"change": event.request_id})
    row.refresh_from_db()
    assert row.valid_until == in_days(9)


def test_nobody_is_signed_out_and_who_is_stale_proves_it_first(
    client: Client, world: World, ada: User, omar: User
) -> None:
    row = services.grant_membership(by=ada, user=omar, role="viewer", node=world.north)
    theirs = Client()
    theirs.force_login(omar)
    client.force_login(ada)
    client.post(f"/members/{row.pk}/edit/", {"valid_until": str(TODAY)})
    assert theirs.get("/projects/").status_code == 200
    session = client.session
    session["identity_begun"] = session["identity_begun"] - 3600
    session.save()
    assert "/account/again/" in client.post(f"/members/{row.pk}/edit/", {"valid_until": ""})["Location"]
    row.refresh_from_db()
    assert row.valid_until == in_days(0)


def test_only_who_could_give_the_role_there_moves_its_end(client: Client, world: World, ada: User, omar: User) -> None:
    manager = make.user(role="portfolio_manager", on=world.north)
    south = make.user(role="pmo", on=world.south)
    finance = make.member(omar, "finance", on=world.north)
    viewer = make.member(omar, "viewer", on=world.north)
    for actor, row in ((manager, finance), (south, viewer), (omar, viewer)):
        with pytest.raises(DomainError):
            move(row, in_days(3), by=actor)
    with pytest.raises(NotAllowed, match="your own role"):
        move(ada.memberships.get(), in_days(3), by=ada)
    client.force_login(manager)
    assert client.get(f"/members/{finance.pk}/edit/").status_code == 403
    assert move(viewer, in_days(3), by=manager).valid_until == in_days(3)


def test_what_ends_otherwise_is_not_prolonged_and_somebody_runs_the_organisation_for_good(
    world: World, ada: User, omar: User
) -> None:
    boss = make.user(role="administrator")
    row = make.member(omar, "viewer", on=world.north)
    with pytest.raises(DomainError, match="over"):
        move(row, timezone.now() - timedelta(seconds=1), by=ada)
    Membership.objects.filter(pk=row.pk).update(source="sso")
    with pytest.raises(DomainError, match="sign-in service"):
        move(row, in_days(3), by=ada)
    only = ada.memberships.get()
    with pytest.raises(DomainError, match="last PMO"):
        move(only, in_days(3), by=boss)
    second = make.member(omar, "pmo")
    move(second, in_days(30), by=boss)
    with pytest.raises(DomainError, match="last PMO"):
        move(only, in_days(300), by=boss)
    Membership.objects.filter(pk=second.pk).update(valid_until=timezone.now() - timedelta(days=1))
    with pytest.raises(DomainError, match="last PMO"):
        services.revoke_membership(by=boss, membership=only)


def test_what_was_lent_of_it_ends_with_it(world: World, ada: User, ben: User, omar: User) -> None:
    row = ben.memberships.get()
    now, last = timezone.now(), TODAY + timedelta(days=20)
    [running] = lend(by=ben, memberships=[row], to=omar, first=TODAY, last=TODAY + timedelta(days=10), now=now)
    [coming] = lend(by=ben, memberships=[row], to=make.user(), first=last, last=last, now=now)
    move(row, in_days(5), by=ada)
    running.refresh_from_db()
    assert running.valid_until == in_days(5)
    assert not Delegation.objects.filter(pk=coming.pk).exists()


def test_the_api_changes_the_end_and_nothing_else(world: World, ada: User, omar: User) -> None:
    row = services.grant_membership(by=ada, user=omar, role="viewer", node=world.north)
    api, item = Api(ada), f"memberships/{row.pk}/"
    seen = api.get(item)["ETag"]
    assert api.patch(item, {"valid_until": in_days(3).isoformat()}).status_code == 428
    assert api.patch(item, {"role": "pmo"}, version=seen).status_code == 400
    changed = api.patch(item, {"valid_until": in_days(3).isoformat()}, version=seen)
    assert changed.status_code == 200, changed.content
    row.refresh_from_db()
    assert (row.valid_until, row.role) == (in_days(3), "viewer")
    assert api.patch(item, {"valid_until": None}, version=seen).status_code == 412
    past = api.patch(item, {"valid_until": "2020-01-01T00:00:00Z"}, version=changed["ETag"])
    assert (past.status_code, past.json()["errors"][0]["path"]) == (422, "valid_until")
    assert api.patch(item, {"valid_until": None}, version=changed["ETag"]).json()["valid_until"] is None
