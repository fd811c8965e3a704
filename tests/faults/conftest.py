"""One installation for all faults of a run; each test gets projects of its own and leaves no worker behind."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.core.processes import copied
from tests.faults.harness import Site


@pytest.fixture(scope="session")
def installation(migrated: Path) -> Iterator[Site]:
    directory = copied(migrated, Path(tempfile.mkdtemp(prefix="pmo-faults-")))
    site = Site(directory)
    try:
        yield site
    finally:
        site.close()
        shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture
def site(installation: Site) -> Iterator[Site]:
    installation.ask("wipe")
    yield installation
    installation.end_children()
