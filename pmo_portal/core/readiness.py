"""GET /readyz: may this process be sent requests? Yes without the queue (what is saved waits in PostgreSQL), not without tables.

/healthz says whether the whole installation is well, work in the background included: monitoring asks it. A load balancer asks
this one, so that a queue which is away does not take every page down with it.
"""

from concurrent.futures import TimeoutError as TooLate
from functools import cache

import psycopg2
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from pmo_portal.core.health_check import CHECK_SECONDS, OK, check_queue, checkers
from pmo_portal.core.outage import RETRY_SECONDS


@login_not_required
@never_cache
@require_safe
def readyz(_request: HttpRequest) -> JsonResponse:
    """200 {"status": "ready" or "degraded", …} or 503 {"status": "not ready", …} with the reason, under 5 s."""
    asked = {"database": checkers.submit(check_tables), "queue": checkers.submit(check_queue)}
    told = {}
    for name, answer in asked.items():
        try:
            told[name] = answer.result(CHECK_SECONDS)
        except TooLate:
            told[name] = "no answer"
    ready = told["database"] == OK
    status = "not ready" if not ready else "ready" if told["queue"] == OK else "degraded"
    headers = {} if ready else {"Retry-After": str(RETRY_SECONDS)}
    return JsonResponse({"status": status, **told}, status=200 if ready else 503, headers=headers)


def check_tables() -> str:
    """Ok when the database holds the tables this version was written for, else why not; by a connection of its own."""
    parameters = {**connection.get_connection_params(), "connect_timeout": 2, "options": "-c statement_timeout=2000"}
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    try:
        own = psycopg2.connect(**parameters)
    except psycopg2.Error:
        return "cannot connect"
    try:
        with own.cursor() as cursor:
            cursor.execute("SELECT app, name FROM django_migrations")
            applied = set(cursor.fetchall())
    except psycopg2.errors.UndefinedTable:
        return "not migrated"
    except psycopg2.Error:
        return "does not answer queries"
    finally:
        own.close()
    return OK if newest() <= applied else "not migrated"


@cache
def newest() -> frozenset[tuple[str, str]]:
    """(app, name) of the last migration of each app."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())
