"""Secrets that were typed or made are nowhere to be read: database, Valkey, logs, mails, pages. Exam C 40 of security.md."""

import logging
import re

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from redis import Redis

from pmo_portal.core import tokens
from pmo_portal.core.models import ApiToken
from pmo_portal.core.redaction import Redaction
from tests import make
from tests.core.api_client import Api

PASSWORDS = ("correct horse canary one", "correct horse canary two", "correct horse canary three")


def database() -> str:
    """Every row of every table, as text."""
    with connection.cursor() as cursor:
        names, told = connection.introspection.table_names(cursor), []
        for name in names:
            cursor.execute(f"SELECT coalesce(string_agg(to_json(t)::text, chr(10)), '') FROM \"{name}\" t")
            told.append(cursor.fetchone()[0])
    return "\n".join(told)


def valkey() -> str:
    """Every key with its content, packed as it is."""
    server = Redis.from_url(settings.REDIS_URL)
    return "\n".join(f"{key!r} {server.dump(key)!r}" for key in server.scan_iter(count=1000))


@pytest.mark.django_db
def test_secrets_are_nowhere(ada, world, caplog):
    """By page, by API, by rotation, by mistakes: in addresses, in wrong fields, in wrong passwords, on error pages."""
    caplog.set_level(logging.DEBUG)
    client = Client()
    client.force_login(ada)
    new = {"name": "canary", "days": "30", "may_projects": "write"}
    made = re.findall(tokens.PATTERN, client.post(reverse("projects:token-create"), new).content.decode())[0]
    token = ApiToken.objects.get()
    rotate = reverse("projects:token-rotate", args=[token.pk])
    renewed = re.findall(tokens.PATTERN, client.post(rotate, {"overlap_hours": "1", "days": "30"}).content.decode())[0]
    texts = [f"pmo_{key}_{secret}" for key, secret in (made, renewed)]
    assert made[1] != renewed[1]

    user = {"username": "carl", "last_name": "Carl", "language": "en", "password": PASSWORDS[0]}
    client.post(reverse("projects:user-create"), user)
    pages = [client.post("/accounts/login/", {"login": "carl", "password": PASSWORDS[1]})]
    pages.append(client.post("/sign-in/", {"login": "carl", "password": PASSWORDS[1]}))
    for text in texts:
        caller = Api(None)
        caller.headers = {"Authorization": f"Token {text}"}
        pages += [
            caller.get("projects/"),
            caller.post("projects/", {"code": "X", "password": PASSWORDS[2]}),
            caller.post("users/", {"username": "x", "password": PASSWORDS[2]}),
            caller.get("projects/", q=text),
            client.get(f"/nowhere/{text}/"),
            client.get("/help/", {"x": text}),
        ]
    pages += [client.get(reverse("projects:token-list")), client.get(reverse("projects:user-list"))]
    canaries = [made[1], renewed[1], *PASSWORDS]
    seen = Redaction(settings.TOKEN_PEPPERS)
    places = {
        "database": database(),
        "valkey": valkey(),
        "logs": "\n".join(seen.text(record.getMessage()) for record in caplog.records),  # as the handlers write them
        "mails": "\n".join(str(one.message()) for one in mail.outbox),
        "pages": "\n".join(page.content.decode() for page in pages),
    }
    assert make.user("someone").username in database()
    found = [(place, canary) for place, text in places.items() for canary in canaries if canary in text]
    assert found == []
    assert not any(pepper in text for pepper in settings.TOKEN_PEPPERS for text in places.values())
    size = sum(len(text) for text in places.values())
    print(f"\n{len(canaries)} canaries, {size:,} characters searched")  # noqa: T201
