"""The audit log over a million events: every filter answers a page, its count included, in less than a second."""

import pytest

from pmo_portal.core.models import User
from tests.cast import World
from tests.projects.audit import volume

SIZE = 1_000_000
LIMIT_MS = 1000


@pytest.mark.django_db
def test_a_page_of_the_log_over_a_million_events(world: World, ada: User) -> None:
    volume.fill(SIZE)
    slow = {}
    for query, index in {
        **volume.INDEXES,
        "who=ada": "audit_by",
        "who=ada&kind=projects.Milestone": "audit_by",
    }.items():
        took, table = volume.milliseconds(ada, query)
        print(f"{query or 'everything':<40} {took:7.0f} ms  {table.count:>9} events")  # noqa: T201
        assert index in volume.plan(ada, query), query
        if took > LIMIT_MS:
            slow[query] = took
    deep = volume.table_for(ada, "")
    deep.load(volume.events_shown_to(ada))
    for _page in range(30):
        deep = volume.table_for(ada, f"after={deep.after}")
        deep.load(volume.events_shown_to(ada))
    assert slow == {}
