"""A signed-in reader and their memberships are one statement."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from projects.access.backend import PolicyBackend
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
from tests import make

pytestmark = pytest.mark.django_db


def test_a_reader_comes_with_every_membership(world, ben):
    make.member(ben, "viewer")
    make.member(ben, "pmo", on=world.south)
    with CaptureQueriesContext(connection) as seen:
        read = PolicyBackend().get_user(ben.pk)
        access = Access.of(read)
    assert len(seen) == 1
    assert read == ben
    assert set(access.grants) == set(Access.of(ben).grants)
    assert len(access.grants) == 3


def test_who_belongs_to_nothing_sees_nothing(omar):
    assert Access.of(PolicyBackend().get_user(omar.pk)).grants == ()


def test_who_left_is_signed_out(client: Client, ben):
    client.force_login(ben)
    assert SESSION_KEY in client.session
    assert client.get("/projects/").status_code == 200
    type(ben).objects.filter(pk=ben.pk).update(is_active=False)
    assert PolicyBackend().get_user(ben.pk) is None
    assert client.get("/projects/").status_code == 302
    assert PolicyBackend().get_user(10**9) is None


def test_a_wrong_password_opens_nothing_and_the_right_one_does(client: Client, ben):
    assert client.post("/sign-in/", {"username": "ben", "password": "wrong"}).status_code == 422
    assert client.post("/sign-in/", {"username": "ben", "password": make.PASSWORD}).status_code == 302


def test_whoever_installed_the_portal_can_work_in_it(client: Client) -> None:
    """A superuser without any membership, on an empty installation: the first portfolio, its page, thresholds, an import."""
    first = make.user(is_superuser=True, is_staff=True)
    client.force_login(first)
    made = client.post("/portfolios/new/", {
        "code": "FIRST", "name": "Premier", "currency": "EUR", "scale": "pilote", "origin": "own",
    })  # fmt: skip
    assert made.status_code == 302, made.context["form"].errors
    node = Node.objects.get(code="FIRST")
    assert client.get("/portfolios/FIRST/").status_code == 200
    assert client.get("/settings/thresholds/").status_code == 200
    hidden = make.project(node=node, confidentiality="confidential")
    assert list(Project.objects.visible_to(first)) == [hidden]
    assert not make.user().has_perm("projects.edit_project", hidden)
    assert first.has_perm("projects.edit_project", hidden)
