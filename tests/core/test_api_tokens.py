"""One's own API tokens: shown once, limited, revoked, recorded; nobody reaches another's."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from pmo_portal.core import tokens
from pmo_portal.core.models import ApiToken, AuditEvent
from pmo_portal.core.token_views import MOST
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db
PAGE = reverse("core:token-list")


@pytest.fixture
def signed_in():
    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def test_a_token_is_shown_once(signed_in, cleo):
    client = signed_in(cleo)
    answer = client.post(PAGE, {"name": "Rapport", "days": "30"})
    [secret] = set(re.findall(r"pmo_[a-z2-7]{8}_[\w-]{43}", answer.content.decode()))
    assert "no-store" in answer["Cache-Control"]
    assert secret not in client.get(PAGE).content.decode()
    assert b"Rapport" in client.get(PAGE).content

    token = tokens.find_token(secret)
    assert (token.user, token.name) == (cleo, "Rapport")
    assert round((token.expires_at - token.created_at).total_seconds() / 86400) == 30
    assert secret not in str(AuditEvent.objects.get(source="page").changes)


def test_revoking_ends_it_at_once(signed_in, cleo):
    _row, secret = tokens.issue(user=cleo, name="Rapport")
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {secret}"}
    assert caller.get("projects/").status_code == 200
    token = ApiToken.objects.get()
    assert signed_in(cleo).post(reverse("core:token-revoke", args=[token.pk])).status_code == 302
    assert caller.get("projects/").status_code == 401
    assert AuditEvent.objects.get(source="page").action == "revoke"


def test_tokens_of_others_do_not_exist(signed_in, cleo, omar):
    token, _secret = tokens.issue(user=cleo, name="Rapport")
    client = signed_in(omar)
    assert b"Rapport" not in client.get(PAGE).content
    assert client.post(reverse("core:token-revoke", args=[token.pk])).status_code == 404
    assert client.get(reverse("core:token-revoke", args=[token.pk])).status_code == 405
    assert ApiToken.objects.filter(pk=token.pk).exists()


def test_there_is_a_limit(signed_in, cleo):
    for number in range(MOST):
        tokens.issue(user=cleo, name=str(number))
    answer = signed_in(cleo).post(PAGE, {"name": "Un de plus", "days": "30"})
    assert answer.status_code == 422
    assert ApiToken.objects.filter(user=cleo).count() == MOST


@pytest.mark.parametrize(
    "form", [{"name": "", "days": "30"}, {"name": "x", "days": "4000"}, {"name": "x" * 81, "days": "30"}]
)
def test_what_is_not_valid_makes_no_token(signed_in, cleo, form):
    assert signed_in(cleo).post(PAGE, form).status_code == 422
    assert not ApiToken.objects.exists()


def test_a_stranger_is_sent_to_sign_in(client, db):
    assert client.get(PAGE)["Location"].startswith(reverse("core:sign-in"))
    assert client.get(reverse("api-docs"))["Location"].startswith(reverse("core:sign-in"))


def test_pages_ask_the_database_little(signed_in, cleo, django_assert_max_num_queries):
    for number in range(5):
        tokens.issue(user=cleo, name=str(number))
    client = signed_in(cleo)
    client.get(reverse("api-docs"))
    with django_assert_max_num_queries(4):  # session, user, memberships (menu), tokens
        client.get(PAGE)
    with django_assert_max_num_queries(3):
        client.get(reverse("api-docs"))
