"""One e-mail address, one account: on every way by which an account gets one, and when an old installation is upgraded."""

import importlib
import re

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.core import mail
from django.core.management import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from pmo_portal.core.models import User
from projects.access.services import create_user
from tests import make

pytestmark = pytest.mark.django_db
TAKEN = {"en": "Another account has this address", "fr": "Un autre compte a cette adresse"}


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def asked(user: User, email: str) -> str:
    """The way in the letter by which somebody confirms a new address."""
    assert signed_in(user).post("/account/email/", {"email": email, "action_add": ""}).status_code == 302
    return re.search(r"http://testserver(/\S+)", mail.outbox[-1].body)[1]  # type: ignore[index]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_pages_and_api_say_it_in_the_language_of_the_reader(ada: User, ben: User, language: str) -> None:
    User.objects.filter(pk=ada.pk).update(language=language)
    client = signed_in(ada)
    form = {"username": "nina", "email": "BEN@Example.org", "language": "en"}
    answer = client.post("/users/new/", form)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["email"])
    assert TAKEN[language] in answer.content.decode()
    told = client.post("/api/v1/users/", {"username": "nina", "email": "Ben@example.org"}, "application/json").json()
    assert told["errors"][0]["path"] == "email"
    assert TAKEN[language] in told["errors"][0]["message"]
    assert not User.objects.filter(username="nina").exists()


def test_the_database_refuses_it_whoever_writes(ben: User, cleo: User) -> None:
    with pytest.raises(IntegrityError, match="user_email_once"), transaction.atomic():
        User.objects.filter(pk=cleo.pk).update(email="BEN@example.org")
    with (
        pytest.raises(IntegrityError, match="user_email_in_small_letters"),
        connection.cursor() as cursor,
        transaction.atomic(),
    ):
        cursor.execute("UPDATE core_user SET email = 'Ben@example.org' WHERE id = %s", [cleo.pk])
    User.objects.filter(pk__in=[ben.pk, cleo.pk]).update(email="")  # several may have none


def test_an_address_typed_in_capitals_signs_in_and_gets_its_letter(ada: User) -> None:
    create_user(by=ada, username="nina", email=" Nina.Roy@Example.org", password=make.PASSWORD)
    assert User.objects.get(username="nina").email == "nina.roy@example.org"
    answer = Client().post("/sign-in/", {"username": "NINA.roy@example.org", "password": make.PASSWORD})
    assert answer.status_code == 302
    Client().post("/sign-in/password/", {"email": "Nina.Roy@EXAMPLE.org"})
    assert [letter.to for letter in mail.outbox] == [["nina.roy@example.org"]]


def test_nobody_takes_the_address_of_somebody_else(ben: User, cleo: User) -> None:
    answer = signed_in(cleo).post("/account/email/", {"email": "Ben@example.org", "action_add": ""})
    assert "This address cannot be used." in answer.content.decode()
    assert not mail.outbox
    way = asked(cleo, "free@example.org")
    User.objects.filter(pk=ben.pk).update(email="free@example.org")  # an administrator was quicker
    assert "This link is over" in Client(HTTP_ACCEPT_LANGUAGE="en").get(way).content.decode()
    assert signed_in(cleo).post(way).status_code == 404
    cleo.refresh_from_db()
    assert cleo.email == "cleo@example.org"


def test_an_upgrade_names_the_accounts_that_share_an_address_and_writes_the_rest_small(ben: User, cleo: User) -> None:
    """On a table as it was before: without the two constraints."""
    step = importlib.import_module("pmo_portal.core.migrations.0012_one_address_one_account")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; DROP INDEX user_email_once")
        cursor.execute("ALTER TABLE core_user DROP CONSTRAINT user_email_in_small_letters")
        cursor.execute("UPDATE core_user SET email = 'Ben@Example.org'")
    with pytest.raises(CommandError, match=r"ben@example\.org: ben, cleo"):
        step.refuse_shared(apps, None)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE core_user SET email = 'CLEO@example.org' WHERE id = %s", [cleo.pk])
    step.refuse_shared(apps, None)
    step.write_small(apps, None)
    assert set(User.objects.values_list("email", flat=True)) == {"ben@example.org", "cleo@example.org"}


def test_a_claim_that_nobody_confirmed_keeps_no_one_out(cleo: User, ada: User) -> None:
    way = asked(cleo, "jane@example.org")
    create_user(by=ada, username="jane", email="jane@example.org", password=make.PASSWORD)
    assert Client().get(way).context["can_confirm"] in (None, False)
    assert Client().post("/sign-in/", {"username": "jane@example.org", "password": make.PASSWORD}).status_code == 302
    assert (
        not EmailAddress.objects.filter(email="jane@example.org", verified=True).exclude(user__username="jane").exists()
    )
