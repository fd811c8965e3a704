"""What services do to the tree leaves no trace in the sums: moves, deletions and a change of currency."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from pmo_portal.core.models import User
from projects.hierarchy import services
from projects.hierarchy.models import Project
from projects.money.services import create_budget_line
from reporting.health.services import integrity, refresh
from reporting.models import ProjectHealth, Rollup
from tests.cast import World

ON = date(2026, 11, 24)
CHANGES: dict[str, Callable[[World, User], object]] = {
    "delete": lambda w, by: services.delete_project(project=w.tram, by=by, version=1),
    "delete confidential": lambda w, by: services.delete_project(project=w.secret, by=by, version=1),
    "move project": lambda w, by: services.move_project(project=w.tram, by=by, version=1, node=w.south, on=ON),
    "move programme": lambda w, by: services.move_node(node=w.rail, by=by, version=1, parent=w.south),
    "new currency": lambda w, by: services.update_node(node=w.north, by=by, version=1, changes={"currency": "GBP"}),
    "make confidential": lambda w, by: services.update_project(
        project=w.tram, by=by, version=1, changes={"confidentiality": "confidential"}, on=ON
    ),
    "leaves": lambda w, by: services.update_project(project=w.tram, by=by, version=1, changes={"left_on": ON}, on=ON),
}


def compute_all() -> None:
    refresh.refresh(list(Project.objects.values_list("pk", flat=True)), on=timezone.localdate(), at=timezone.now())


@pytest.mark.parametrize("name", CHANGES)
def test_sums_follow(name: str, world: World, ada: User) -> None:
    create_budget_line(project=world.tram, by=ada, on=ON, kind="revised", amount=Decimal(1000))
    compute_all()
    assert Rollup.objects.get(node=world.north, audience="full").budget == 1000
    CHANGES[name](world, ada)
    compute_all()
    assert integrity.findings() == []
    assert ProjectHealth.objects.count() == (2 if "delete" in name or name == "leaves" else 3)
