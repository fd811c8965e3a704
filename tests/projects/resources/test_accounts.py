"""A person is not a user; who manages accounts links the two."""

import pytest
from django.test import Client

from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.services import deactivate_user
from projects.resources.models import Person
from projects.resources.services import create_person, update_person
from tests import make

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_who_manages_accounts_links_them(ada: User, cleo: User) -> None:
    client, person = signed_in(ada), make.person("Cleo Moreau")
    form = {"name": "Cleo Moreau", "user": cleo.pk, "version": person.version, "rate_currency": "EUR"}
    assert client.post(f"/people/{person.pk}/edit/", form).status_code == 302
    assert Person.objects.get(pk=person.pk).user == cleo
    assert "Cleo Moreau" in client.get(f"/users/{cleo.pk}/edit/").content.decode()


def test_who_only_names_people_does_not(ben: User, cleo: User) -> None:
    """A project manager cannot make an account somebody's, nor take it away."""
    client, person = signed_in(ben), make.person("Cleo Moreau")
    assert 'name="user"' not in client.get(f"/people/{person.pk}/edit/").content.decode()
    client.post(f"/people/{person.pk}/edit/", {"name": "Cleo M.", "user": cleo.pk, "version": person.version})
    person.refresh_from_db()
    assert (person.name, person.user) == ("Cleo M.", None)
    with pytest.raises(NotAllowed):
        update_person(person=person, by=ben, version=person.version, changes={"user": cleo})
    with pytest.raises(NotAllowed):
        create_person(by=ben, name="Another", user=cleo)


def test_ones_own_projects_are_found_through_the_person(world, ada: User, eve: User) -> None:
    make.person("Eve Laurent", user=eve)
    world.tram.project_manager = Person.objects.get(user=eve)
    world.tram.save()
    assert signed_in(eve).get("/projects/mine/")["Location"] == "/projects/?manager=me"


def test_what_a_closed_account_did_stays(ada: User, eve: User) -> None:
    make.person("Eve Laurent", user=eve)
    AuditEvent.objects.create(actor=eve, action="update", target_type="x", target_id=1, source="page", request_id="r")
    deactivate_user(by=ada, user=eve)
    assert AuditEvent.objects.filter(actor=eve).exists()
    assert Person.objects.get(user=eve).name == "Eve Laurent"
