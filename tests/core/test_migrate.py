"""Migrating takes the time it takes: the limit of a page's statement is not that of a table that is filled."""

from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.models.signals import post_migrate, pre_migrate

pytestmark = pytest.mark.django_db


def limits() -> tuple[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('statement_timeout'), current_setting('lock_timeout')")
        found: tuple[str, str] = cursor.fetchone()
    return found


def test_a_statement_of_a_migration_may_last_and_the_next_one_may_not() -> None:
    seen, before = [], limits()

    def look(**_kwargs: Any) -> None:
        seen.append(limits())

    for signal in (pre_migrate, post_migrate):
        signal.connect(look)
    try:
        call_command("migrate", "core", verbosity=0)
    finally:
        for signal in (pre_migrate, post_migrate):
            signal.disconnect(look)
    assert before == ("15s", "3s")
    assert set(seen) == {("0", "3s")}
    assert limits() == before
