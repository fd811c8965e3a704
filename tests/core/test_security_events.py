"""Security events are one line each, with who, from where and what; the caller's address cannot be made up."""

import logging

import pytest
from django.test import RequestFactory

from pmo_portal.core.caller import address_of
from pmo_portal.core.security_events import EVENTS, security_event
from tests import make
from tests.contracts.test_house import MODULES


@pytest.mark.django_db
def test_an_event_says_who_from_where_and_what(caplog: pytest.LogCaptureFixture) -> None:
    request = RequestFactory().post("/sign-in/", REMOTE_ADDR="192.0.2.7")
    user = make.user("ada")
    with caplog.at_level(logging.INFO, logger="pmo.security"):
        security_event("sign_in_failed", request=request, user=user, account="ada\r\nERROR pmo.security forged")
    (record,) = [one for one in caplog.records if one.name == "pmo.security"]
    assert record.levelname == "WARNING"
    assert record.event == "sign_in_failed"
    assert record.details == {
        "account": "ada\r\nERROR pmo.security forged",
        "address": "192.0.2.7",
        "method": "POST",
        "path": "/sign-in/",
        "user": user.pk,
    }
    assert "\n" not in record.getMessage()
    assert "\r" not in record.getMessage()


def test_an_event_without_a_name_of_its_own_is_a_mistake() -> None:
    with pytest.raises(KeyError):
        security_event("something_happened")
    assert all(name.isidentifier() and name == name.lower() for name in EVENTS)


def test_every_event_is_told_somewhere() -> None:
    """A name that nobody says is a promise of docs/security.md that nobody keeps."""
    told = "".join(path.read_text() for path in MODULES if path.name != "security_events.py")
    assert [name for name in EVENTS if f'"{name}"' not in told] == []


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "", "10.0.0.1"),
        (0, "198.51.100.9", "10.0.0.1"),
        (1, "198.51.100.9", "198.51.100.9"),
        (1, "1.2.3.4, 198.51.100.9", "198.51.100.9"),
        (2, "1.2.3.4, 198.51.100.9, 10.0.0.2", "198.51.100.9"),
        (2, "198.51.100.9", "198.51.100.9"),
        (1, " , ", "10.0.0.1"),
    ],
)
def test_what_a_caller_forwards_itself_never_counts(settings, proxies: int, forwarded: str, expected: str) -> None:
    settings.NUM_PROXIES = proxies
    request = RequestFactory().get("/", REMOTE_ADDR="10.0.0.1", headers={"X-Forwarded-For": forwarded})
    assert address_of(request) == expected
