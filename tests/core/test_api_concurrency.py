"""Many writers of one row by form, API and bulk: what was acknowledged is there; a lost answer is no lost or doubled change."""

import http.client
import json
import threading
import time
import uuid
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connections, transaction
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from pmo_portal.core.models import KeptAnswer
from projects.models import Risk
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db(transaction=True)
FORM = {"kind": "threat", "status": "active", "probability": 1, "impact": 1}


def by_api(api: Api, risk: Risk, row: dict[str, Any]) -> bool:
    """One more, through the API; whether it was acknowledged."""
    change = {"title": str(int(row["title"]) + 1)}
    answer = api.patch(f"risks/{risk.pk}/", change, version=row["version"])
    assert answer.status_code in (200, 409, 412), answer.content
    return bool(answer.status_code == 200)


def by_bulk(api: Api, risk: Risk, row: dict[str, Any]) -> bool:
    """One more, as one of many rows with the version it saw."""
    sent = {
        "project": risk.project_id,
        "external_ref": "R",
        "title": str(int(row["title"]) + 1),
        "version": row["version"],
    }
    answer = api.post("risks/bulk/", {"rows": [sent]})
    assert answer.status_code in (200, 409, 422), answer.content
    return bool(answer.status_code == 200)


def by_form(api: Api, risk: Risk, row: dict[str, Any]) -> bool:
    """One more, through the form of the page."""
    form = {**FORM, "title": str(int(row["title"]) + 1), "version": row["version"], "code": row["code"]}
    answer = api.browser.post(f"/risks/{risk.pk}/edit/", form)  # type: ignore[attr-defined]
    assert answer.status_code in (302, 409), answer.content[:2000]
    return bool(answer.status_code == 302)


def edited(*, clients: int, edits: int) -> tuple[int, int, int]:
    """(acknowledged, refused, what the row says) after so many clients made so many edits each, three ways in turn."""
    user, risk = (
        make.user("ada", role="pmo"),
        make.risk(external_ref="R", title="0", code="R1", probability=1, impact=1),
    )
    counted, guard = {True: 0, False: 0}, threading.Lock()

    def client(number: int) -> None:
        api = Api(user)
        api.browser = Client()  # type: ignore[attr-defined]
        api.browser.force_login(user)  # type: ignore[attr-defined]
        try:
            for edit in range(edits):
                way, done = (by_api, by_form, by_bulk)[(number + edit) % 3], False
                while not done:
                    done = way(api, risk, api.get(f"risks/{risk.pk}/").json())
                    with guard:
                        counted[done] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=600)
    return counted[True], counted[False], int(Risk.objects.get(pk=risk.pk).title)


def test_no_acknowledged_edit_is_lost() -> None:
    acknowledged, refused, final = edited(clients=4, edits=6)
    assert acknowledged == final == 24
    assert refused >= 0


def made_at_once(callers: int) -> tuple[int, set[tuple[int, bytes]]]:
    """(rows made, distinct answers) of so many requests with one key at the same time."""
    api, project = Api(make.user(role="pmo")), make.project()
    sent, key = {"project": project.pk, "title": "Une fois", "probability": 2, "impact": 2}, {"Idempotency-Key": "k"}
    answers: list[tuple[int, bytes]] = []

    def send() -> None:
        try:
            answer = api.post("risks/", sent, **key)
            while answer.status_code == 409:  # waited too long for the first of its kind: try again, as it says
                time.sleep(0.2)
                answer = api.post("risks/", sent, **key)
            answers.append((answer.status_code, answer.content))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert len(answers) == callers
    return Risk.objects.count(), set(answers)


def test_many_at_once_are_one_effect_and_one_answer() -> None:
    made, answers = made_at_once(12)
    assert (made, len(answers)) == (1, 1)


def cut_and_sent_again(server: str, api: Api, project: int) -> bool:
    """Send a change, cut the connection once it is committed, its answer unread, and send it again; whether it was made once."""
    before, key = Risk.objects.count(), str(uuid.uuid4())
    body = json.dumps({"project": project, "title": key, "probability": 1, "impact": 1})
    headers = {**api.headers, "Idempotency-Key": key, "Content-Type": "application/json"}
    address = urlsplit(server)
    first = http.client.HTTPConnection(str(address.hostname), address.port)
    first.request("POST", "/api/v1/risks/", body, headers)
    deadline = time.monotonic() + 20
    while not KeptAnswer.objects.filter(key=key).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    first.close()  # nobody reads what was answered
    second = http.client.HTTPConnection(str(address.hostname), address.port)
    second.request("POST", "/api/v1/risks/", body, headers)
    answer = second.getresponse()
    row = json.loads(answer.read())
    second.close()
    assert (answer.status, answer.headers["Idempotency-Replayed"]) == (201, "true")
    assert Risk.objects.get(title=key).pk == row["id"]
    return Risk.objects.count() == before + 1


def test_an_answer_that_got_lost_is_given_again(live_server: LiveServer) -> None:
    api, project = Api(make.user(role="pmo")), make.project()
    assert all(cut_and_sent_again(live_server.url, api, project.pk) for _time in range(5))


def test_rows_held_too_long_are_told_to_try_again() -> None:
    """A bulk that waits for a project somebody holds is a 409 with Retry-After, never an error of ours."""
    api, risk = Api(make.user(role="pmo")), make.risk(external_ref="R")
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                list(type(risk.project).objects.select_for_update().filter(pk=risk.project_id))
                held.set()
                done.wait(30)
        finally:
            connections.close_all()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    try:
        answer = api.post("risks/bulk/", {"rows": [{"project": risk.project_id, "external_ref": "R", "title": "x"}]})
    finally:
        done.set()
        holder.join(timeout=30)
    assert (answer.status_code, answer["Retry-After"]) == (409, "1")
    assert Risk.objects.get(pk=risk.pk).title == risk.title
