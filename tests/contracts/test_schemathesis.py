"""Schemathesis reads the OpenAPI document and sends what it allows and what it does not: every answer is one the document says.

Each operation is asked by the PMO and by a viewer, `EXAMPLES` times each, in this process and undone afterwards. Every check of
Schemathesis runs: no 5xx, documented statuses, types, headers and bodies, wrong data refused, no access without a token. That a
body is well formed does not make it right (a code may be nobody's, a date before another), so it may be refused with 400, 412,
422 or 428 too. And the viewer changes nothing but what is theirs alone: a saved view.
"""

import json
import os
from collections import Counter

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.config import SchemathesisConfig

from pmo_portal.core import tokens
from pmo_portal.core.schema import document
from tests import make

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "50"))
CHECKS = {
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "400", "401", "403", "404", "406", "409", "412", "422", "428", "429"]
    }
}
OWN = {("POST", "/api/v1/saved-views/"), ("DELETE", "/api/v1/saved-views/{id}/")}
SEEN: Counter[tuple[str, int]] = Counter()
RUN = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def operations() -> list[tuple[str, str]]:
    return [(method.upper(), path) for path, described in document()["paths"].items() for method in described]


@pytest.fixture(scope="module")
def described():
    raw = json.loads(json.dumps(document(), default=str))
    schema = schemathesis.openapi.from_dict(raw, config=SchemathesisConfig.from_dict({"checks": CHECKS}))
    schema.app = get_wsgi_application()
    schema.location = "http://testserver/api/v1/schema/"
    return schema


@pytest.fixture(autouse=True)
def one_transaction():
    """As Django's own test client does: a request leaves the connection, and with it the test's transaction, alone."""
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    yield
    for signal in signals:
        signal.connect(close_old_connections)


@pytest.fixture
def callers(ada, cleo, world):
    """Tokens of the PMO and of a viewer, in a world with a row of everything."""
    make.milestone(world.tram), make.budget_line(world.tram), make.risk(world.tram), make.person("Zoé")
    return {"pmo": tokens.issue(user=ada, name="x")[1], "viewer": tokens.issue(user=cleo, name="x")[1]}


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["pmo", "viewer"])
@pytest.mark.parametrize(("method", "path"), operations())
def test_operation(described, callers, role, method, path):
    headers = {"Authorization": f"Token {callers[role]}", "Accept-Encoding": "identity"}  # it unpacks nothing

    @seed(20261127)
    @RUN
    @given(case=described[path][method].as_strategy())
    def asked(case):
        answer = case.call_and_validate(headers=headers, base_url="http://testserver")
        SEEN[role, answer.status_code // 100] += 1
        if role == "viewer" and method != "GET" and (method, path) not in OWN:
            assert not 200 <= answer.status_code < 300, (case, answer.text)

    asked()


def test_it_tried_enough():
    told = ", ".join(f"{role} {kind}xx {count}" for (role, kind), count in sorted(SEEN.items()))
    print(f"\n{sum(SEEN.values())} cases: {told}")  # noqa: T201
    assert not any(kind == 5 for _role, kind in SEEN)
