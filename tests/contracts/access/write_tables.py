"""Adds the rows that are missing in the access tables (a command: pytest runs it only when named).

.venv/bin/python -m pytest -q tests/contracts/access/write_tables.py
"""

import pytest

from tests.contracts.access import table
from tests.contracts.access.addresses import Ask, wanted
from tests.contracts.access.crawl import Crawl
from tests.contracts.access.people import SCOPES, cast_of
from tests.contracts.access.places import built, own_rows


@pytest.mark.django_db
def test_write_the_missing_rows() -> None:
    """What the running code answers, to be read before it counts."""
    known = table.everything() if all(path.exists() for path in table.FILES.values()) else {}
    missing = [ask for ask in wanted() if ask not in known]
    crawl = Crawl(built())
    people = [one for scope in SCOPES for one in cast_of(scope, crawl.places)]
    own_rows(crawl.places, people)
    crawl.start()
    for asker in people:
        crawl.ask(asker, missing)
    for api, path in table.FILES.items():
        rows: dict[Ask, table.Signs] = {}
        for ask in wanted():
            if ask.is_api == api:
                rows[ask] = known.get(ask) or {
                    scope: "".join(crawl.found.signs.get((ask, scope, role), "?") for role in roles)
                    for scope, roles in SCOPES.items()
                }
        table.write(path, rows, unread=[ask for ask in rows if ask not in known])
    assert crawl.found.wrong == []
