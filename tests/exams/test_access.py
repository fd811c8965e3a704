"""Every cell of the access tables, and every address asked in other ways (exams A 4 and 5, whole)."""

from collections import Counter

import pytest

from tests.contracts.access import table
from tests.contracts.access.crawl import WAYS, Crawl
from tests.contracts.access.people import SCOPES, cast_of
from tests.contracts.access.places import built, own_rows
from tests.contracts.access.test_access import check

asked: Counter[str] = Counter()
LEAST, LEAST_OUTPUTS = 75_000, 100_000


@pytest.mark.django_db
@pytest.mark.parametrize("scope", SCOPES)
def test_every_cell(scope: str) -> None:
    found = check(scope, list(table.everything()))
    asked["requests"] += found.requests
    asked["outputs"] += found.outputs


@pytest.mark.django_db
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("scope", SCOPES)
def test_other_ways_of_asking_tell_no_more(scope: str, way: str) -> None:
    """As a fragment, of a past day, as CSV: no error, no mark of what is hidden, nothing changed."""
    crawl = Crawl(built())
    people = cast_of(scope, crawl.places)
    own_rows(crawl.places, people)
    crawl.start()
    for asker in people:
        crawl.ask(asker, list(table.everything()), way=way)
    assert {key: sign for key, sign in crawl.found.signs.items() if sign.startswith("5")} == {}
    assert crawl.found.wrong == []
    asked["requests"] += crawl.found.requests
    asked["outputs"] += crawl.found.outputs


def test_enough_was_asked() -> None:
    print(f"\nexams A 4, 5: {asked['requests']} requests, {asked['outputs']} outputs searched")  # noqa: T201
    assert asked["requests"] >= LEAST
    assert asked["outputs"] >= LEAST_OUTPUTS
