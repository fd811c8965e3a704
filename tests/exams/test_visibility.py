"""A thousand drawn organisations: what is seen is what the judge says (security.md, one rule of visibility)."""

import pytest

from tests.projects.hierarchy.test_visibility import judged


@pytest.mark.django_db
def test_a_thousand_worlds() -> None:
    judged(1_000)
