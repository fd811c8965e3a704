"""Exam C 42: files sent and taken out, letters, imports at once: so many for one actor, exactly, however they are asked for."""

import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.utils import timezone

from pmo_portal.core import quotas
from pmo_portal.core.errors import TooMuch
from pmo_portal.core.models import Quota, User
from projects.exchange.models import ImportBatch
from tests import make
from tests.core.api_client import ROOT, Api

CLIENTS = 8
FILE = b"code,name\nT1,Tram"


@pytest.fixture
def limits(settings: Any, db: None) -> Iterator[Callable[..., None]]:
    """`limits(exports_per_hour=2)`; what was counted is forgotten afterwards, since it is no part of the test's transaction."""
    yield lambda **most: setattr(settings, "QUOTAS", {**settings.QUOTAS, **most})
    apart("DELETE FROM core_quota")


def apart(sql: str, *params: Any) -> None:
    with closing(connection.copy()) as own, own.cursor() as cursor:
        cursor.execute(sql, params)


def later(minutes: int) -> None:
    """As if so much time had passed."""
    moved = "ARRAY(SELECT one - %s FROM unnest(taken) one ORDER BY one)"
    apart(f"UPDATE core_quota SET taken = {moved}", timedelta(minutes=minutes))


def at_once(attempt: Callable[[int], str]) -> Counter[str]:
    """What so many clients were told, each in a thread with a connection of its own, all starting together."""
    told: Counter[str] = Counter()
    start, guard = threading.Barrier(CLIENTS), threading.Lock()

    def client(number: int) -> None:
        try:
            start.wait(timeout=30)
            for _time in range(5):
                outcome = attempt(number)
                with guard:
                    told[outcome] += 1
        finally:
            connections.close_all()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    return told


@pytest.mark.django_db(transaction=True)
def test_the_limit_is_exact_under_eight_clients(limits: Any) -> None:
    limits(exports_per_hour=13, mails_per_hour=21, imports_at_once=3)
    user, other = make.user("ada", role="pmo"), make.user("max", role="pmo")
    apis = [Api(user) for _client in range(CLIENTS)]

    def export(number: int) -> str:
        answer = apis[number].client.get(f"{ROOT}people/", headers={**apis[number].headers, "Accept": "text/csv"})
        assert answer.status_code == 200 or 3590 <= int(answer["Retry-After"]) <= 3600, answer.content
        return str(answer.status_code)

    assert at_once(export) == {"200": 13, "429": CLIENTS * 5 - 13}

    def letter(number: int) -> str:
        try:
            quotas.take("mails_per_hour", by=user)
        except TooMuch:
            return "refused"
        return "sent"

    assert at_once(letter) == {"sent": 21, "refused": CLIENTS * 5 - 21}
    quotas.take("mails_per_hour", by=other)

    most, guard = Counter[str](), threading.Lock()

    def run(number: int) -> str:
        try:
            with quotas.running("imports_at_once", by=user):
                with guard:
                    most["now"] += 1
                    most["most"] = max(most["most"], most["now"])
                threading.Event().wait(0.05)
                with guard:
                    most["now"] -= 1
        except TooMuch:
            return "refused"
        return "ran"

    told = at_once(run)
    assert most["most"] == 3
    assert told["refused"] > 0
    assert told["ran"] >= 3
    for _time in range(4):  # each is given back
        with quotas.running("imports_at_once", by=user):
            pass
    quotas.forget(timezone.now() + timedelta(hours=3))
    assert not Quota.objects.exists()


def test_it_is_of_one_actor_and_of_the_last_hour(limits: Any, ada: User, ben: User) -> None:
    limits(exports_per_hour=2)
    quotas.take("exports_per_hour", by=ada)
    later(20)
    quotas.take("exports_per_hour", by=ada)
    with pytest.raises(TooMuch) as refused:
        quotas.take("exports_per_hour", by=ada)
    assert 2390 <= refused.value.wait <= 2401, "the oldest leaves in forty minutes"
    quotas.take("exports_per_hour", by=ben)
    later(41)
    quotas.take("exports_per_hour", by=ada)
    with pytest.raises(TooMuch):
        quotas.take("exports_per_hour", by=ada)
    later(61)
    quotas.take("exports_per_hour", by=ada)


def test_a_lowered_limit_waits_for_enough_of_them(limits: Any, ada: User) -> None:
    limits(exports_per_hour=3)
    for _time in range(3):
        quotas.take("exports_per_hour", by=ada)
        later(10)
    limits(exports_per_hour=1)
    with pytest.raises(TooMuch) as refused:
        quotas.take("exports_per_hour", by=ada)
    assert 2990 <= refused.value.wait <= 3001, "until the newest has left, ten minutes old"


def test_what_runs_and_dies_is_given_back_by_the_clock(limits: Any, ada: User) -> None:
    limits(imports_at_once=1)
    quotas.take("imports_at_once", by=ada)
    with pytest.raises(TooMuch), quotas.running("imports_at_once", by=ada):
        pass
    later(11)
    with quotas.running("imports_at_once", by=ada):
        pass


@pytest.mark.parametrize(("language", "words"), [("fr", r"Réessayez à \d\d:\d\d"), ("en", r"Try again at \d\d:\d\d")])
def test_files_sent_by_page_and_api(
    limits: Any, client: Client, ada: User, world: Any, language: str, words: str
) -> None:
    """Whatever becomes of them, also below an Idempotency-Key; refused in the reader's language, with the time."""
    User.objects.filter(pk=ada.pk).update(language=language)
    limits(imports_per_hour=3)
    client.force_login(ada)
    page = {"portfolio": "NORTH", "profile": "generic"}
    assert client.post("/imports/new/", {**page, "file": SimpleUploadedFile("a.csv", FILE)}).status_code == 302
    assert client.post("/imports/new/", {**page, "file": SimpleUploadedFile("a.csv", b"\x00\x01")}).status_code == 422
    caller = Api(ada)
    sent = {"portfolio": "NORTH", "dry_run": "true"}

    def send(content: bytes, **headers: str) -> Any:
        data = {**sent, "file": SimpleUploadedFile("a.csv", content)}
        return caller.client.post(
            f"{ROOT}imports/", data, headers={**caller.headers, "Accept-Language": language, **headers}
        )

    assert send(b"\x00\x01", **{"Idempotency-Key": "one"}).status_code == 422
    before = ImportBatch.objects.count()
    refused = send(FILE)
    assert (refused.status_code, refused.json()["type"]) == (429, "urn:pmo-portal:problem:too-many")
    assert 3590 <= int(refused["Retry-After"]) <= 3600
    assert re.search(words, refused.json()["detail"])
    shown = client.post("/imports/new/", {**page, "file": SimpleUploadedFile("a.csv", FILE)})
    assert shown.status_code == 429
    assert re.search(words, shown.content.decode())
    assert ImportBatch.objects.count() == before


def test_files_taken_out_while_seeing_as_someone_else_count_for_who_looks(
    limits: Any, client: Client, cleo: User
) -> None:
    """Nothing else is written in there."""
    limits(exports_per_hour=1)
    admin = make.user("rex", role="administrator")
    client.force_login(admin)
    assert client.post(f"/users/{cleo.pk}/see-as/", {"reason": "Ticket 1"}).status_code == 302
    codes = [client.get(f"{ROOT}projects/", headers={"Accept": "text/csv"}).status_code for _time in range(2)]
    assert codes == [200, 429]
    quotas.take("exports_per_hour", by=cleo)


def test_the_audit_log_as_a_file(limits: Any, client: Client, ada: User) -> None:
    limits(exports_per_hour=1)
    client.force_login(ada)
    assert client.post("/administration/audit/export/").status_code == 200
    refused = client.post("/administration/audit/export/", follow=True)
    assert re.search(r"Try again at \d\d:\d\d", refused.content.decode())


def test_letters(limits: Any, client: Client, ada: User, omar: User) -> None:
    """An account whose letter may not be sent is not made; of a forgotten password one learns nothing by the limit."""
    limits(mails_per_hour=2)
    client.force_login(ada)
    form = {"username": "lea", "email": "lea@example.org", "language": "en"}
    assert client.post("/users/new/", form).status_code == 302
    quotas.take("mails_per_hour", by=ada)
    refused = client.post("/users/new/", {**form, "username": "max", "email": "max@example.org"})
    assert (refused.status_code, len(mail.outbox)) == (429, 1)
    assert not User.objects.filter(username="max").exists()

    stranger = Client()
    told = []
    for email in (omar.email, "nobody@example.org", omar.email, "nobody@example.org"):
        answer = stranger.post("/sign-in/password/", {"email": email})
        told.append((answer.status_code, bool(re.search(r"\d\d:\d\d", answer.content.decode()))))
    assert told[0] == told[1] != told[2] == told[3]
    assert len(mail.outbox) == 2
