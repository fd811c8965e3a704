"""Nobody gives away more than they hold, nobody locks everybody out."""

import itertools
from contextlib import nullcontext
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access import services
from projects.access.models import Membership
from projects.access.selectors import memberships_managed_by
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")


def test_every_role_everywhere_by_everyone(world: World, ada: User) -> None:
    """Actor × place: only a PMO whose scope covers the place gives roles there; a hidden place does not exist."""
    places = {"all": None, "north": world.north, "rail": world.rail, "tram": world.tram, "south": world.south}
    roles = [role for role in Membership.Role.values if role != "administrator"]
    newcomer = make.user()
    covered = {
        "all": set(places),
        "north": {"north", "rail", "tram"},
        "rail": {"rail", "tram"},
        "tram": {"tram"},
        "south": {"south"},
    }
    for role, held in itertools.product(roles, places):
        actor = make.user(role=role, on=places[held])
        for wanted, place in places.items():
            scope = {"project": place} if wanted == "tram" else {"node": place}
            allowed = role in ("pmo", "portfolio_manager") and wanted in covered[held]
            try:
                made = services.grant_membership(by=actor, user=newcomer, role="viewer", **scope)
            except DomainError:
                assert not allowed, (role, held, wanted)
            else:
                assert allowed, (role, held, wanted)
                services.revoke_membership(by=actor, membership=made)
    assert not newcomer.memberships.exists()


# What each role may give, written out: a slip in the policy table shows here.
GIVEN = {
    "administrator": set(Membership.Role.values),
    "pmo": set(Membership.Role.values) - {"administrator"},
    "portfolio_manager": {"sponsor", "project_manager", "contributor", "viewer"},
}


@pytest.mark.parametrize("actor_role", Membership.Role.values)
def test_nobody_gives_or_takes_more_than_their_role_lets_them(world: World, ada: User, actor_role: str) -> None:
    """Actor × target × new role × scope (security.md T9): giving, taking away, and never to oneself."""
    actor, target = make.user(role=actor_role), make.user()
    boss = make.user(is_superuser=True)
    for role, place in itertools.product(Membership.Role.values, ("all", "north", "tram")):
        scope = {"all": {}, "north": {"node": world.north}, "tram": {"project": world.tram}}[place]
        if role == "administrator" and place != "all":
            with pytest.raises(DomainError):
                services.grant_membership(by=boss, user=target, role=role, **scope)
            continue
        allowed = role in GIVEN.get(actor_role, ())
        with refused_unless(allowed):
            services.grant_membership(by=actor, user=target, role=role, **scope)
        given = Membership.objects.filter(user=target)
        assert given.exists() is allowed, (role, place)
        held = given.first() or services.grant_membership(by=boss, user=target, role=role, **scope)
        with refused_unless(allowed):
            services.revoke_membership(by=actor, membership=held)
        assert given.exists() is not allowed, (role, place)
        given.delete()
        with pytest.raises(NotAllowed):
            services.grant_membership(by=actor, user=actor, role=role, **scope)


def refused_unless(allowed: bool) -> Any:
    return nullcontext() if allowed else pytest.raises(NotAllowed)


def test_a_role_is_given_once_and_somewhere(world: World, ada: User, omar: User) -> None:
    services.grant_membership(by=ada, user=omar, role="viewer", node=world.north)
    with pytest.raises(DomainError, match="already has this role"):
        services.grant_membership(by=ada, user=omar, role="viewer", node=world.north)
    with pytest.raises(DomainError, match="not both"):
        services.grant_membership(by=ada, user=omar, role="viewer", node=world.north, project=world.tram)


def test_a_role_that_is_over_can_be_given_again(world: World, ada: User, omar: User) -> None:
    now = timezone.now()
    over = make.member(omar, "viewer", on=world.north)
    Membership.objects.filter(pk=over.pk).update(valid_until=now - timedelta(hours=1))
    again = services.grant_membership(by=ada, user=omar, role="viewer", node=world.north, reason="Second audit")
    assert list(omar.memberships.all()) == [again]
    told = AuditEvent.objects.filter(target_type="projects.Membership", target_id__in=(over.pk, again.pk), actor=ada)
    assert set(told.values_list("target_id", "action")) == {(over.pk, "delete"), (again.pk, "create")}


def test_the_security_log_names_who_changed_an_account_or_a_role(
    world: World, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO", logger="pmo.security"):
        zoe = services.create_user(by=ada, username="zoe", password=make.PASSWORD)
        given = services.grant_membership(by=ada, user=zoe, role="viewer", project=world.tram)
        services.revoke_membership(by=ada, membership=given)
        services.update_user(by=ada, user=zoe, changes={"email": "zoe@example.org"}, password="quite another secret")
        services.deactivate_user(by=ada, user=zoe)
        services.update_user(by=ada, user=zoe, changes={"is_active": True})
    told = {one.event: one.details for one in caplog.records if one.name == "pmo.security"}
    names = ["account_created", "role_given", "role_withdrawn", "account_changed", "account_deactivated"]
    assert list(told) == [*names, "account_activated"]
    assert all((one["user"], one["by"]) == (zoe.pk, ada.pk) for one in told.values())
    assert told["role_given"] == {
        "role": "viewer",
        "node": None,
        "project": world.tram.pk,
        "unit": None,
        "user": zoe.pk,
        "by": ada.pk,
    }
    assert told["account_changed"]["fields"] == ["email", "password"]


def test_the_last_pmo_stays(world: World, ada: User) -> None:
    only = ada.memberships.get()
    with pytest.raises(DomainError, match="last PMO"):
        services.revoke_membership(by=ada, membership=only)
    other = make.user(role="pmo")
    with pytest.raises(DomainError, match="own account"):
        services.deactivate_user(by=ada, user=ada)
    services.deactivate_user(by=ada, user=other)
    with pytest.raises(DomainError, match="last PMO"):
        services.revoke_membership(by=ada, membership=only)


def test_accounts_belong_to_who_manages_everything(world: World, ada: User, omar: User) -> None:
    regional = make.user(role="pmo", on=world.north)
    for attempt in (
        lambda: services.create_user(by=regional, username="x", password=make.PASSWORD),
        lambda: services.update_user(by=regional, user=omar, changes={"email": "x@example.org"}),
        lambda: services.update_user(by=regional, user=ada, changes={}, password="another long secret"),
        lambda: services.deactivate_user(by=regional, user=omar),
    ):
        with pytest.raises(NotAllowed):
            attempt()
    for above in (make.user(is_superuser=True), make.user(role="administrator")):
        with pytest.raises(NotAllowed):
            services.update_user(by=ada, user=above, changes={}, password="another long secret")


def test_passwords_are_checked_and_never_told(ada: User, omar: User) -> None:
    with pytest.raises(InvalidFields):
        services.create_user(by=ada, username="zoe", password="short")
    with pytest.raises(DomainError, match="taken"):
        services.create_user(by=ada, username="omar", password=make.PASSWORD)
    with pytest.raises(InvalidFields):
        services.update_user(by=ada, user=omar, changes={"is_superuser": True})
    services.update_user(by=ada, user=omar, changes={}, password="quite another secret")
    omar.refresh_from_db()
    assert omar.check_password("quite another secret")
    assert "secret" not in str(AuditEvent.objects.latest("pk").changes)


def test_a_membership_names_a_confidential_project_only_to_who_sees_it(world: World, ada: User, omar: User) -> None:
    """Neither in the list of who may be taken away, nor at its address: its label is the project's name."""
    named = make.member(omar, "viewer", on=world.secret)
    for role, on in (("administrator", None), ("portfolio_manager", None), ("portfolio_manager", world.south)):
        manager = make.user(role=role, on=on)
        assert named not in memberships_managed_by(manager), role
        assert make.member(make.user(), "viewer", on=world.south) in memberships_managed_by(manager), role
    assert named in memberships_managed_by(ada)
