"""`manage.py doctor`: what this installation needs, what it has, and what to do about the difference."""

import os
import platform
import shutil
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from redis import Redis
from redis.exceptions import RedisError

from pmo_portal.core import database_address, embedded, work
from pmo_portal.core.embedded_programs import FREE_BYTES_NEEDED, EmbeddedError
from pmo_portal.core.health_check import OLDEST_WAIT_SECONDS
from pmo_portal.core.models import Work

Finding = tuple[bool, str, str]  # (well, what was found, what to do)
Check = Callable[[], Finding]


class Command(BaseCommand):
    help = "Checks this installation and names a remedy for each thing that is wrong; ends with 1 when there is one."
    requires_system_checks: list[str] = []

    def handle(self, **_options: Any) -> None:
        checks: list[tuple[str, Check]] = [("Python", python_version), ("Disk", disk), ("Published data", demo_data)]
        attachment = None
        try:
            attachment = embedded.attach(os.environ, settings.BASE_DIR)
            checks += [("Database", database), ("Roles", roles), ("Migrations", migrations), ("Queue", queue)]
            checks += [("Background work", background_work), ("Given-up work", given_up), ("People", people)]
        except EmbeddedError as refused:
            reason = refused.message
            checks.append(("Embedded servers", lambda: (False, reason, "Follow the sentence above.")))
        try:
            wrong = [name for name, check in checks if not self.report(name, check)]
        finally:
            connection.close()
            if attachment:
                attachment.release()
        if wrong:
            sys.exit(1)
        self.stdout.write("Everything is in order.")

    def report(self, name: str, check: Check) -> bool:
        try:
            well, found, remedy = check()
        except DatabaseError as error:
            well, found, remedy = False, str(error).strip().splitlines()[0], "Mend the database first."
        sign = self.style.SUCCESS("ok  ") if well else self.style.ERROR("WRONG")
        self.stdout.write(f"{sign:<6} {name:<16} {found}")
        if not well:
            self.stdout.write(f"{'':<23} → {remedy}")
        return well


def python_version() -> Finding:
    return (
        sys.version_info >= (3, 11),
        platform.python_version(),
        "Python 3.11 or newer is needed: delete .venv, run make install.",
    )


def disk() -> Finding:
    free = shutil.disk_usage(settings.DATA_DIR).free
    found = f"{free / 1e9:.1f} GB free at {settings.DATA_DIR}"
    return free >= FREE_BYTES_NEEDED, found, "Free some space, or set DATA_DIR to a directory on another disk."


def demo_data() -> Finding:
    there = Path(settings.DEMO_DATA).is_dir()
    return (
        True,
        str(settings.DEMO_DATA) if there else "not on this machine (only the demo uses it; DEMO_DATA names it)",
        "",
    )


def database() -> Finding:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version'), current_setting('server_version_num')::int")
        version, number = cursor.fetchone()
    where = "embedded" if "postgres" in embedded.needed_servers(os.environ) else connection.settings_dict["HOST"]
    return (
        number >= 150000,
        f"PostgreSQL {version} ({where})",
        "PostgreSQL 15 or newer is needed; 18 is what is tested.",
    )


def roles() -> Finding:
    """Whether whoever serves could rewrite the history: it owns the tables, or was granted too much."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_user, r.rolsuper OR coalesce(pg_has_role(c.relowner, 'USAGE')"
            " OR has_table_privilege(c.oid, 'UPDATE, DELETE, TRUNCATE, TRIGGER'), false)"
            " FROM pg_roles r LEFT JOIN pg_class c ON c.oid = to_regclass('public.core_auditevent')"
            " WHERE r.rolname = current_user"
        )
        role, could = cursor.fetchone()
    if could and database_address.owner_role(os.environ) == settings.DATABASE_APP_ROLE:
        found = f"{role} both owns the tables and serves"
    else:
        found = f"{role} {'may' if could else 'may not'} change the history"
    return not could, found, "Give DATABASE_OWNER_URL a role of its own, then manage.py migrate (docs/operators.md)."


def migrations() -> Finding:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return (
        not plan,
        f"{len(plan)} not applied" if plan else "all applied",
        "Back the database up, then run: manage.py migrate",
    )


def queue() -> Finding:
    client = Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
    try:
        facts = client.info()
        policy = client.info("memory").get("maxmemory_policy", "noeviction")
    except RedisError as error:
        return (
            False,
            f"no answer ({type(error).__name__})",
            "Start Redis or Valkey, or mend REDIS_URL and its password.",
        )
    finally:
        client.close()
    name = "Valkey" if "valkey_version" in facts else "Redis"
    found = f"{name} {facts.get('valkey_version', facts['redis_version'])}, {policy}"
    return policy == "noeviction", found, "Set maxmemory-policy noeviction: a queue must refuse, not forget."


def background_work() -> Finding:
    waited = work.oldest_wait()
    late = waited is not None and waited > timedelta(seconds=OLDEST_WAIT_SECONDS)
    found = f"the oldest has waited {waited.total_seconds():.0f} s" if waited else "nothing waits"
    return not late, found, "Is a worker running? `manage.py portal` runs one; in containers: docker compose ps worker"


def given_up() -> Finding:
    dead = Work.objects.filter(state=Work.State.DEAD).count()
    return (
        not dead,
        f"{dead} jobs" if dead else "none",
        "Their last_error says why; a new change of the subject tries again.",
    )


def people() -> Finding:
    count = get_user_model().objects.filter(is_active=True).count()
    return count > 0, f"{count} can sign in", "Make the first administrator: manage.py setup_link"
