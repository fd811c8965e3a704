"""The attacks of tests/attacks at length; each prints its figure (pytest -s)."""

import pytest
from django.test import Client

from pmo_portal.core.models import User
from tests.attacks import test_foreign_forms, test_injection, test_redirects, test_uploads
from tests.cast import World

pytestmark = pytest.mark.django_db


def test_foreign_forms_by_every_method_and_way(world: World, ada: User) -> None:
    print(f"{test_foreign_forms.refused(world, ada)} foreign requests, all refused, no row changed")  # noqa: T201


def test_redirects_by_every_payload(world: World, ada: User) -> None:
    print(f"{test_redirects.sent_nowhere(world, ada, test_redirects.PAYLOADS)} requests, none sent away")  # noqa: T201


def test_two_thousand_payloads(world: World, ada: User) -> None:
    asked = test_injection.survives(world, ada, test_injection.payloads(2000, seed=11))
    print(f"{asked} requests with 2,000 payloads: no error of ours, none in PostgreSQL's log, no pause")  # noqa: T201


def test_every_name_content_and_declared_type(client: Client, ada: User) -> None:
    client.force_login(ada)
    print(f"{test_uploads.tried(client, test_uploads.every_case())} uploads, each answered as the table says")  # noqa: T201
