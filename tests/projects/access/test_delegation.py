"""Exam A 15: who stands in never does more than the person they stand in for, nor longer, nor passes it on."""

import itertools
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access import services
from projects.access.models import Delegation, Membership
from projects.access.policy import NOT_LENT, POLICY
from projects.access.selectors import LONGEST, NEVER_LENT
from projects.access.services.delegations import end_delegation, lend
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")

NOW = timezone.now()
TODAY = timezone.localdate(NOW)


def lent(by: User, to: User, *memberships: Membership, last: date = TODAY, **more: Any) -> list[Delegation]:
    """Every role of `by`, or those named, lent from today on."""
    rows = memberships or tuple(by.memberships.all())
    return lend(by=by, memberships=rows, to=to, first=TODAY, last=last, now=timezone.now(), **more)


def fresh(user: User) -> User:
    """The user as the next request sees them."""
    return User.objects.get(pk=user.pk)


def test_a_stand_in_may_what_the_lender_may_and_no_more(world: World) -> None:
    """Every role × place lent × action × place asked, against the lender's own answer; what would outlast it never."""
    places: dict[str, Any] = {
        "all": None, "north": world.north, "tram": world.tram, "secret": world.secret, "south": world.south,
    }  # fmt: skip
    asked = [world.tram, world.harbour, world.secret, world.north, world.rail, world.south, None]
    roles = [role for role in Membership.Role.values if role not in NEVER_LENT]
    compared = 0
    for role, held in itertools.product(roles, places):
        lender, delegate = make.user(role=role, on=places[held]), make.user()
        lent(lender, delegate)
        one, other = fresh(lender), fresh(delegate)
        assert set(Project.objects.visible_to(other)) == set(Project.objects.visible_to(one)), (role, held)
        for action, place in itertools.product(POLICY, asked):
            right = action not in NOT_LENT and one.has_perm(action, place)
            assert other.has_perm(action, place) is right, (role, held, action, place)
            compared += 1
        assert not Access.of(other).is_administrator
    assert compared == len(roles) * len(places) * len(POLICY) * len(asked)


def test_own_roles_gain_nothing_from_being_named_through_a_delegation(world: World) -> None:
    """A manager of everything, lent a look at a confidential project, looks at it and changes nothing there."""
    lender = make.user(role="viewer", on=world.secret)
    delegate = make.user(role="project_manager")
    assert not fresh(delegate).has_perm("projects.view_project", world.secret)
    lent(lender, delegate)
    assert fresh(delegate).has_perm("projects.view_project", world.secret)
    assert not fresh(delegate).has_perm("projects.edit_project", world.secret)


@pytest.mark.parametrize("seconds", [-1, 1])
def test_it_begins_and_ends_to_the_second_without_any_job(world: World, ben: User, omar: User, seconds: int) -> None:
    """A second before its end it holds, a second after it does not; the same, the other way round, at its start."""
    (made,) = lent(ben, omar)
    far = timedelta(days=1)
    Delegation.objects.filter(pk=made.pk).update(
        valid_from=timezone.now() - far, valid_until=timezone.now() - timedelta(seconds=seconds)
    )
    assert fresh(omar).has_perm("projects.edit_project", world.tram) is (seconds < 0)
    Delegation.objects.filter(pk=made.pk).update(
        valid_from=timezone.now() + timedelta(seconds=seconds), valid_until=timezone.now() + far
    )
    assert fresh(omar).has_perm("projects.edit_project", world.tram) is (seconds < 0)


def test_the_next_request_after_its_end_finds_nothing(client: Client, world: World, ben: User, omar: User) -> None:
    (made,) = lent(ben, omar)
    client.force_login(omar)
    address = f"/projects/{world.tram.pk}/"
    assert client.get(address).status_code == 200
    end_delegation(by=ben, delegation=made)
    assert client.get(address).status_code == 404
    assert Delegation.objects.filter(pk=made.pk).exists()  # what was is still told


def test_it_is_never_passed_on(world: World, ben: User, cleo: User, omar: User) -> None:
    lent(ben, cleo)
    cleo = fresh(cleo)
    for row in ben.memberships.all():
        with pytest.raises(DomainError):
            lent(cleo, omar, row)
    boss, delegate = make.user(role="pmo"), make.user()
    lent(boss, delegate)
    delegate = fresh(delegate)
    for row in boss.memberships.all():
        with pytest.raises(NotAllowed):
            lent(delegate, omar, row)
    for role in Membership.Role.values:
        with pytest.raises(DomainError):
            services.grant_membership(by=delegate, user=omar, role=role)
    with pytest.raises(NotAllowed):
        services.create_user(by=delegate, username="new")
    with pytest.raises(DomainError):
        services.revoke_membership(by=delegate, membership=ben.memberships.get())


@pytest.mark.parametrize(
    ("first", "last", "field"),
    [(-1, 5, "first"), (5, 4, "last"), (0, LONGEST, "last"), (200, 200 + LONGEST, "last")],
)
def test_a_period_has_limits(world: World, ben: User, omar: User, first: int, last: int, field: str) -> None:
    days = [TODAY + timedelta(days=count) for count in (first, last)]
    with pytest.raises(DomainError) as refused:
        lend(by=ben, memberships=ben.memberships.all(), to=omar, first=days[0], last=days[1], now=NOW)
    assert refused.value.field == field
    lend(by=ben, memberships=ben.memberships.all(), to=omar, first=TODAY, last=TODAY + timedelta(LONGEST - 1), now=NOW)


def test_what_may_not_be_lent_and_to_whom(world: World, ada: User, ben: User, omar: User) -> None:
    service = make.user(role="service_account", on=world.north)
    gone = make.user(is_active=False)
    program = services.create_service_account(by=ada, username="erp", last_name="ERP")
    for to in (ben, service, gone, program):
        with pytest.raises(DomainError):
            lent(ben, to)
    for row in (
        make.member(ben, "administrator"),
        Membership.objects.create(
            user=ben, role="viewer", project=world.harbour, source="emergency", reason="fire",
            valid_from=NOW, valid_until=NOW + timedelta(hours=1),
        ),
        Membership.objects.create(user=ben, role="viewer", project=world.secret, valid_until=NOW),
        Membership.objects.create(user=ben, role="viewer", node=world.south, valid_from=NOW + timedelta(days=3)),
    ):  # fmt: skip
        with pytest.raises(DomainError):
            lent(ben, omar, row)
    with pytest.raises(DomainError):
        lend(by=ben, memberships=[], to=omar, first=TODAY, last=TODAY, now=NOW)
    short = Membership.objects.create(
        user=ben, role="viewer", node=world.rail, valid_until=timezone.now() + timedelta(days=3)
    )
    with pytest.raises(DomainError, match="itself ends"):
        lent(ben, omar, short, last=TODAY + timedelta(days=10))
    lent(ben, omar, short)
    with pytest.raises(DomainError, match="already"):
        lent(ben, omar, short)


def test_others_arrange_it_within_their_reach(world: World, ada: User, ben: User, omar: User) -> None:
    role = ben.memberships.get()
    regional = make.user(role="pmo", on=world.south)
    for stranger in (omar, regional, make.user(role="viewer")):
        with pytest.raises(DomainError):
            lent(stranger, omar, role)
    (made,) = lent(ada, omar, role)
    for stranger in (regional, make.user(role="viewer")):
        with pytest.raises(NotAllowed):
            end_delegation(by=stranger, delegation=made)
    end_delegation(by=omar, delegation=made)
    (again,) = lent(ada, omar, role)
    end_delegation(by=ada, delegation=again)
    later = lend(
        by=ben, memberships=[role], to=omar, first=TODAY + timedelta(days=2), last=TODAY + timedelta(days=3), now=NOW
    )
    end_delegation(by=ben, delegation=later[0])
    assert not Delegation.objects.filter(pk=later[0].pk).exists()  # it never was


def test_nobody_lends_themselves_what_somebody_else_holds(world: World, ada: User, ben: User) -> None:
    """An administrator reads no project, and may not give themselves a role: a loan to oneself would be one, told to nobody."""
    admin, manager = make.user(role="administrator"), make.user(role="portfolio_manager", on=world.north)
    for by, held in ((admin, ada), (admin, ben), (manager, ben)):
        with pytest.raises(NotAllowed, match="yourself"):
            lent(by, by, held.memberships.get())
    assert not Project.objects.visible_to(fresh(admin)).exists()
    client = Client()
    client.force_login(admin)
    sent = {"delegate": admin.pk, "first": TODAY.isoformat(), "last": TODAY.isoformat(), "reason": "x"}
    address = f"/members/{ada.memberships.get().pk}/lend/"
    assert client.post(address, {**sent, "memberships": [ada.memberships.get().pk]}).status_code == 403
    assert not Delegation.objects.exists()


def test_it_ends_with_the_lender_and_with_the_role(world: World, ada: User, ben: User, omar: User) -> None:
    lent(ben, omar)
    User.objects.filter(pk=ben.pk).update(is_active=False)
    assert not Project.objects.visible_to(fresh(omar)).exists()
    User.objects.filter(pk=ben.pk).update(is_active=True)
    assert Project.objects.visible_to(fresh(omar)).exists()
    services.revoke_membership(by=ada, membership=ben.memberships.get())
    assert not Project.objects.visible_to(fresh(omar)).exists()
    ended = AuditEvent.objects.get(target_type="projects.Delegation", action="delete")
    assert (ended.actor, ended.project_id) == (ada, world.tram.pk)


def test_the_history_says_for_whom(client: Client, world: World, ben: User, omar: User) -> None:
    """What only the lent role allowed is told as done for its lender; what one's own role allows is one's own."""
    make.member(omar, "project_manager", on=world.harbour)
    lent(ben, omar)
    client.force_login(omar)
    for project in (world.tram, world.harbour):
        form = client.get(f"/projects/{project.pk}/edit/").context["form"]
        filled = {name: form[name].value() for name in form.fields if form[name].value() is not None}
        saved = client.post(f"/projects/{project.pk}/edit/", {**filled, "name": "Renamed", "version": project.version})
        assert saved.status_code == 302, saved.context["form"].errors
    told = dict(AuditEvent.objects.filter(action="update").values_list("project_id", "on_behalf_of"))
    assert told == {world.tram.pk: ben.pk, world.harbour.pk: None}
    assert set(AuditEvent.objects.filter(action="update").values_list("actor", flat=True)) == {omar.pk}
    page = client.get(f"/projects/{world.tram.pk}/history/").content.decode()
    assert "by Omar Roux, for Ben Durand" in page
    assert ", for Ben Durand" not in client.get(f"/projects/{world.harbour.pk}/history/").content.decode()


def test_creating_and_ending_it_is_in_the_history(world: World, ben: User, omar: User) -> None:
    (made,) = lent(ben, omar, reason="Holidays")
    end_delegation(by=omar, delegation=made)
    events = AuditEvent.objects.filter(target_type="projects.Delegation").order_by("pk")
    assert [(event.actor, event.action, event.project_id) for event in events] == [
        (ben, "create", world.tram.pk),
        (omar, "end", world.tram.pk),
    ]
    assert events[0].changes["reason"] == [None, "Holidays"]


def test_its_end_is_the_database_s_clock(world: World, ben: User, omar: User) -> None:
    """The condition is in the statement itself: no row has to be changed when the time comes."""
    lent(ben, omar)
    with connection.cursor() as cursor:
        cursor.execute("SELECT STATEMENT_TIMESTAMP()")
        now: datetime = cursor.fetchone()[0]
    held = Delegation.objects.in_force().get()
    assert held.valid_from <= now < held.valid_until
