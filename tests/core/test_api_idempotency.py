"""A change sent again under the same key is made once and answered the same (security.md exam 75)."""

import threading
from datetime import timedelta

import pytest
from django.db import connections
from django.utils import timezone

from pmo_portal.core import tokens
from pmo_portal.core.models import AuditEvent, KeptAnswer
from projects.models import Project, Risk
from reporting.health.services.refresh import refresh
from tests import make
from tests.core.api_client import Api

pytestmark = pytest.mark.django_db
KEY = {"Idempotency-Key": "6f1c2a"}


def body(world, **changes):
    return {"project": world.tram.pk, "title": "Sol instable", "probability": 3, "impact": 4, **changes}


def told(answer):
    return answer.status_code, answer.content, answer.headers.get("Location"), answer.headers.get("ETag")


def test_the_same_again_is_answered_and_not_made_again(ada, world):
    first, again = (Api(ada).post("risks/", body(world), **KEY) for _time in range(2))
    assert first.status_code == 201
    assert told(first) == told(again)
    assert (first.headers.get("Idempotency-Replayed"), again.headers["Idempotency-Replayed"]) == (None, "true")
    assert Risk.objects.count() == 1
    reordered = dict(reversed(body(world).items()))
    assert told(Api(ada).post("risks/", reordered, **KEY)) == told(first)


def test_without_a_key_each_is_made(ada, world):
    for _time in range(2):
        assert Api(ada).post("risks/", body(world)).status_code == 201
    assert Risk.objects.count() == 2


@pytest.mark.parametrize("other", [{"title": "Autre"}, {"impact": 5}])
def test_another_content_under_the_key_is_refused(ada, world, other):
    Api(ada).post("risks/", body(world), **KEY)
    answer = Api(ada).post("risks/", body(world, **other), **KEY)
    assert answer.status_code == 422
    assert "Idempotency-Key" in answer.json()["detail"]
    assert Api(ada).post("milestones/", {"project": world.tram.pk, "name": "J"}, **KEY).status_code == 422
    assert Risk.objects.count() == 1


def test_a_rehearsal_is_another_request(ada, world):
    """Without this, who tries first and then means it is told that it was done, and nothing is."""
    sent = {"rows": [{**body(world), "external_ref": "SAP-1"}]}
    assert Api(ada).post("risks/bulk/?dry_run=true", sent, **KEY).json()["created"] == 1
    assert Api(ada).post("risks/bulk/", sent, **KEY).status_code == 422
    assert Api(ada).post("risks/bulk/", sent, **{"Idempotency-Key": "another"}).json()["created"] == 1
    assert Risk.objects.count() == 1


def test_a_token_that_may_see_less_is_not_told_what_another_was(ada, world):
    """The answer to a key tells the money of the project; a token of the same owner that was given none asks again."""
    make.budget_line(world.tram, amount="1234.50")
    refresh([world.tram.pk], on=make.TODAY, at=timezone.now())
    address, sent = (
        f"projects/{world.tram.pk}/status/",
        {"declared": "amber", "trend": "down", "key_message": "En retard"},
    )
    first = Api(ada).post(address, sent, version=1, **KEY)
    assert first.json()["budget"] == "1234.50"
    for limits in ({"scopes": ["projects:write"]}, {"projects": [world.tram.pk]}):
        poor = Api(None)
        poor.headers = {"Authorization": f"Token {tokens.issue(user=ada, name='poor', **limits)[1]}"}
        answer = poor.post(address, sent, version=1, **KEY)
        assert answer.status_code == 422
        assert "1234" not in answer.content.decode()


def test_keys_are_each_caller_s_own(ada, ben, world):
    for user in (ada, ben):
        assert Api(user).post("risks/", body(world), **KEY).status_code == 201
    assert Risk.objects.count() == 2


def test_a_refused_change_keeps_nothing(ada, world):
    assert Api(ada).post("risks/", body(world, probability=9), **KEY).status_code == 400
    assert not KeptAnswer.objects.exists()
    assert Api(ada).post("risks/", body(world), **KEY).status_code == 201


def test_a_declared_status_is_declared_once(ben, world):
    sent = {"declared": "amber", "trend": "down", "key_message": "Deux mois de retard"}
    address = f"projects/{world.tram.pk}/status/"
    first = Api(ben).post(address, sent, version=1, **KEY)
    again = Api(ben).post(address, sent, version=1, **KEY)  # its version is over: without the key this would be 412
    assert told(first) == told(again)
    assert first.status_code == 200
    assert AuditEvent.objects.filter(action="declare").count() == 1
    assert Project.objects.get(pk=world.tram.pk).version == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "é", "a\tb"])
def test_a_key_that_is_none(ada, world, key):
    assert Api(ada).post("risks/", body(world), **{"Idempotency-Key": key}).status_code == 400
    assert not Risk.objects.exists()


def test_after_a_day_the_key_is_free_and_old_answers_go(ada, ben, world):
    Api(ada).post("risks/", body(world), **KEY)
    Api(ben).post("risks/", body(world), **KEY)
    KeptAnswer.objects.update(created_at=timezone.now() - timedelta(hours=25))
    answer = Api(ada).post("risks/", body(world), **KEY)
    assert "Idempotency-Replayed" not in answer.headers
    assert Risk.objects.count() == 3
    assert KeptAnswer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one_change():
    user, project = make.user(role="pmo"), make.project()
    caller = Api(user)
    sent = {"project": project.pk, "title": "Une fois", "probability": 2, "impact": 2}
    answers = []

    def send() -> None:
        try:
            answers.append(told(caller.post("risks/", sent, **KEY)))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=send) for _number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Risk.objects.count() == 1
    assert len(answers) == 20
    assert len(set(answers)) == 1
    assert answers[0][0] == 201
