"""A large history, and what the log asks of it: shared by the test that looks at plans and the exam that takes times."""

from time import perf_counter
from typing import Any

from django.db import connection
from django.test import RequestFactory

from projects.audit.selectors import events_shown_to
from projects.audit.table import AuditTable

LOG = "/administration/audit/"
# Many people, projects and kinds; exports, jobs and what concerns no project are seldom, as in life.
FILL = """
INSERT INTO core_auditevent (at, actor_id, action, target_type, target_id, target_label, target_label_en, project_id, changes,
    source, request_id)
SELECT now() - interval '700 days' * i / %(size)s,
    CASE WHEN i %% 50 = 0 THEN (SELECT id FROM core_user WHERE username = 'ada') END,
    CASE WHEN i %% 5000 = 0 THEN 'export' ELSE (ARRAY['update', 'update', 'create', 'delete'])[1 + i %% 4] END,
    CASE WHEN i %% 100 = 0 THEN 'core.User'
        ELSE (ARRAY['projects.Project', 'projects.Milestone', 'projects.BudgetLine', 'projects.Risk'])[1 + i %% 4] END,
    1 + i * 31 %% (%(size)s / 5), 'Record ' || i, '', CASE WHEN i %% 100 <> 0 THEN 1000000 + i * 17 %% (%(size)s / 100) END,
    jsonb_build_object('amount', jsonb_build_array('2640000', (3000000 + i)::text)),
    CASE WHEN i %% 5000 = 1 THEN 'job' ELSE (ARRAY['page', 'import', 'api'])[1 + i %% 3] END, md5((i / 7)::text)
FROM generate_series(1::bigint, %(size)s) AS i
"""
# What is asked, and the index that has to answer. The project's own filter resolves a name first, so its id stands here.
INDEXES = {
    "": "audit_by_time",
    "sort=at": "audit_by_time",
    "kind=projects.Risk": "audit_by_time",
    "source=api": "audit_by_time",
    "from=2026-06-01&to=2026-06-30": "audit_by_time",
    "who=ada": "audit_by_actor",
    "who=ada&kind=projects.Milestone": "audit_by_actor",
    "request=8f14e45fceea167a5a36dedd4bea2543": "audit_by_request",
    "record=projects.Risk:1234": "audit_by_target",
    "action=export": "audit_seldom_action",
    "source=job": "audit_seldom_source",
}


def fill(size: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = 0")
        cursor.execute(FILL, {"size": size})
        cursor.execute("ANALYZE core_auditevent")


def table_for(user: Any, query: str) -> AuditTable:
    request = RequestFactory().get(f"{LOG}?{query}")
    request.user = user
    return AuditTable(request)


def plan(user: Any, query: str) -> str:
    """How PostgreSQL answers the rows of a page."""
    table = table_for(user, query)
    rows = table.filtered(events_shown_to(user)).order_by(*[one.expression() for one in table.order])
    return rows[: table.page_size + 1].explain()


def milliseconds(user: Any, query: str) -> tuple[float, AuditTable]:
    """The best of three: filter, count, read and tell a page."""
    best = 1e9
    for _ in range(3):
        table = table_for(user, query)
        begun = perf_counter()
        table.load(events_shown_to(user))
        best = min(best, (perf_counter() - begun) * 1000)
    return best, table
