"""No figure is made of a project its reader does not see, in random organisations (exam A 12, commit-sized)."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings

from tests.projects.hierarchy.organisations import Judge, Plan, plans, thrown_away
from tests.reporting.health.sums import Reader, furnish

WORLDS = 40


@pytest.fixture(scope="module")
def figures() -> Iterator[dict[str, int]]:
    """How much was compared, said at the end."""
    counted = {"worlds": 0, "figures": 0}
    yield counted
    print(f"\nexam A 12: {counted['worlds']} organisations, {counted['figures']} figures decoded")  # noqa: T201


@pytest.mark.django_db
@settings(max_examples=WORLDS, deadline=None, database=None, suppress_health_check=list(HealthCheck))
@given(plan=plans(people=3))
def test_every_figure_is_made_of_visible_projects(plan: Plan, figures: dict[str, int]) -> None:
    with thrown_away(plan) as world:
        furnish(world)
        judge = Judge(plan)
        for index, active in enumerate(plan.people):
            reader = Reader(world, judge, index)
            reader.check_scopes()
            reader.check_cards()
            if active:
                reader.check_pages()
            figures["figures"] += reader.figures
    figures["worlds"] += 1
