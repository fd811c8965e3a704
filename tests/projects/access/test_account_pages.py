"""The pages of accounts say which roles hold now, and name no project that their reader does not see."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from pmo_portal.core.as_of import end_of
from pmo_portal.core.models import User
from projects.access import services
from projects.access.models import Membership
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english", "db")


def test_lists_of_accounts_name_the_roles_that_hold_now(client: Client, world: World, ada: User, omar: User) -> None:
    now = timezone.now()
    over = make.member(omar, "finance", on=world.north)
    Membership.objects.filter(pk=over.pk).update(valid_until=now - timedelta(hours=1))
    client.force_login(ada)
    row = client.get("/users/?q=omar").content.decode()
    assert "none" in row
    assert "Finance" not in row.split("<tbody>")[1]
    services.grant_membership(
        by=ada, user=omar, role="finance", node=world.north, valid_until=end_of(now.date() + timedelta(days=9))
    )
    assert "Finance" in client.get("/users/?q=omar").content.decode().split("<tbody>")[1]
    page = client.get(f"/users/{omar.pk}/edit/").content.decode()
    assert page.count("<b>Finance</b>") == 1
    assert "23:59" not in page  # a role ends with a day
    assert f"/members/new/?user={omar.pk}" in page
    assert "never" in page  # when they last signed in


def test_an_account_page_names_no_confidential_project_to_who_only_runs_the_portal(
    client: Client, world: World, ada: User, omar: User
) -> None:
    """A person's account and a program's."""
    robot = services.create_service_account(by=ada, username="erp", last_name="ERP import")
    make.member(omar, "viewer", on=world.secret)
    make.member(robot, "service_account", on=world.secret)
    addresses = (f"/users/{omar.pk}/edit/", f"/service-accounts/{robot.pk}/")
    for reader, told in ((make.user(role="administrator"), False), (ada, True)):
        client.force_login(reader)
        for address in addresses:
            assert ("Secret project" in client.get(address).content.decode()) is told, (reader, address)


def test_the_form_of_a_role_carries_nobodys_names_and_offers_those_that_are_asked_for(
    client: Client, world: World, ada: User, omar: User
) -> None:
    for number in range(40):
        make.project(f"P{number}", node=world.rail, name=f"Écluse {number}")
    client.force_login(ada)
    page = client.get(f"/members/new/?user={omar.pk}").content.decode()
    assert "Écluse" not in page
    assert f'<option value="{omar.pk}" selected>' in page
    offered = client.get("/members/choices/?of=project&q=ecluse").json()["results"]
    assert len(offered) == 30
    [only] = client.get("/members/choices/?of=project&q=ecluse 39").json()["results"]
    assert only["label"] == "Écluse 39 (P39)"
    [somebody] = client.get("/members/choices/?of=user&q=omar").json()["results"]
    assert somebody["value"] == str(omar.pk)
    client.post("/members/new/", {"user": omar.pk, "role": "viewer", "project": only["value"]})
    assert omar.memberships.filter(role="viewer", project=only["value"]).exists()
    assert client.get("/members/choices/?of=passwords").status_code == 404


def test_what_is_offered_is_what_the_reader_may_give(client: Client, world: World, omar: User) -> None:
    regional = make.user("reg", role="pmo", on=world.north)
    client.force_login(regional)
    told = {one["value"] for one in client.get("/members/choices/?of=project").json()["results"]}
    assert told == {str(world.tram.pk)}
    client.force_login(omar)
    assert client.get("/members/choices/?of=project").status_code == 403
