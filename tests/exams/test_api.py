"""The API at the size of the security plan: mass assignment by every role, lost updates, idempotency (exams A 7, G 73, G 75)."""

from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from pmo_portal.core.models import User
from projects.access.models import Membership
from tests import make
from tests.core.api_client import Api
from tests.core.test_api_concurrency import cut_and_sent_again, edited, made_at_once
from tests.core.test_api_mass_assignment import GUESSES, declared, every_column, every_role


@pytest.mark.django_db
def test_every_role_and_every_column(ada: User, world: Any) -> None:
    asked, changed = every_role(
        ada, world, Membership.Role.values, lambda name: sorted((every_column() | GUESSES) - declared(name))
    )
    print(f"\n{asked} requests with an undeclared member by {len(Membership.Role)} roles, {changed} changes")  # noqa: T201
    assert changed == 0


@pytest.mark.django_db(transaction=True)
def test_eight_clients_and_sixty_edits_each() -> None:
    acknowledged, refused, final = edited(clients=8, edits=60)
    print(f"\n{acknowledged} acknowledged, {refused} refused as stale, the row says {final}")  # noqa: T201
    assert acknowledged == final == 480


@pytest.mark.django_db(transaction=True)
def test_fifty_at_once() -> None:
    made, answers = made_at_once(50)
    print(f"\n{made} row made, {len(answers)} distinct answer")  # noqa: T201
    assert (made, len(answers)) == (1, 1)


@pytest.mark.django_db(transaction=True)
def test_fifty_answers_cut_off(live_server: LiveServer) -> None:
    api, project = Api(make.user(role="pmo")), make.project()
    once = sum(cut_and_sent_again(live_server.url, api, project.pk) for _time in range(50))
    print(f"\n{once} of 50 changes whose answer was cut off were made once")  # noqa: T201
    assert once == 50
