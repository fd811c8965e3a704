"""The published files, where they are; without them the tests that need them skip and say how to get them."""

from pathlib import Path

import pytest
from django.conf import settings

from projects.exchange.services import stage
from projects.exchange.services.apply import apply
from projects.exchange.services.stage import Order, Staged
from tests.projects.exchange.files import TODAY


def published(name: str) -> Path:
    """The path of a published file, or a skip."""
    path = Path(settings.DEMO_DATA) / name
    if not path.exists():
        pytest.skip(
            f"{path} is not there: set DEMO_DATA to the folder with the published portfolios (docs/imports.md, “The data”)"
        )
    return path


def load(path: Path, profile: str) -> Staged:
    """Import a published file as the demo does."""
    content = path.read_bytes()
    order = Order(stage.profile_for(profile), by=None, today=TODAY, file_name=path.name)
    return apply(stage.parse(content, path.name), order, content=content)[0]
