"""Exam A 16: an administrator breaks the glass: with a reason, for an hour at most, told to everyone, over by itself."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.models import Membership, Notice
from projects.access.services.emergency import close_emergency, open_emergency
from reporting.health.services.refresh import refresh
from tests import make
from tests.cast import World

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture
def admin(world: World) -> User:
    return make.user("rex", role="administrator", first_name="Rex", last_name="Root")


def opened(by: User, place: Any, minutes: int = 30, reason: str = "Ticket 4711") -> Membership:
    fresh = User.objects.get(pk=by.pk)
    return open_emergency(by=fresh, place=place, minutes=minutes, reason=reason, now=timezone.now())


@pytest.mark.parametrize(("minutes", "reason"), [(0, "x"), (-5, "x"), (61, "x"), (600, "x"), (30, ""), (30, "  ")])
def test_it_needs_a_reason_and_an_hour_is_the_most(world: World, admin: User, minutes: int, reason: str) -> None:
    with pytest.raises(DomainError):
        opened(admin, world.tram, minutes, reason)
    assert not Membership.objects.filter(source="emergency").exists()


def test_the_database_holds_the_same(world: World, admin: User) -> None:
    now = timezone.now()
    good = {"valid_from": now, "valid_until": now + timedelta(minutes=60), "reason": "fire", "role": "viewer"}
    longer = {**good, "valid_until": now + timedelta(minutes=61)}
    for wrong in (longer, {**good, "reason": ""}, {**good, "role": "pmo"}, {**good, "valid_until": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Membership.objects.create(user=admin, project=world.tram, source="emergency", **wrong)
    Membership.objects.create(user=admin, project=world.tram, source="emergency", **good)


def test_only_an_administrator_and_only_what_they_do_not_see(world: World, admin: User) -> None:
    for role in [role for role in Membership.Role.values if role != "administrator"]:
        with pytest.raises(NotAllowed):
            opened(make.user(role=role, on=world.north), world.harbour)
    opened(admin, world.tram)
    with pytest.raises(DomainError, match="already"):
        opened(admin, world.tram)


def test_the_journey(client: Client, world: World, admin: User, ada: User, ben: User, cleo: User) -> None:
    """404 before, one project to look at while it lasts, on every page and in the history in red; 404 after."""
    sponsor, regional = make.user("sam"), make.user("nor", role="pmo", on=world.south)
    type(world.secret).objects.filter(pk=world.secret.pk).update(sponsor=make.person("Sam", user=sponsor))
    address = f"/projects/{world.secret.pk}/"
    client.force_login(admin)
    assert client.get(address).status_code == 404
    form = {"code": "secret", "minutes": "30", "reason": "Ticket 4711"}
    assert client.post("/users/emergency/", {**form, "reason": ""}).status_code == 422
    assert client.post("/users/emergency/", {**form, "code": "nothing"}).status_code == 422
    answer = client.post("/users/emergency/", form)
    assert (answer.status_code, answer["Location"]) == (302, address)
    page = client.get(address)
    assert page.status_code == 200
    assert "Emergency access to “Secret project” until" in page.content.decode()
    assert "Emergency access to" in client.get("/help/").content.decode()
    assert client.get(f"{address}edit/").status_code == 403
    assert client.get(f"/projects/{world.harbour.pk}/").status_code == 404
    history = client.get(f"{address}history/").content.decode()
    assert 'class="alarm"' in history
    assert "shield-alert" in history  # not by its colour alone
    assert "Emergency access opened" in history
    told = set(Notice.objects.filter(kind="emergency").values_list("user", flat=True))
    assert told == {ada.pk, sponsor.pk, regional.pk}
    other = Client()
    other.force_login(ada)
    assert "Rex Root opened an emergency access to “Secret project”" in other.get("/help/").content.decode()
    row = Membership.objects.get(source="emergency")
    past = timezone.now() - timedelta(hours=2)
    Membership.objects.filter(pk=row.pk).update(valid_from=past, valid_until=past + timedelta(minutes=30))
    assert client.get(address).status_code == 404
    assert "Emergency access to" not in client.get("/help/").content.decode()


def test_of_a_confidential_project_only_who_may_know_of_it_is_told(world: World, admin: User, ada: User) -> None:
    """The managers of the portfolio around it do not know its name, and the word left for them would say it."""
    around = [make.user(role=role, on=world.south) for role in ("portfolio_manager", "project_manager", "sponsor")]
    named, regional = make.user(role="sponsor", on=world.secret), make.user(role="pmo", on=world.south)
    opened(admin, world.secret)
    told = set(Notice.objects.values_list("user", flat=True))
    assert told == {ada.pk, regional.pk, named.pk}
    opened(admin, world.harbour)
    assert set(Notice.objects.filter(told__place=world.harbour.label).values_list("user", flat=True)) == {
        ada.pk, regional.pk, *(one.pk for one in around),
    }  # fmt: skip


def test_it_is_a_look_even_for_who_has_a_role_around_the_place(client: Client, world: World, admin: User) -> None:
    """To be named on a confidential project opens one's wider roles there; a broken glass does not: no amount, no note."""
    make.member(admin, "executive")
    make.budget_line(world.secret, amount="7654321")
    type(world.secret).objects.filter(pk=world.secret.pk).update(confidential_note="Rachat en vue")
    refresh([world.secret.pk], on=make.TODAY, at=timezone.now())
    opened(admin, world.secret)
    client.force_login(admin)
    for address in (f"/projects/{world.secret.pk}/", f"/api/v1/projects/{world.secret.pk}/"):
        answer = client.get(address)
        assert answer.status_code == 200
        # whole or in thousands or millions: four digits alone may be the number of a row
        told = re.search(r"Rachat en vue|7\D?654\D{0,6}(?:321|k)|7[.,]65?\D{0,6}M", answer.content.decode())
        assert not told, (address, told)
    assert client.get(f"/projects/{world.secret.pk}/budget/").status_code == 403
    assert client.get(f"/projects/{world.harbour.pk}/budget/").status_code == 200


def test_it_is_ended_before_its_time_by_who_opened_it(client: Client, world: World, admin: User, ada: User) -> None:
    row = opened(admin, world.north)
    with pytest.raises(NotAllowed):
        close_emergency(by=ada, membership=row)
    client.force_login(admin)
    assert client.get(f"/projects/{world.tram.pk}/").status_code == 200
    assert client.post(f"/users/emergency/{row.pk}/end/").status_code == 302
    assert client.get(f"/projects/{world.tram.pk}/").status_code == 404
    assert client.post(f"/users/emergency/{row.pk}/end/").status_code == 404
    told = AuditEvent.objects.filter(target_type="projects.Membership", target_id=row.pk).order_by("pk")
    assert [(one.action, one.actor) for one in told] == [
        (name, admin) for name in ("create", "emergency", "emergency_end")
    ]


def test_a_portfolio_opens_without_what_is_confidential(client: Client, world: World, admin: User) -> None:
    opened(admin, world.south)
    client.force_login(admin)
    assert client.get(f"/projects/{world.harbour.pk}/").status_code == 200
    assert client.get(f"/projects/{world.secret.pk}/").status_code == 404
    assert client.get(f"/projects/{world.tram.pk}/").status_code == 404


def test_nobody_learns_from_a_letter_that_there_is_a_confidential_project(
    world: World, admin: User, ada: User, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    """The letters go where the notices are, and name the place."""
    make.member(make.user("far"), "portfolio_manager", on=world.south)
    for place, told in ((world.harbour, {"ada", "far"}), (world.secret, {"ada"})):
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            opened(admin, place)
        assert {letter.to[0].partition("@")[0] for letter in mailoutbox} == told
        assert all(place.name_en in letter.body for letter in mailoutbox)


def test_it_is_not_lent_and_shows_no_money(client: Client, world: World, admin: User) -> None:
    row = opened(admin, world.tram)
    make.budget_line(world.tram, amount=4321987)
    client.force_login(admin)
    assert "4,321" not in client.get(f"/projects/{world.tram.pk}/").content.decode()
    assert row.role == "viewer"
