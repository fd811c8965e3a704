"""What is hidden answers byte for byte as what does not exist, after as many statements (exam A 11; security.md T5, T6)."""

import re
from typing import Any
from urllib.parse import quote

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.contracts.access.addresses import Ask, address, wanted
from tests.contracts.access.crawl import Crawl
from tests.contracts.access.people import Someone, someone
from tests.contracts.access.places import MISSING, built

# What differs between any two answers: the id that was asked for, the reference of the request, the token of the form.
CHANGING = (
    r"\b[0-9a-f]{16}\b", r'csrfmiddlewaretoken" value="[^"]+"', r"csrftoken=[^;]+", r'"X-CSRFToken": ?"[^"]+"',
    r"sha256-[^']+", r"nonce-[^']+",
)  # fmt: skip
PEOPLE = (
    "projects:person-",
    "portfolio:person-load",
    "api-person-detail",
    "api-person-load",
)  # people belong to no project
FILTERS = (
    "/api/v1/projects/?parent={}", "/api/v1/milestones/?project={}", "/api/v1/budget-lines/?project={}",
    "/api/v1/risks/?project={}", "/api/v1/health/?project={}", "/members/?project={}",
)  # fmt: skip


@pytest.fixture
def crawl(db: None) -> Crawl:
    return Crawl(built())


def told(answer: Any, path: str) -> str:
    """The answer without what always changes."""
    body = f"{answer.status_code}\n{answer.headers}\n{answer.content.decode()}".replace(path, "#").replace(
        quote(path), "#"
    )
    for pattern in CHANGING:
        body = re.sub(pattern, "#", body)
    return re.sub(r"'Content-Length': '\d+'", "#", body)


@pytest.mark.parametrize("role", ["viewer", "portfolio_manager"])
def test_at_every_address(crawl: Crawl, role: str) -> None:
    asker, pairs = someone("inside", role, crawl.places), 0
    for ask in wanted():
        if ask.kind in ("hidden", "foreign") and ask.method == "GET" and not ask.name.startswith(PEOPLE):
            compare(crawl, asker, ask)
            pairs += 1
    assert pairs >= 60


def compare(crawl: Crawl, asker: Someone, ask: Ask) -> None:
    """The hidden row and the missing one: the same answer after the same number of statements."""
    answers, counts = [], []
    for kind in (ask.kind, "none"):
        path = address(Ask(ask.name, "GET", kind), crawl.places, asker)
        with CaptureQueriesContext(connection) as caught:
            answer = asker.browser().get(path)
        answers.append(told(answer, path))
        counts.append(len(caught))
    assert answers[0] == answers[1], ask
    assert counts[0] == counts[1], ask


@pytest.mark.parametrize("role", ["viewer", "portfolio_manager"])
@pytest.mark.parametrize("pattern", FILTERS)
def test_in_every_filter(crawl: Crawl, pattern: str, role: str) -> None:
    asker = someone("inside", role, crawl.places)
    missing = told(asker.browser().get(pattern.format(MISSING)), pattern.format(MISSING))
    for number in (crawl.places.hidden.pk, crawl.places.foreign.pk):
        answer = asker.browser().get(pattern.format(number))
        assert answer.status_code < 500
        assert told_filter(told(answer, pattern.format(number)), number) == told_filter(missing, MISSING), (
            pattern,
            number,
        )


def told_filter(text: str, number: int) -> str:
    """Without the id in links to the list itself."""
    return re.sub(rf'(project=|parent=|value=")({number}|#)', "?", text)
