"""A database that is away is 503 with Retry-After, on pages and in the API; a failed statement stays an error of ours."""

import pytest
from django.db import InterfaceError, OperationalError, connection
from django.test import Client
from psycopg2 import errors as postgres

from pmo_portal.core.outage import database_is_away


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/portfolios/", "/preferences/", "/api/v1/projects/"])
def test_a_lost_database_is_a_503_that_says_when_to_come_back(path, monkeypatch, settings):
    def lost(*_args, **_kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    connection.close()
    monkeypatch.setattr(connection, "connect", lost)
    answer = client.get(path)
    assert (answer.status_code, answer["Retry-After"]) == (503, "10")
    kind = "application/problem+json" if path.startswith("/api/") else "text/html; charset=utf-8"
    assert answer["Content-Type"] == kind
    assert "Traceback" not in answer.content.decode()


def test_an_error_of_one_statement_is_no_outage():
    deadlock = OperationalError("deadlock detected")
    deadlock.__cause__ = postgres.DeadlockDetected()
    assert not database_is_away(deadlock)
    assert not database_is_away(ValueError())
    assert database_is_away(InterfaceError("connection already closed"))
