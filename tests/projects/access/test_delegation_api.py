"""Delegations of the API: the rules of the page, and no program ever stands in for anybody."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core import tokens
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.access.models import Delegation, Membership
from projects.access.services import create_service_account
from projects.access.services.delegations import end_delegation, lend
from tests import make
from tests.cast import World
from tests.core.api_client import Api

pytestmark = pytest.mark.usefixtures("english")
TODAY = timezone.localdate()
LATER = TODAY + timedelta(days=5)


def body(row: Membership, to: User, **more: Any) -> dict[str, Any]:
    period = {"first": str(TODAY), "last": str(LATER)}
    return {"membership": row.pk, "delegate": to.pk, "reason": "Holidays", **period, **more}


def codes(user: User) -> list[str]:
    return [row["code"] for row in Api(user).rows("projects/")]


def test_one_lends_and_either_side_ends(world: World, ben: User, omar: User) -> None:
    lender, deputy, role = Api(ben), Api(omar), ben.memberships.get()
    made = lender.post("delegations/", body(role, omar))
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["lender"], told["lender_username"], told["delegate_username"]) == (ben.pk, "ben", "omar")
    assert (told["role"], told["project"], told["project_code"], told["node"]) == (
        "project_manager", world.tram.pk, "TRAM", None,
    )  # fmt: skip
    assert (told["first"], told["last"], told["reason"]) == (str(TODAY), str(LATER), "Holidays")
    assert codes(omar) == ["TRAM"]
    again = lender.post("delegations/", body(role, omar))
    assert (again.status_code, again.json()["errors"][0]["path"]) == (422, "delegate")

    item = f"delegations/{told['id']}/"
    assert deputy.rows("delegations/", in_force="true", project=world.tram.pk, expand="project")[0]["expanded"][
        "project"
    ]
    assert lender.delete(item).status_code == 428
    assert lender.delete(item, version=made["ETag"]).status_code == 422, "it has begun: it is ended, not deleted"
    assert deputy.post(f"{item}end/", None, version='"h0"').status_code == 412
    ended = deputy.post(f"{item}end/", None, version=made["ETag"])
    assert (ended.status_code, ended.json()["last"]) == (200, str(TODAY))
    assert codes(omar) == []
    assert lender.post(f"{item}end/", None, version=ended["ETag"]).status_code in (412, 422)
    assert Delegation.objects.get(pk=told["id"]).valid_until <= timezone.now()


def test_one_to_come_is_deleted(world: World, ben: User, omar: User) -> None:
    made = Api(ben).post("delegations/", body(ben.memberships.get(), omar, first=str(LATER)))
    item = f"delegations/{made.json()['id']}/"
    assert Api(ben).post(f"{item}end/", None, version=made["ETag"]).status_code == 422
    assert Api(omar).delete(item, version=made["ETag"]).status_code == 204
    assert Api(ben).get(item).status_code == 404


def test_what_is_over_is_never_ended_again(world: World, ben: User, omar: User) -> None:
    """That would move its end to now."""
    now = timezone.now()
    [made] = lend(by=ben, memberships=ben.memberships.all(), to=omar, first=TODAY, last=TODAY, now=now)
    Delegation.objects.filter(pk=made.pk).update(
        valid_from=now - timedelta(days=9), valid_until=now - timedelta(days=8)
    )
    with pytest.raises(DomainError):
        end_delegation(by=ben, delegation=made)
    assert Delegation.objects.get(pk=made.pk).valid_until == now - timedelta(days=8)


def test_found_by_its_two_people_and_by_who_manages_the_role(
    world: World, ada: User, ben: User, cleo: User, omar: User
) -> None:
    regional = make.user("pia", role="pmo", on=world.south)
    on_secret = make.member(make.user("kim"), "viewer", on=world.secret)
    now = timezone.now()
    [open_one] = lend(by=ben, memberships=ben.memberships.all(), to=omar, first=TODAY, last=LATER, now=now)
    [hidden_one] = lend(by=on_secret.user, memberships=[on_secret], to=cleo, first=TODAY, last=LATER, now=now)
    manager = make.user("lou", role="portfolio_manager", on=world.south)
    seen = {
        user: {row["id"] for row in Api(user).rows("delegations/")}
        for user in (ada, ben, omar, cleo, regional, manager)
    }
    assert seen == {
        ada: {open_one.pk, hidden_one.pk}, ben: {open_one.pk}, omar: {open_one.pk}, cleo: {hidden_one.pk},
        regional: {hidden_one.pk}, manager: set(),
    }  # fmt: skip
    for user in (cleo, regional):
        tag = Api(ada).get(f"delegations/{open_one.pk}/")["ETag"]
        assert Api(user).get(f"delegations/{open_one.pk}/").status_code == 404
        assert Api(user).post(f"delegations/{open_one.pk}/end/", None, version=tag).status_code == 404


def test_a_foreign_role_is_lent_by_who_gives_it_alone(
    world: World, ada: User, ben: User, eve: User, omar: User
) -> None:
    role = ben.memberships.get()
    for stranger in (eve, omar):
        refused = Api(stranger).post("delegations/", body(role, omar))
        nothing = Api(stranger).post("delegations/", body(role, omar, membership=987654321))
        assert (refused.status_code, refused.json()["errors"][0]["path"]) == (400, "membership")
        assert refused.content.replace(str(role.pk).encode(), b"987654321") == nothing.content
    assert Api(ada).post("delegations/", body(role, omar)).status_code == 201


def test_a_program_stands_in_for_nobody_and_nobody_for_it(
    client: Client, world: World, ada: User, ben: User, omar: User
) -> None:
    """By the service, the page and the API; with a role, with another, and with none."""
    bare, reader = (create_service_account(by=ada, username=name, last_name=name) for name in ("bare", "reader"))
    make.member(reader, "viewer", on=world.north)
    role, now = ben.memberships.get(), timezone.now()
    client.force_login(ben)
    form = {"first": TODAY, "last": LATER, "memberships": [role.pk], "reason": "x"}
    for program in (bare, reader):
        with pytest.raises(DomainError):
            lend(by=ben, memberships=[role], to=program, first=TODAY, last=LATER, now=now)
        assert client.post("/preferences/delegations/new/", {**form, "delegate": program.pk}).status_code == 422
        answer = Api(ben).post("delegations/", body(role, program))
        assert (answer.status_code, answer.json()["errors"][0]["path"]) == (400, "delegate")
    with pytest.raises(DomainError):
        lend(by=ada, memberships=reader.memberships.all(), to=omar, first=TODAY, last=LATER, now=now)
    answer = Api(ada).post("delegations/", body(reader.memberships.get(), omar))
    assert (answer.status_code, answer.json()["errors"][0]["path"]) == (422, "membership")
    assert not Delegation.objects.exists()


def test_when_it_is_over_its_place_is_hidden_again(client: Client, world: World, omar: User) -> None:
    """A confidential project may get another name afterwards: who stood in reads neither, nor finds it by filtering."""
    role = make.member(make.user("kim"), "viewer", on=world.secret)
    [made] = lend(by=role.user, memberships=[role], to=omar, first=TODAY, last=LATER, now=timezone.now())
    caller, asked = Api(omar), {"project": world.secret.pk}
    assert [row["project_code"] for row in caller.rows("delegations/", **asked)] == ["SECRET"]
    end_delegation(by=omar, delegation=made)
    [row] = caller.rows("delegations/", expand="project")
    assert (row["role"], row["project"], row["project_code"], row["expanded"]) == (
        "viewer",
        None,
        None,
        {"project": None},
    )
    assert caller.rows("delegations/", **asked) == []
    assert caller.rows("delegations/", fields="project_code") == [{"project_code": None}]
    assert Api(role.user).rows("delegations/")[0]["project_code"] == "SECRET"
    client.force_login(omar)
    page = client.get("/preferences/delegations/").content.decode()
    assert "Viewer" in page
    assert str(world.secret) not in page


def test_a_token_with_places_lends_and_is_told_of_those_alone(world: World, ben: User, omar: User) -> None:
    elsewhere = make.member(ben, "viewer", on=world.harbour)
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {tokens.issue(user=ben, name='x', projects=[world.tram.pk])[1]}"}
    lend(by=ben, memberships=[elsewhere], to=omar, first=TODAY, last=LATER, now=timezone.now())
    assert caller.rows("delegations/") == []
    assert caller.post("delegations/", body(elsewhere, omar)).status_code == 400
    assert caller.post("delegations/", body(ben.memberships.get(project=world.tram), omar)).status_code == 201
    assert [row["project_code"] for row in caller.rows("delegations/")] == ["TRAM"]
