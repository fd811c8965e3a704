"""Programs have accounts of their own: roles and tokens, but no way to sign in and no say over the portal."""

import re
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pmo_portal.core import tokens
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import ApiToken, AuditEvent, User
from projects.access import services, token_services
from projects.access.services.terms import change_end
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db


@pytest.fixture
def robot(ada):
    return services.create_service_account(by=ada, username="erp", last_name="ERP import")


def signed_in(user):
    client = Client()
    client.force_login(user, backend="projects.access.backend.PolicyBackend")
    return client


def test_from_the_account_to_its_first_call(ada, world):
    """As an administrator does it: the account, its role, its token, the call; then the account is switched off."""
    client = signed_in(ada)
    made = client.post(reverse("projects:service-account-create"), {"username": "erp", "last_name": "ERP import"})
    robot = User.objects.get(username="erp")
    assert made["Location"] == reverse("projects:service-account-detail", args=[robot.pk])
    role = {"user": robot.pk, "role": "service_account", "node": world.rail.pk}
    assert client.post(reverse("projects:member-create"), role).status_code == 302
    form = {"name": "night", "days": "90", "may_projects": "write"}
    answer = client.post(reverse("projects:service-account-token", args=[robot.pk]), form)
    [text] = set(re.findall(tokens.PATTERN.pattern.replace("(", "(?:"), answer.content.decode()))
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {text}"}
    assert {row["code"] for row in caller.rows("projects/")} == {"TRAM"}
    assert caller.patch(f"projects/{world.tram.pk}/", {"name": "Autre"}, version=1).status_code == 200
    assert caller.get("risks/").status_code == 403
    assert AuditEvent.objects.filter(actor=robot, target_id=world.tram.pk, action="update").exists()

    page = client.get(reverse("projects:service-account-detail", args=[robot.pk])).content.decode()
    assert "night" in page
    assert text not in page
    assert "ERP import" in client.get(reverse("projects:service-account-list")).content.decode()
    assert "ERP import" not in client.get(reverse("projects:user-list")).content.decode()
    off = {"username": "erp", "last_name": "ERP import"}
    assert client.post(reverse("projects:service-account-edit", args=[robot.pk]), off).status_code == 302
    assert caller.get("projects/").status_code == 401


def test_nobody_signs_in_as_a_program(ada, robot, client):
    assert authenticate(username="erp", password="") is None
    with pytest.raises(DomainError):
        services.update_user(by=ada, user=robot, changes={}, password="a long enough secret")
    client.force_login(robot, backend="projects.access.backend.PolicyBackend")  # even with a session
    assert client.get("/preferences/").status_code == 302
    assert client.get("/api/v1/projects/").status_code == 401
    assert signed_in(ada).get(reverse("projects:user-edit", args=[robot.pk])).status_code == 404


@pytest.mark.parametrize(
    "change",
    [{"password": "argon2$…"}, {"email": "erp@example.org"}, {"is_superuser": True}, {"is_staff": True}],
)
def test_the_database_refuses_a_program_that_could_sign_in(robot, change):
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=robot.pk).update(**change)


def test_a_program_never_runs_the_portal(robot):
    root = make.user("root", is_superuser=True)
    with pytest.raises(DomainError, match="administrat"):
        services.grant_membership(by=root, user=robot, role="administrator")


def test_only_those_who_manage_accounts_manage_them(ben, cleo, robot):
    for person in (ben, cleo):
        with pytest.raises(NotAllowed):
            services.create_service_account(by=person, username="x", last_name="x")
        with pytest.raises(NotAllowed):
            token_services.create_token(by=person, owner=robot, name="x", scopes=["projects:read"], days=30)
        client = signed_in(person)
        for name in ("service-account-detail", "service-account-edit", "service-account-token"):
            assert client.get(reverse(f"projects:{name}", args=[robot.pk])).status_code == 403
        assert client.get(reverse("projects:service-account-list")).status_code == 403
    token, _text = tokens.issue(user=robot, name="x")
    assert signed_in(cleo).post(reverse("projects:token-revoke", args=[token.pk])).status_code == 404


def test_its_tokens_are_managed_by_any_of_them(ada, robot):
    other = make.user("olga", role="pmo")
    token, _text = token_services.create_token(by=ada, owner=robot, name="x", scopes=["projects:read"], days=30)
    assert signed_in(other).post(reverse("projects:token-revoke", args=[token.pk])).status_code == 302
    assert not ApiToken.objects.exists()


def test_a_person_is_no_service_account(ada, cleo):
    for name in ("service-account-detail", "service-account-edit", "service-account-token"):
        assert signed_in(ada).get(reverse(f"projects:{name}", args=[cleo.pk])).status_code == 404


def test_a_user_name_is_taken_once(ada, robot):
    form = {"username": "erp", "last_name": "Another"}
    assert signed_in(ada).post(reverse("projects:service-account-create"), form).status_code == 422


def test_a_program_sees_confidential_projects_only_by_somebody_who_does(world, ada):
    """An administrator, who reads no project, would read them all by a token of their own making."""
    admin = make.user(role="administrator")
    robot = services.create_service_account(by=admin, username="reader", last_name="Reader")
    for place in ({}, {"node": world.north}, {"project": world.secret}):
        with pytest.raises(NotAllowed):
            services.grant_membership(by=admin, user=robot, role="pmo", **place)
    regional = make.user(role="pmo", on=world.north)
    held = services.grant_membership(by=regional, user=robot, role="pmo", node=world.north)
    with pytest.raises(NotAllowed):
        change_end(by=admin, membership=held, valid_until=timezone.now() + timedelta(days=300), now=timezone.now())
    services.grant_membership(by=ada, user=robot, role="pmo")
    services.grant_membership(by=admin, user=robot, role="viewer")
