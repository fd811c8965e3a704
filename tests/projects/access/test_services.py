"""Nobody gives away more than they hold, nobody locks everybody out."""

import itertools

import pytest

from pmo_portal.core.editing import InvalidFields
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access import services
from projects.access.models import Membership
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")


def test_every_role_everywhere_by_everyone(world: World, ada: User) -> None:
    """Actor × place: only a PMO whose scope covers the place gives roles there; a hidden place does not exist."""
    places = {"all": None, "north": world.north, "rail": world.rail, "tram": world.tram, "south": world.south}
    roles = Membership.Role.values
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
            allowed = role == "pmo" and wanted in covered[held]
            try:
                made = services.grant_membership(by=actor, user=newcomer, role="viewer", **scope)
            except DomainError:
                assert not allowed, (role, held, wanted)
            else:
                assert allowed, (role, held, wanted)
                services.revoke_membership(by=actor, membership=made)
    assert not newcomer.memberships.exists()


def test_a_role_is_given_once_and_somewhere(world: World, ada: User, omar: User) -> None:
    services.grant_membership(by=ada, user=omar, role="viewer", node=world.north)
    with pytest.raises(DomainError, match="already has this role"):
        services.grant_membership(by=ada, user=omar, role="viewer", node=world.north)
    with pytest.raises(DomainError, match="not both"):
        services.grant_membership(by=ada, user=omar, role="viewer", node=world.north, project=world.tram)


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
    administrator = make.user(is_superuser=True)
    with pytest.raises(NotAllowed):
        services.update_user(by=ada, user=administrator, changes={}, password="another long secret")


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
