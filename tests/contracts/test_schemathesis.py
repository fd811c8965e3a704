"""Schemathesis reads the OpenAPI document and sends what it allows and what it does not: every answer is one the document says.

Each operation is asked by the PMO and by a viewer, `EXAMPLES` times each, in this process and undone afterwards: with what the
document allows, with the same about a row that is there, and, by the PMO, with what it forbids (whoever may not write is refused
before anybody looks at what they send). And the viewer changes nothing but what is theirs alone: a saved view.

Every check of one answer is on. Five look at requests that are not made here, and what they ask is asked elsewhere:
`use_after_free` and `ensure_resource_availability` at several in a row (test_api_schema.py makes, reads and deletes a row of
everything), `unsupported_method` and `missing_required_header` at those of the tool's coverage phase (the access tables ask every
address with every method, test_api_schema.py changes without `If-Match`), `object_level_authorization` at a second identity (the
access tables have 38, and look for the marks of what is hidden in every answer).
"""

import json
import logging
import os
from collections import Counter
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.config import SchemathesisConfig
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import ignored_auth, negative_data_rejection

from pmo_portal.core import tokens
from pmo_portal.core.schema import document
from tests import make
from tests.cast import World
from tests.core.api_rows import one_of_each

EXAMPLES = int(os.environ.get("SCHEMATHESIS_EXAMPLES", "4"))
SEED = int(os.environ.get("SCHEMATHESIS_SEED", "20261127"))  # the same for every commit: what fails is the change
# All are on. One is wider than the tool has it: that a body is well formed does not make it right. A code may be nobody's or
# taken (400, 422), a date before another (422), a row not there (404) or not theirs to change (403), and who never saw a version
# cannot name it (412, 428). What the statuses mean is checked by the tests of each resource.
CHECKS: dict[str, Any] = {
    "positive_data_acceptance": {
        "expected-statuses": ["2xx", "400", "401", "403", "404", "406", "409", "412", "422", "428", "429"]
    },
    # An `If-Match` that names no version at all is simply not the stored one (test_api_addresses.py asks that of every address).
    "negative_data_rejection": {
        "expected-statuses": ["400", "401", "403", "404", "405", "406", "409", "412", "415", "422", "428", "429"]
    },
}
OWN = {("POST", "/api/v1/saved-views/"), ("DELETE", "/api/v1/saved-views/{id}/")}
SEEN: Counter[tuple[str, str, int]] = Counter()
ENFORCED: set[tuple[str, str]] = set()  # that an operation asks who one is needs one proof, of three requests
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
def described() -> Any:
    raw = json.loads(json.dumps(document(), default=str))
    schema = schemathesis.openapi.from_dict(raw, config=SchemathesisConfig.from_dict({"checks": CHECKS}))
    schema.app = get_wsgi_application()
    schema.location = "http://testserver/api/v1/schema/"
    return schema


@pytest.fixture(scope="module")
def callers(django_db_setup: None, django_db_blocker: Any) -> Any:
    """({role: its token}, {collection: id of a row}): a world with a row of everything, made once and undone at the end.

    As with Django's own test client, a request leaves the connection, and with it the transaction, alone.
    """
    signals = (request_started, request_finished)
    for signal in signals:
        signal.disconnect(close_old_connections)
    logging.disable(logging.WARNING)  # each of thousands of refusals would be told
    with django_db_blocker.unblock(), transaction.atomic():
        north, south = make.portfolio("NORTH"), make.portfolio("SOUTH")
        rail = make.programme("RAIL", parent=north)
        tram, harbour = make.project("TRAM", node=rail), make.project("HARBOUR", node=south)
        secret = make.project("SECRET", node=south, confidentiality="confidential")
        people = {"pmo": make.user("ada", role="pmo"), "viewer": make.user("cleo", role="viewer", on=north)}
        rows = one_of_each(people["pmo"], World(north, rail, south, tram, harbour, secret))
        yield {role: tokens.issue(user=user, name="x")[1] for role, user in people.items()}, rows
        transaction.set_rollback(True)
    logging.disable(logging.NOTSET)
    for signal in signals:
        signal.connect(close_old_connections)


def cases(operation: Any, role: str, path: str, rows: dict[str, int]) -> Any:
    """What the document allows, the same about a row that is there, and what it forbids."""
    collection, _slash, rest = path.removeprefix("/api/v1/").partition("/")
    found = operation.as_strategy()
    if role == "pmo":
        found |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    if rest.startswith("{"):
        found |= operation.as_strategy(path_parameters={rest[1 : rest.index("}")]: rows[collection]})
    return found


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["pmo", "viewer"])
@pytest.mark.parametrize(("method", "path"), operations())
def test_operation(described: Any, callers: Any, role: str, method: str, path: str) -> None:
    (named, rows), operation, seen = callers, described[path][method], set[str]()
    headers = {"Authorization": f"Token {named[role]}", "Accept-Encoding": "identity"}  # it unpacks nothing

    @seed(SEED)
    @RUN
    @given(case=cases(operation, role, path, rows))
    def asked(case: Any) -> None:
        left_out = [ignored_auth] if (method, path) in ENFORCED else []
        if path.endswith("/bulk/") and {"partial", "dry_run"} & set(case.query or ()):
            left_out.append(
                negative_data_rejection
            )  # asked to go on without the wrong rows, it says 200 and which they are
        answer = case.call_and_validate(headers=headers, base_url="http://testserver", excluded_checks=left_out)
        SEEN[role, case.meta.generation.mode.value, answer.status_code // 100] += 1
        seen.add(case.meta.generation.mode.value)
        if 200 <= answer.status_code < 300:
            ENFORCED.add((method, path))
            assert role != "viewer" or method == "GET" or (method, path) in OWN, (case, answer.text)

    asked()
    if (role, method, path) == ("pmo", "POST", "/api/v1/projects/"):
        assert seen == {"positive", "negative"}


def test_what_was_tried() -> None:
    told = ", ".join(f"{role} {mode} {kind}xx {count}" for (role, mode, kind), count in sorted(SEEN.items()))
    print(f"\n{sum(SEEN.values())} cases in this process with the seed {SEED}: {told}")  # noqa: T201
    assert not any(kind == 5 for _role, _mode, kind in SEEN)
