"""An error says what to do next and a reference that finds its log line, and nothing about the inside."""

import logging
import re
from typing import Any

import pytest
from django.contrib.auth.decorators import login_not_required
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import include, path

from pmo_portal import urls as site_urls
from pmo_portal.core.models import User
from tests.cast import World

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
SECRET = "tournesol-bleu-42"


@login_not_required
def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError(f"{SECRET} at {__file__}")


urlpatterns = [path("broken/", broken), path("api/broken", broken), path("", include(site_urls))]
handler400, handler403, handler404, handler500 = (
    site_urls.handler400,
    site_urls.handler403,
    site_urls.handler404,
    site_urls.handler500,
)


def events(caplog: pytest.LogCaptureFixture) -> list[tuple[str, dict[str, Any]]]:
    return [(one.event, one.details) for one in caplog.records if one.name == "pmo.security"]


@pytest.mark.parametrize("address", ["/broken/", "/api/broken"])
def test_an_error_of_ours_shows_a_reference_and_nothing_else(address: str) -> None:
    answer = Client(raise_request_exception=False).get(address, {"card": SECRET})
    text = answer.content.decode()
    assert answer.status_code == 500
    assert len(answer["X-Request-ID"]) == 16
    assert "RuntimeError" not in text
    assert SECRET not in text
    assert __file__ not in text
    assert address.startswith("/api/") or answer["X-Request-ID"] in text
    assert ("application/problem+json" in answer["Content-Type"]) == address.startswith("/api/")


@pytest.mark.parametrize("address", ["/help/", "/api/v1/projects/"])
def test_a_foreign_host_name_is_refused_and_told(address: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = Client().get(address, headers={"Host": "evil.example"})
    assert answer.status_code == 400
    assert "evil.example" not in answer.content.decode()
    assert ("problem+json" in answer["Content-Type"]) == address.startswith("/api/")
    ((name, told),) = events(caplog)
    assert (name, told["why"]) == ("host_refused", "DisallowedHost")


def test_what_cannot_be_read_is_a_400(caplog: pytest.LogCaptureFixture, ada: User, client: Client) -> None:
    client.force_login(ada)
    answer = client.post("/preferences/", {f"f{number}": "1" for number in range(1100)})
    assert answer.status_code == 400
    assert answer["X-Request-ID"] in answer.content.decode()
    assert [name for name, _told in events(caplog)] == ["request_refused"]


@pytest.mark.parametrize("address", ["/projects/{tram}/edit/", "/api/v1/projects/{tram}/"])
def test_a_refusal_is_one_event(
    address: str, caplog: pytest.LogCaptureFixture, world: World, cleo: User, client: Client
) -> None:
    client.force_login(cleo)
    where = address.format(tram=world.tram.pk)
    body = {"name": "x", "version": 1}
    headers = {"If-Match": f'"v{world.tram.version}"'}
    answer = (
        client.patch(where, body, content_type="application/json", headers=headers)
        if where.startswith("/api")
        else client.post(where, body)
    )
    assert answer.status_code == 403
    ((name, told),) = events(caplog)
    assert (name, told["user"], told["path"]) == ("permission_refused", cleo.pk, where)


@pytest.mark.parametrize("address", ["/preferences/language/", "/api/v1/risks/"])
def test_a_form_without_its_token_is_one_event(address: str, caplog: pytest.LogCaptureFixture, ada: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(ada)
    assert client.post(address, {"language": "en"}).status_code == 403
    ((name, told),) = events(caplog)
    assert name == "csrf_refused"
    assert "CSRF" in told["reason"]


def report(client: Client, body: str, **more: Any) -> int:
    return client.post("/csp-report", body, content_type="application/csp-report", **more).status_code


def test_a_violation_is_told_without_what_its_address_asked_for(
    caplog: pytest.LogCaptureFixture, client: Client
) -> None:
    cache.clear()
    told = (
        '{"csp-report": {"effective-directive": "script-src-elem", "blocked-uri": "https://u:p@evil.example/x.js?k=1",'
    )
    told += '"document-uri": "https://pmo.example.org/projects/?q=merger", "script-sample": "' + "x" * 900 + '"}}'
    assert report(client, told) == 204
    ((name, details),) = events(caplog)
    assert name == "csp_violation"
    assert details["blocked"] == "https://evil.example/x.js"
    assert details["page"] == "https://pmo.example.org/projects/"
    assert len(details["sample"]) == 200


@pytest.mark.parametrize(
    "body", ["", "[", "[]", "{}", '{"csp-report": 3}', '{"csp-report": []}', "[" * 9000, "x" * 99_000]
)
def test_what_is_no_report_is_dropped(body: str, caplog: pytest.LogCaptureFixture, client: Client) -> None:
    assert report(client, body) == 204
    assert events(caplog) == []


def test_one_address_is_heard_ten_times_a_minute(caplog: pytest.LogCaptureFixture, client: Client) -> None:
    cache.clear()
    body = '{"csp-report": {"effective-directive": "img-src", "blocked-uri": "//["}}'
    for number in range(25):
        report(client, body, headers={"X-Forwarded-For": f"192.0.2.{number}"})
    assert len(events(caplog)) == 10


def test_the_log_of_an_error_holds_its_reference(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        Client(raise_request_exception=False).get("/broken/")
    (record,) = [one for one in caplog.records if one.name == "django.request"]
    assert re.search("Internal Server Error", record.getMessage())
