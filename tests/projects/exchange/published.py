"""The published files, where they are; without them the tests that need them skip and say how to get them."""

from pathlib import Path

import pytest
from django.conf import settings


def published(name: str) -> Path:
    """The path of a published file, or a skip."""
    path = Path(settings.DEMO_DATA) / name
    if not path.exists():
        pytest.skip(
            f"{path} is not there: set DEMO_DATA to the folder with the published portfolios (docs/imports.md, “The data”)"
        )
    return path
