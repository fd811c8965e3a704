"""One event is one line, of one shape, without secrets, whatever somebody sends (exam 100 of security.md §11)."""

import json
import logging
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from io import StringIO

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given
from hypothesis import settings as budget
from hypothesis import strategies as st

from pmo_portal.core import tokens, trace, work
from pmo_portal.core.environment import Environment
from pmo_portal.core.log_lines import HumanLines, JsonLines
from pmo_portal.core.models import User, Work
from pmo_portal.core.redaction import Redaction
from pmo_portal.core.security_events import EVENTS, security_event
from reporting.health.tasks import refresh_waiting
from tests import make
from tests.core.processes import free_port
from tests.core.test_environment import BASE_DIR, PRODUCTION
from tests.production_environment import production_environment

FIELDS = {"at", "level", "logger", "event", "message", "request_id", "source", "actor"}
SECRETS = ["kV9-zQ3_xT7bLw2YpJ8cRf5GhNd4sMu6aEi1oXq0", "9dKq-vX2/mRt7@"]
HOSTILE = 'x\r\n{"level": "INFO"}\n2026-11-27 INFO root forged\x0b\x0c\x1b[2J\x85\u2028\u2029\u202e\ud800\0'


@pytest.fixture
def lines() -> Iterator[StringIO]:
    """What production writes from here on."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines(SECRETS))
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(logging.INFO)
    yield stream
    root.removeHandler(handler)
    root.setLevel(before)


def read(stream: StringIO) -> list[dict]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize("name", EVENTS)
def test_each_security_event_is_one_line_of_the_same_shape(lines: StringIO, name: str) -> None:
    security_event(name, account=HOSTILE, password="hunter2-hunter2", nested={"token": "abc", "tries": 3})
    (line,) = read(lines)
    assert set(line) == FIELDS | {"details"}
    assert (line["logger"], line["event"]) == ("pmo.security", name)
    assert line["level"] in ("INFO", "WARNING")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line["at"])
    assert line["details"] == {"account": HOSTILE, "password": "…", "nested": {"token": "…", "tries": 3}}
    assert "hunter2" not in lines.getvalue()


@budget(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(), max_size=60), name=st.text(max_size=20))
@example(text=HOSTILE, name="a\nb")
def test_nothing_sent_begins_a_second_line(text: str, name: str) -> None:
    record = logging.makeLogRecord(
        {"msg": "asked for %s", "args": (text,), "name": name, "event": text, "details": {name: text, "deep": [text]}}
    )
    line = JsonLines().format(record)
    assert line.isascii()
    assert line.isprintable()
    assert json.loads(line)["event"] == text
    assert len(HumanLines().format(record).splitlines()) == 1


def test_a_traceback_stays_inside_its_line() -> None:
    try:
        raise ValueError(HOSTILE)
    except ValueError:
        # Not logged: what pytest captures of it could not be sent from one of its processes to another.
        line = JsonLines().format(logging.makeLogRecord({"msg": "failed", "exc_info": sys.exc_info()}))
    assert line.isprintable()
    assert json.loads(line)["error"].startswith("Traceback")
    record = logging.makeLogRecord({"msg": "failed", "exc_text": "Traceback:\nValueError: x\n2026 INFO forged\x1b[2J"})
    first, *rest = HumanLines().format(record).splitlines()
    assert len(rest) == 3
    assert all(one.startswith("    ") for one in rest)
    assert "\x1b" not in "".join(rest)
    assert "failed" in first


def test_an_error_of_the_database_tells_no_row(lines: StringIO, db: None) -> None:
    """A row that a rule refused may be that of a confidential project: neither the log nor a job repeats it."""
    project = make.project(name="Fusion of\nHINT: the two", description="Not\n\nto be told")
    work.want("health", [project.pk])
    lease = work.Lease(project.pk, 1, 1)
    for broken in ("percent_complete = 101", "code = NULL", "portfolio_id = 0"):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"UPDATE projects_project SET {broken}")
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        except DatabaseError as error:
            logging.getLogger("x").exception("failed (%s)", error)
            work.fail("health", lease, error=f"{type(error).__name__}: {error}")
        told = Work.objects.get(subject_id=project.pk).last_error + lines.getvalue()
        assert "Error" in told
        assert not any(word in told for word in ("Fusion", "the two", "to be told", project.code))


def test_arguments_that_do_not_fit_are_no_second_error() -> None:
    line = JsonLines().format(logging.makeLogRecord({"msg": "%d of %s", "args": ("many",)}))
    assert "many" in json.loads(line)["message"]


@pytest.mark.parametrize(
    "told",
    [
        "connecting to postgres://portal:S3cr-et_value@db:5432/pmo",
        "redis://:S3cr-et_value@queue:6379/0 is away",
        "dsn: host=db user=portal password=S3cr-et_value dbname=pmo",
        "dsn: password='S3cr-et_value with blanks' host=db",
        "Authorization: Token S3cr-et_value",
        "{'HTTP_AUTHORIZATION': 'Bearer S3cr-et_value'}",
        "Cookie: pmo_session=S3cr-et_value; theme=dark",
        "Set-Cookie: __Host-session=S3cr-et_value; Path=/",
        'body {"password": "S3cr-et_value", "name": "x"}',
        "csrfmiddlewaretoken=S3cr-et_value&name=x",
        "client_secret=S3cr-et_value",
        "api_key: S3cr-et_value",
        "pmo_abcdefgh_S3cr-et_value0123456789abcdefghijklmnopqrst",
        "id_token eyJhbGciOiJIUzI1NiJ9.S3cr-et_value.S3cr-et_value",
    ],
)
def test_what_looks_like_a_secret_is_not_told(told: str) -> None:
    assert "S3cr-et_value" not in Redaction().text(told)


def test_secrets_of_this_installation_are_known_by_value(tmp_path) -> None:
    (tmp_path / "mail").write_text("mail-of-the-portal\n")
    values = {
        **PRODUCTION,
        "REDIS_URL": "redis://:p%40ss-of-redis@queue:6379/0",
        "OIDC_CLIENT_SECRET": "oidc-of-the-portal",
        "EMAIL_PASSWORD_FILE": str(tmp_path / "mail"),
        "TOKEN_PEPPERS": "Zt4Xb8Nq2Wc6Vm0Kj9Hg7Fd5Sa3Po1Iu-yRrEwB,At4Xb8Nq2Wc6Vm0Kj9Hg7Fd5Sa3Po1Iu-yRrEwB",
    }
    redaction = Redaction(Environment.read(values, tmp_path).secrets)
    for secret in (
        PRODUCTION["SECRET_KEY"],
        *values["TOKEN_PEPPERS"].split(","),
        "9dKq-vX2_mRt7",
        "p@ss-of-redis",
        "p%40ss-of-redis",
        "oidc-of-the-portal",
        "mail-of-the-portal",
    ):
        assert redaction.text(f"it was [{secret}].") == "it was […]."
    assert redaction.text("nothing to hide: pmo.example.org") == "nothing to hide: pmo.example.org"


@pytest.mark.parametrize(
    "piece", ["csrf", "eyJ", "://a:", "password='", "token ", "pmo_abcdefgh_", "cookie ", "-eyJ", "a@"]
)
def test_hiding_is_quick_on_what_is_made_to_be_slow(piece: str) -> None:
    started = time.process_time()
    Redaction(SECRETS).text(piece * 8000)
    assert time.process_time() - started < 0.3


@pytest.mark.django_db
def test_one_id_joins_the_page_its_sql_and_its_job(lines: StringIO, ada: User, client: Client) -> None:
    client.force_login(ada)
    with CaptureQueriesContext(connection) as asked:
        client.get("/projects/?q=Geheim", headers={"X-Request-ID": "page-12345678"})
    assert asked.captured_queries
    assert {sql["sql"].partition("*/")[0] for sql in asked.captured_queries if "SELECT" in sql["sql"]} == {
        "/*request=page-12345678 source=page"
    }
    (line,) = [one for one in read(lines) if one["logger"] == "pmo.request"]
    assert (line["request_id"], line["actor"], line["source"]) == ("page-12345678", ada.pk, "page")
    assert line["details"].items() >= {"method": "GET", "path": "/projects/", "status": 200}.items()
    assert "Geheim" not in lines.getvalue(), "what people search for stays out of the log"


@pytest.mark.django_db(transaction=True)
def test_a_job_works_under_the_id_of_the_request_that_rang() -> None:
    with CaptureQueriesContext(connection) as asked:
        refresh_waiting.apply(headers={"asked_by": "page-87654321"})
    assert "/*request=page-87654321 source=job*/" in asked.captured_queries[0]["sql"]
    with CaptureQueriesContext(connection) as asked:
        refresh_waiting.apply()
    assert "page-87654321" not in asked.captured_queries[0]["sql"]


@pytest.mark.django_db
def test_an_id_cannot_end_the_comment(db) -> None:
    with (
        trace.tracing(source="page", request_id="x*/ DROP TABLE core_user --"),
        CaptureQueriesContext(connection) as asked,
    ):
        User.objects.exists()
    assert asked.captured_queries[0]["sql"].startswith("SELECT")


@pytest.mark.django_db
def test_the_api_line_names_the_owner_of_the_token_and_no_token(lines: StringIO, ada: User, client: Client) -> None:
    _token, text = tokens.issue(user=ada, name="report")
    client.get("/api/v1/projects/", headers={"Authorization": f"Token {text}"})
    client.get(f"/api/v1/nowhere/{text}/", headers={"Authorization": f"Token {text}", "Cookie": "pmo_session=abc"})
    shown = [one for one in read(lines) if one["logger"] == "pmo.request"]
    assert [one["details"]["status"] for one in shown] == [200, 400]  # a token in an address is refused
    assert shown[0]["actor"] == ada.pk
    assert text.rpartition("_")[2] not in lines.getvalue()


def test_the_web_server_and_the_worker_of_production_write_lines_too(tmp_path) -> None:
    """What the image starts, with nothing behind it: every line on both outputs is a JSON object."""
    environment = {**os.environ, **production_environment(), "DATA_DIR": str(tmp_path), "STATIC_ROOT": str(tmp_path)}
    web = [
        "-m",
        "pmo_portal.web",
        "--interface",
        "wsgi",
        "--port",
        str(free_port()),
        "--no-ws",
        "--log-level",
        "info",
        "--workers-kill-timeout",
        "2",
    ]
    config = re.search(r'"--log-config", "([^"]+)"', (BASE_DIR / "Dockerfile").read_text())
    assert config
    worker = ["-m", "celery", "--quiet", "-A", "pmo_portal", "worker", "--concurrency=1", "--loglevel=INFO"]
    for command in ([*web, "--log-config", config[1], "pmo_portal.wsgi:application"], worker):
        log = tmp_path / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *command], cwd=BASE_DIR, env=environment, stdout=output, stderr=output
            )
        deadline = time.monotonic() + 20
        while len(log.read_bytes().splitlines()) < 2 and time.monotonic() < deadline:
            time.sleep(0.2)
        process.terminate()
        process.wait(20)
        told = log.read_text().replace(
            "worker: Warm shutdown (MainProcess)", ""
        )  # said by a signal handler, which may not log
        written = [json.loads(line) for line in told.splitlines() if line]
        assert len(written) >= 2
        assert all(set(line) >= FIELDS for line in written)
        assert not any(
            secret in log.read_text() for secret in (environment["SECRET_KEY"], environment["DATABASE_PASSWORD"])
        )
