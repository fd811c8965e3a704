"""Parts kept per container say what counting everything says, after any change, and only what changed is counted again."""

import random
import re
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from pmo_portal.core import trace
from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services.nodes import move_node
from projects.hierarchy.services.projects import move_project
from reporting.dashboards.selectors.executive import briefing
from reporting.dashboards.selectors.parts import Part, merged, own_parts, part_of
from reporting.health.models import HealthPast, ProjectHealth, RollupHistory
from reporting.health.scope import Scope, everywhere, find_scope
from tests import make
from tests.cast import World
from tests.reporting.dashboards.pages import compute

IN_CONTAINERS = re.compile(r'"reporting_projecthealth"\."node_id" IN \(([\d, ]+)\).*GROUP BY', re.DOTALL)


@pytest.fixture
def tree(world: World) -> list[Node]:
    """Eleven containers three levels deep, with projects of two currencies in all of them."""
    cache.clear()
    dice = random.Random(7)
    lots = [make.programme(f"LOT{number}", parent=world.rail) for number in range(8)]
    containers = [world.north, world.rail, world.south, *lots]
    people = [make.person(f"Person {number}") for number in range(9)]
    for number in range(77):
        project = make.project(
            f"X{number}",
            node=containers[number % len(containers)],
            project_manager=dice.choice([None, *people]),
            phase=dice.choice(["", "Étude", "Lot 10", "lot 2", "Recette"]),
            declared=dice.choice(["", "green", "amber", "red"]),
            currency=dice.choice(["EUR", "EUR", "USD"]),
            must_win=number % 4 == 0,
            state=dice.choice(["executing", "executing", "planning", "closed"]),
            baseline_end=date(2026, 12, 31),
            forecast_end=date(2026, dice.randint(1, 12), 28),
        )
        if number % 5:
            make.budget_line(project, amount=Decimal(100 * number))
    compute()
    return containers


def counted(scope: Scope) -> Part:
    return merged(list(own_parts(scope.rows(), scope.day, money=scope.sees_money).values()))


def scopes(user: User) -> list[Scope]:
    found = [find_scope(user=user, code=code, today=make.TODAY) for code in ("NORTH", "RAIL", "LOT1", "SOUTH")]
    return [*(one for one in found if one), everywhere(user=user, today=make.TODAY)]


def test_parts_add_up_to_what_is_counted_at_once(tree: list[Node], ada: User, eve: User, cleo: User) -> None:
    for user in (ada, eve, cleo):
        for scope in scopes(user):
            assert part_of(scope) == counted(scope), (user.username, scope.title)
    north = find_scope(user=ada, code="NORTH", today=make.TODAY)
    assert north is not None
    found = part_of(north)
    rows = list(ProjectHealth.objects.filter(path__startswith=north.node.path, state__in=Project.ACTIVE))  # type: ignore[union-attr]
    assert sum(projects for projects, _money, _known in found.levels.values()) == len(rows)
    budgets = ProjectHealth.objects.filter(path__startswith=north.node.path).values_list("budget", flat=True)  # type: ignore[union-attr]
    assert found.largest == max(budget for budget in budgets if budget)
    assert list(found.phases) == ["Étude", "lot 2", "Lot 10", "Recette"]
    assert len(found.worst) == 5
    assert list(found.worst) == sorted(found.worst)


def test_after_any_change_the_kept_parts_are_still_true(tree: list[Node], ada: User, eve: User) -> None:
    for scope in [*scopes(ada), *scopes(eve)]:
        part_of(scope)  # now everything is kept
    steps = 0
    with trace.tracing(source="command"):
        for project in Project.objects.order_by("pk")[3:40:6]:
            steps += 1
            if steps % 3 == 0:
                move_project(project=project, by=ada, version=project.version, node=tree[steps % 11], on=make.TODAY)
            else:
                Project.objects.filter(pk=project.pk).update(
                    declared="red", confidentiality="confidential", phase=f"Phase {steps}"
                )
            compute([project])
            for scope in [*scopes(ada), *scopes(eve)]:
                assert part_of(scope) == counted(scope), (steps, scope.title)
        lot = Node.objects.get(code="LOT1")
        move_node(node=lot, by=ada, version=lot.version, parent=tree[2])
        compute()
    for scope in [*scopes(ada), *scopes(eve)]:
        assert part_of(scope) == counted(scope), scope.title


def test_one_change_counts_its_own_container_and_those_above_only(tree: list[Node], ada: User) -> None:
    part_of(scopes(ada)[0])
    project = Project.objects.filter(node__code="LOT2").first()
    assert project is not None
    Project.objects.filter(pk=project.pk).update(declared="red", phase="Lot 11")
    compute([project])
    with CaptureQueriesContext(connection) as queries:
        part_of(scopes(ada)[0])
    read = [found[1] for query in queries if (found := IN_CONTAINERS.search(query["sql"]))]
    above = {str(one.pk) for one in tree if one.code in {"NORTH", "RAIL", "LOT2"}}
    assert [set(one.split(", ")) for one in read] == [above]


def test_what_moved_is_the_same_kept_or_found_again(tree: list[Node], ada: User) -> None:
    then = timezone.now() - timedelta(days=70)
    HealthPast.objects.all().delete()
    ProjectHealth.objects.update(computed_at=then)
    RollupHistory.objects.all().update(day=then.date())
    scope = find_scope(user=ada, code="NORTH", today=timezone.localdate())
    assert scope is not None
    assert briefing(scope).changes == []
    for project in Project.objects.filter(node__code__in=["LOT2", "NORTH"])[:9]:
        Project.objects.filter(pk=project.pk).update(forecast_end=date(2029, 1, 1))
        compute([project], on=timezone.localdate())
        scope = find_scope(user=ada, code="NORTH", today=timezone.localdate())
        assert scope is not None
        kept = [now.project_id for _then, now in briefing(scope).changes]
        assert project.pk in kept or len(kept) == 7
        cache.clear()
        again = find_scope(user=ada, code="NORTH", today=timezone.localdate())
        assert again is not None
        assert [now.project_id for _then, now in briefing(again).changes] == kept


def test_a_small_project_that_moved_is_found_among_many_that_did_not_on_a_past_day(tree: list[Node], ada: User) -> None:
    """Its larger neighbours only have newer photographs; the one that turned red is what the page is about."""
    today = timezone.localdate()
    node = tree[0]
    many = [make.project(f"L{number}", node=node, declared="green") for number in range(70)]
    for project in many:
        make.budget_line(project, amount=Decimal(1_000_000))
    small = make.project("SMALL", node=node, declared="green")
    make.budget_line(small, amount=Decimal(1))
    HealthPast.objects.all().delete()
    for days, level in ((95, "green"), (25, "red")):
        day = today - timedelta(days=days)
        Project.objects.filter(pk=small.pk).update(declared=level)
        Project.objects.filter(pk__in=[one.pk for one in many]).update(data_date=day)
        compute([*many, small], on=day, at=timezone.now() - timedelta(days=days))
    compute(on=today)
    scope = find_scope(user=ada, code=node.code, today=today, as_of=today - timedelta(days=10))
    assert scope is not None
    assert small.pk in [now.project_id for _then, now in briefing(scope).changes]
