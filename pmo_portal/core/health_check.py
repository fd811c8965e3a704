"""GET /healthz: is this installation well? For load balancers, containers and monitoring; no sign-in, no secrets, under 5 s."""

import tomllib
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from functools import cache

import psycopg2
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from redis import Redis
from redis.exceptions import RedisError

from pmo_portal.core.outage import RETRY_SECONDS

CHECK_SECONDS = 3.5
OLDEST_WAIT_SECONDS = 60
OK = "ok"
QUESTIONS = """
    SELECT (SELECT extract(epoch FROM now() - min(wanted_at)) FROM core_work WHERE wanted > done AND state = 'live'),
           (SELECT count(*) FROM core_work WHERE state = 'dead')
"""

# Threads of their own, so that the answer never waits longer than CHECK_SECONDS for a server that hangs.
checkers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="healthz")


@login_not_required
@never_cache
@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """200 {"status": "ok", …} or 503 with the reason under "database", "queue" or "worker"."""
    database, queue = checkers.submit(check_database), checkers.submit(check_queue)
    try:
        database_state, oldest, dead = database.result(CHECK_SECONDS)
    except TooLate:
        database_state, oldest, dead = "no answer", None, 0
    try:
        queue_state = queue.result(CHECK_SECONDS)
    except TooLate:
        queue_state = "no answer"
    worker_state = (
        OK if oldest is None or oldest <= OLDEST_WAIT_SECONDS else f"work has been waiting for {oldest:.0f} s"
    )
    well = database_state == queue_state == worker_state == OK
    answer = {
        "status": OK if well else "unwell",
        "database": database_state,
        "queue": queue_state,
        "worker": worker_state,
        "given_up": dead,
        "version": portal_version(),
    }
    return JsonResponse(
        answer, status=200 if well else 503, headers={} if well else {"Retry-After": str(RETRY_SECONDS)}
    )


def check_database() -> tuple[str, float | None, int]:
    """(ok or the reason, seconds the oldest work has waited or None, number of given-up jobs), by a connection of its own."""
    parameters = {**connection.get_connection_params(), "connect_timeout": 2, "options": "-c statement_timeout=2000"}
    parameters.pop("cursor_factory", None)
    parameters.pop("context", None)
    try:
        own = psycopg2.connect(**parameters)
    except psycopg2.Error:
        return "cannot connect", None, 0
    try:
        with own.cursor() as cursor:
            cursor.execute(QUESTIONS)
            oldest, dead = cursor.fetchone()
    except psycopg2.errors.UndefinedTable:
        return "not migrated", None, 0
    except psycopg2.Error:
        return "does not answer queries", None, 0
    finally:
        own.close()
    return OK, float(oldest) if oldest is not None else None, dead


def check_queue() -> str:
    """Ok, or why the queue cannot be used."""
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        client.ping()
    except RedisError:
        return "cannot connect"
    finally:
        client.close()
    return OK


@cache
def portal_version() -> str:
    """The version named in pyproject.toml, the only place that knows it."""
    version: str = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text(encoding="utf-8"))["project"][
        "version"
    ]
    return version
