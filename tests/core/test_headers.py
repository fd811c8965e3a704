"""The headers of every kind of answer, as production sends them, against the reviewed list beside this file (exams 20, 29)."""

import configparser
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from pmo_portal.core.headers import BARE_POLICY, FILE_POLICY, policy
from pmo_portal.core.models import User
from tests import make
from tests.cast import World
from tests.crawl import START, crawl
from tests.database_state import state
from tests.production_environment import production_environment
from tests.reporting.dashboards.pages import compute

EXPECTED = Path(__file__).with_name("expected_headers.txt")
# What differs from one answer to the next; Vary and Allow belong to the view.
VARIABLE = {
    "Content-Length", "X-Request-ID", "Content-Language", "Location", "Vary", "ETag", "Content-Encoding", "X-Padding", "Expires",
    "Allow", "Last-Modified", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset",
}  # fmt: skip

# Runs with the settings of production, and nothing of the test run's but its servers.
ASK = """
import json, sys, pathlib
import django
from django.conf import settings
settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
django.setup()
from django.test import Client
from pmo_portal.core.models import User
host = {"HTTP_HOST": "pmo.example.org", "HTTP_X_FORWARDED_PROTO": "https"}
client = Client(raise_request_exception=False, **host)
def told(answer):
    return [answer.status_code, dict(answer.headers), [morsel.OutputString() for morsel in answer.cookies.values()]]
answers = {"signed out page": told(client.get("/sign-in/"))}
answers["other language"] = told(client.post("/preferences/language/", {"language": "en"}))
ada = User.objects.get(username="ada")
ada.set_password("a long enough secret")
ada.save()
answers["sign in"] = told(client.post("/sign-in/", {"username": "ada", "login": "ada", "password": "a long enough secret"}))
answers["page"] = told(client.get("/portfolios/"))
answers["fragment"] = told(client.get("/projects/", HTTP_HX_REQUEST="true"))
answers["data for a page"] = told(client.get("/charts/trend/?node=NORTH"))
answers["API"] = told(client.get("/api/v1/projects/"))
answers["API table"] = told(client.get("/api/v1/projects/", HTTP_ACCEPT="text/csv"))
answers["API description"] = told(client.get("/api/v1/schema/"))
answers["API error"] = told(client.get("/api/v1/projects/999999/"))
answers["file"] = told(client.get("/imports/template-fr.xlsx"))
answers["not found"] = told(client.get("/nowhere/"))
answers["form without its token"] = told(Client(enforce_csrf_checks=True, **host).post("/sign-in/", {"username": "x"}))
answers["wrong method"] = told(client.generic("TRACE", "/portfolios/"))
answers["foreign host"] = told(client.get("/portfolios/", HTTP_HOST="evil.example"))
answers["redirect to sign in"] = told(Client(**host).get("/portfolios/"))
answers["API in clear"] = told(Client().get("/api/v1/projects/", HTTP_HOST="pmo.example.org"))
answers["redirect to https"] = told(Client().get("/portfolios/", HTTP_HOST="pmo.example.org"))
answers["health"] = told(client.get("/healthz"))
answers["report"] = told(client.post("/csp-report", "{}", content_type="application/csp-report"))
answers["static"] = told(client.get("/static/a.css"))
answers["sign out"] = told(client.post("/sign-out/"))
print(json.dumps(answers))
"""


@pytest.fixture
def production(world: World, ada: User, tmp_path: Path) -> dict[str, list]:
    """{kind: [status, headers, cookies]} of a process with production's settings."""
    compute()
    (tmp_path / "a.css").write_text("p{}")
    here = connection.settings_dict
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
        **production_environment(),
        "DATABASE_URL": f"postgres://{here['USER']}@/{here['NAME']}?host={here['HOST']}",
        "REDIS_URL": settings.REDIS_URL,
        "STATIC_ROOT": str(tmp_path),
        "DATA_DIR": str(tmp_path),
    }
    done = subprocess.run(
        [sys.executable, "-c", ASK],
        cwd=settings.BASE_DIR,
        env={**environment, "DJANGO_SETTINGS_MODULE": "pmo_portal.settings"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.django_db(transaction=True)
def test_every_kind_of_answer_carries_what_was_agreed(production: dict[str, list]) -> None:
    found = {
        kind: {"Status": str(status), **{name: value for name, value in headers.items() if name not in VARIABLE}}
        for kind, (status, headers, _cookies) in production.items()
    }
    assert found == expected()


def expected() -> dict[str, dict[str, str]]:
    """The reviewed list: each kind carries the headers of [always] and, where it says so, another value or `-`."""
    listed = configparser.ConfigParser(interpolation=None, delimiters=(":",), default_section="always")
    listed.optionxform = str  # type: ignore[assignment,method-assign]
    listed.read(EXPECTED)
    return {kind: {name: value for name, value in listed[kind].items() if value != "-"} for kind in listed.sections()}


@pytest.mark.django_db(transaction=True)
def test_cookies_of_production_stay_on_this_host_over_https_away_from_scripts(production: dict[str, list]) -> None:
    cookies = {
        cookie
        for _status, _headers, told in production.values()
        for cookie in told
        if "max-age=0" not in cookie.lower()
    }
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names == {"__Host-csrf", "__Host-session", "__Host-language"}
    for cookie in cookies:
        flags = {part.strip().lower() for part in cookie.split(";")[1:]}
        assert {"secure", "path=/", "samesite=lax"} <= flags, cookie
        assert "httponly" in flags, cookie
        assert not any(flag.startswith("domain") for flag in flags), cookie


@pytest.mark.django_db
def test_each_answer_of_a_crawl_is_strict_and_reading_writes_nothing(world: World, ada: User) -> None:
    make.milestone(world.tram)
    make.risk(world.tram)
    make.budget_line(world.tram)
    make.person("Zoé", user=ada)
    make.member(ada, "administrator")
    compute()
    client = Client()
    client.force_login(ada)
    client.get("/account/email/")  # the first time, the address that came with the account becomes a row of its own
    page_policy, before, wrong, kinds, asked = policy(settings.SECURE_CSP), state(), [], set(), 0
    for address, answer in crawl(client, [*START, "/charts/trend/?node=NORTH", "/imports/template-en.xlsx"], most=230):
        asked += 1
        kind, file = (
            answer.headers.get("Content-Type", ""),
            "attachment" in answer.headers.get("Content-Disposition", ""),
        )
        kinds.add(kind)
        expected = FILE_POLICY if file else page_policy if kind.startswith("text/html") else BARE_POLICY
        if (
            answer.headers["Content-Security-Policy"] != expected
            or answer.headers["X-Content-Type-Options"] != "nosniff"
        ):
            wrong.append(f"{address}: policy")
        if not re.search("no-store|private, no-cache", answer.headers["Cache-Control"]):
            wrong.append(f"{address}: may be kept by others")
        if kind.startswith("text/html") and b"<script>" in answer.content:
            wrong.append(f"{address}: script in the page")
        if answer.status_code not in (200, 302, 405):
            wrong.append(f"{address}: {answer.status_code}")
    assert wrong == []
    assert [table for table, held in state().items() if held != before[table]] == []
    assert kinds <= {
        "text/html; charset=utf-8",
        "application/json",
        "application/pdf",
        "application/vnd.oai.openapi+json",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
    assert asked > 200


def test_no_directive_is_loose() -> None:
    written = policy(settings.SECURE_CSP)
    assert "default-src 'none'" in written
    assert not re.search(r"unsafe|\*|https?:|blob:|strict-dynamic", written)
    assert "data:" not in written.replace("img-src 'self' data:", "")
