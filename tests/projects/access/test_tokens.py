"""One's own API tokens: chosen area by area, shown once, rotated, revoked, recorded; nobody reaches another's."""

import logging
import re
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from pmo_portal.core import tokens
from pmo_portal.core.models import ApiToken, AuditEvent
from projects.access.token_services import MOST
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db
PAGE, NEW = reverse("projects:token-list"), reverse("projects:token-create")
FORM = {"name": "Rapport", "days": "30", "may_projects": "read", "may_risks": "write"}
LOOK = r"pmo_[a-z2-7]{8}_[A-Za-z0-9_-]{43}"


@pytest.fixture
def signed_in():
    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


def caller_with(text):
    caller = Api(None)
    caller.headers = {"Authorization": f"Token {text}"}
    return caller


def test_a_token_is_shown_once(signed_in, cleo):
    client = signed_in(cleo)
    answer = client.post(NEW, FORM)
    [text] = set(re.findall(LOOK, answer.content.decode()))
    assert "no-store" in answer["Cache-Control"]
    assert text not in client.get(PAGE).content.decode()
    assert b"Rapport" in client.get(PAGE).content

    token = tokens.find_token(text)
    assert (token.user, token.name, token.scopes) == (cleo, "Rapport", ["projects:read", "risks:write"])
    assert round((token.expires_at - token.created_at).total_seconds() / 86400) == 30
    event = AuditEvent.objects.get(target_type="core.ApiToken")
    assert event.changes["digest"] == [None, "•••"]
    assert text not in str(event.changes)
    assert (event.actor, event.action, event.changes["scopes"]) == (cleo, "create", [None, token.scopes])


def test_revoking_ends_it_at_once(signed_in, cleo):
    _row, text = tokens.issue(user=cleo, name="Rapport")
    caller = caller_with(text)
    assert caller.get("projects/").status_code == 200
    token = ApiToken.objects.get()
    client, address = signed_in(cleo), reverse("projects:token-revoke", args=[token.pk])
    assert address in client.get(PAGE).content.decode()
    assert token.name in client.get(address).content.decode()
    assert caller.get("projects/").status_code == 200, "it asks first"
    assert client.post(address).status_code == 302
    assert caller.get("projects/").status_code == 401
    assert AuditEvent.objects.filter(target_type="core.ApiToken").latest("pk").action == "revoke"


def test_rotating_lets_programs_follow(signed_in, cleo, monkeypatch):
    token, former = tokens.issue(user=cleo, name="Rapport", expires_at=timezone.now() + timedelta(days=3))
    answer = signed_in(cleo).post(
        reverse("projects:token-rotate", args=[token.pk]), {"overlap_hours": "1", "days": "90"}
    )
    [text] = set(re.findall(LOOK, answer.content.decode()))
    assert text != former
    assert text.split("_")[1] == former.split("_")[1]
    assert "no-store" in answer["Cache-Control"]
    assert caller_with(text).get("projects/").status_code == caller_with(former).get("projects/").status_code == 200
    assert AuditEvent.objects.filter(target_type="core.ApiToken").latest("pk").action == "rotate"
    later = timezone.now() + timedelta(hours=1, seconds=1)
    monkeypatch.setattr(timezone, "now", lambda: later)
    assert tokens.find_token(former) is None
    assert tokens.find_token(text) == token
    assert round((tokens.find_token(text).expires_at - later).total_seconds() / 86400) == 90


def test_rotating_may_end_the_former_at_once(signed_in, cleo):
    token, former = tokens.issue(user=cleo, name="Rapport")
    signed_in(cleo).post(reverse("projects:token-rotate", args=[token.pk]), {"overlap_hours": "0", "days": "90"})
    assert tokens.find_token(former) is None


def test_an_overlap_never_outlives_the_former_token(cleo):
    token, former = tokens.issue(user=cleo, name="Rapport", expires_at=timezone.now() + timedelta(minutes=1))
    tokens.renew(token, overlap=timedelta(hours=24), expires_at=timezone.now() + timedelta(days=90))
    assert token.former_until - timezone.now() < timedelta(minutes=2)
    assert tokens.find_token(former) == token


def test_tokens_of_others_do_not_exist(signed_in, cleo, omar, ada):
    """Not even for the PMO, who manages accounts."""
    token, _text = tokens.issue(user=cleo, name="Rapport")
    for client in (signed_in(omar), signed_in(ada)):
        assert b"Rapport" not in client.get(PAGE).content
        for name in ("projects:token-revoke", "projects:token-rotate"):
            assert client.post(reverse(name, args=[token.pk]), {"overlap_hours": "0", "days": "90"}).status_code == 404
        assert client.get(reverse("projects:token-revoke", args=[token.pk])).status_code == 404
    assert ApiToken.objects.filter(pk=token.pk, digest=token.digest).exists()


def test_there_is_a_limit(signed_in, cleo):
    for number in range(MOST):
        tokens.issue(user=cleo, name=str(number))
    assert signed_in(cleo).post(NEW, FORM).status_code == 422
    assert ApiToken.objects.filter(user=cleo).count() == MOST


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"name": "x" * 81},
        {"days": "4000"},
        {"may_projects": "", "may_risks": ""},
        {"may_projects": "admin"},
        {"projects": "NOPE"},
        {"projects": "SECRET"},
        {"networks": "somewhere"},
        {"networks": "10.0.0.0/8, 300.1.1.1"},
        {"nodes": "987654"},
    ],
)
def test_what_is_not_valid_makes_no_token(signed_in, cleo, wrong):
    assert signed_in(cleo).post(NEW, {**FORM, **wrong}).status_code == 422
    assert not ApiToken.objects.exists()


def test_administration_is_offered_to_administrators(signed_in, cleo, ada):
    assert b'value="admin"' not in signed_in(cleo).get(NEW).content
    assert b'value="admin"' in signed_in(ada).get(NEW).content
    assert signed_in(cleo).post(NEW, {**FORM, "may_administration": "admin"}).status_code == 422
    assert signed_in(ada).post(NEW, {**FORM, "may_administration": "admin"}).status_code == 200
    assert "administration:admin" in ApiToken.objects.get().scopes


def test_limits_are_chosen_by_name(signed_in, cleo, world):
    form = {**FORM, "nodes": [world.rail.pk], "projects": "tram", "networks": "192.0.2.10 198.51.100.7/24"}
    page = signed_in(cleo).post(NEW, form).content.decode()
    token = ApiToken.objects.get()
    assert (token.nodes, token.projects) == ([world.rail.pk], [world.tram.pk])
    assert token.networks == ["192.0.2.10/32", "198.51.100.0/24"]
    assert "Railways" in page
    assert "Tram line (TRAM)" in page


@pytest.mark.parametrize("life", [timedelta(days=366), timedelta(days=4000)])
def test_the_database_keeps_no_token_longer_than_a_year(cleo, life):
    with pytest.raises(IntegrityError), transaction.atomic():
        tokens.issue(user=cleo, name="x", expires_at=timezone.now() + life)


def test_every_event_is_one_line(signed_in, cleo, caplog):
    client = signed_in(cleo)
    with caplog.at_level(logging.INFO, logger="pmo.security"):
        [text] = set(re.findall(LOOK, client.post(NEW, FORM).content.decode()))
        token = ApiToken.objects.get()
        caller = caller_with(text)
        caller.get("people/")
        caller.get("projects/", token=text)
        client.post(reverse("projects:token-rotate", args=[token.pk]), {"overlap_hours": "0", "days": "90"})
        caller.get("projects/")
        client.post(reverse("projects:token-revoke", args=[token.pk]))
    lines = [one for one in caplog.records if one.name == "pmo.security"]
    assert [one.event for one in lines] == [
        "token_created", "scope_refused", "token_leaked", "token_rotated", "token_refused", "token_revoked",
    ]  # fmt: skip
    assert all(one.details["key_id"] == token.key_id and one.details["user"] == cleo.pk for one in lines)
    assert text.split("_", 2)[2] not in " ".join(one.getMessage() for one in lines)


def test_a_stranger_is_sent_to_sign_in(client, db):
    for page in (PAGE, NEW, reverse("api-docs")):
        assert client.get(page)["Location"].startswith(reverse("core:sign-in"))


def test_pages_ask_the_database_little(signed_in, cleo, django_assert_max_num_queries):
    for number in range(5):
        tokens.issue(user=cleo, name=str(number))
    client = signed_in(cleo)
    client.get(reverse("api-docs"))
    with django_assert_max_num_queries(4):  # session, user with memberships, tokens
        client.get(PAGE)
    with django_assert_max_num_queries(3):
        client.get(reverse("api-docs"))
