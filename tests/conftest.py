"""The suite's own PostgreSQL and Valkey, in a temporary directory, never `.data/`; thrown away at the end.

`PMO_TEST_DATA_DIR` keeps them in a directory of your choice instead (a second run then starts faster); with DATABASE_URL and
REDIS_URL set, those servers are used. Set before Django reads its settings, which pytest-django does after this file.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import django
import django.conf
import pytest
from django.db.backends.signals import connection_created
from xdist.scheduler.loadscope import LoadScopeScheduling

from pmo_portal.core import embedded
from pmo_portal.core.environment import redis_url
from tests.core.processes import copied, environment_of

BASE_DIR = Path(__file__).resolve().parent.parent
# Short, because a socket's path may have 107 characters; the workers of xdist inherit it and share the servers.
made_here = "PMO_TEST_DATA_DIR" not in os.environ
TEST_DATA = Path(os.environ.setdefault("PMO_TEST_DATA_DIR", "") or tempfile.mkdtemp(prefix="pmo-test-"))
os.environ["PMO_TEST_DATA_DIR"] = os.environ["DATA_DIR"] = str(TEST_DATA)
DATABASE_NUMBER = os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix(
    "gw"
)  # Valkey's, as pytest-django does PostgreSQL's
os.environ["PMO_ENV"] = "test"
os.environ["EMBEDDED_FAST"] = "1"
os.environ["DATABASE_ROLE"] = "admin"  # it makes databases; what the serving role may do has tests of its own
os.environ.setdefault("LOG_LEVEL", "WARNING")
os.environ["DJANGO_SETTINGS_MODULE"] = "pmo_portal.settings"

# They start whole portals, kill their processes and ask how soon the rest noticed: the machine must be theirs.
ALONE = ("faults/", "core/test_supervisor.py", "core/test_embedded.py", "core/test_readiness.py")
# What their tests share takes longer to make than the tests take: one process runs all of a file.
TOGETHER = ("demo/test_scenario.py", "core/test_database_roles.py")
held = pytest.StashKey[embedded.Attachment]()


def pytest_configure(config: pytest.Config) -> None:
    (TEST_DATA / "static").mkdir(exist_ok=True)  # WhiteNoise looks for it
    if not config.option.collectonly:
        config.stash[held] = embedded.attach(os.environ, BASE_DIR)
        if "REDIS_URL" not in os.environ:
            os.environ["REDIS_URL"] = f"{redis_url({}, TEST_DATA).removesuffix('0')}{DATABASE_NUMBER}"
        connection_created.connect(install)
        django.setup()  # pytest-django leaves it to whoever imported Django first
        # Argon2 is slow on purpose; the suite makes thousands of users.
        django.conf.settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
        config.pluginmanager.import_plugin("tests.cast")  # its models need the setup


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.relative_to(BASE_DIR / "tests").as_posix().startswith(ALONE):
            item.add_marker(pytest.mark.alone)


class Together(LoadScopeScheduling):
    """One test at a time to whichever process is free, in their order, and the files of TOGETHER whole."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return file if file.endswith(TOGETHER) else nodeid


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    return Together(config, log)


def empty_tables(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
    """An execute wrapper: between its tests the suite empties every table, which the one of the history refuses to others."""
    if "TRUNCATE " in str(sql):
        sql = f"SELECT set_config('pmo.rewriting_history', 'on', true); {sql}"
    return execute(sql, params, many, context)


def install(connection: Any, **_kwargs: Any) -> None:
    if empty_tables not in connection.execute_wrappers:
        connection.execute_wrappers.insert(0, empty_tables)


def pytest_unconfigure(config: pytest.Config) -> None:
    attachment = config.stash.get(held, None)
    if attachment and attachment.release() and made_here:
        shutil.rmtree(TEST_DATA)


@pytest.fixture(scope="session")
def migrated() -> Iterator[Path]:
    """A data directory whose database is made and up to date, at rest: what is about its use starts from a copy (`copied`)."""
    directory = Path(tempfile.mkdtemp(prefix="pmo-"))
    command = [sys.executable, "manage.py", "migrate", "--verbosity=0"]
    subprocess.run(command, cwd=BASE_DIR, env=environment_of(directory), check=True)
    yield directory
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def used_directory(migrated: Path, short_directory: Path) -> Path:
    """A directory as `short_directory`, in which a portal ran before."""
    return copied(migrated, short_directory)


@pytest.fixture
def short_directory() -> Iterator[Path]:
    """A directory whose path is short enough for a socket, for tests that run a portal of their own."""
    directory = Path(tempfile.mkdtemp(prefix="pmo-"))
    yield directory
    shutil.rmtree(directory, ignore_errors=True)
