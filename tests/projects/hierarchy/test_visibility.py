"""Who sees what, against a slow and obvious judge, on random organisations; and what it costs (exam A 14)."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings

from pmo_portal.core.models import User
from projects.access.policy import DECLARE_STATUS, POLICY
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import FIELD_GROUPS, Access
from projects.planning.models import Milestone
from tests.cast import World as Cast
from tests.projects.hierarchy.organisations import BASE, Judge, Plan, World, plans, thrown_away

# What the judge found once: money on a confidential project for whoever is named on it and has a wider role that sees money,
# none when it is somebody else's loan that names them; and an administrator's role that was lent.
NAMED_WITH_A_WIDER_ROLE = Plan(
    [None], [(0, True)], [True],
    [(0, "executive", "all", 0, "always"), (0, "contributor", "project", 0, "always")], [],
)  # fmt: skip
NAMED_BY_A_LENDER = Plan(
    [None], [(0, True)], [True, True],
    [(0, "executive", "all", 0, "always"), (1, "contributor", "project", 0, "always")], [(1, 0, "always")],
)  # fmt: skip
ADMINISTRATOR_LENT = Plan(
    [None], [(0, False)], [True, True], [(1, "administrator", "all", 0, "always")], [(0, 0, "always")]
)


@pytest.mark.django_db
def test_what_is_seen_equals_what_the_judge_says() -> None:
    judged(300)


def judged(least: int) -> None:
    """So many worlds at least, drawn by chance, and on average 20 triples in each; tests/exams asks for more."""
    worlds: list[int] = []

    @settings(max_examples=least * 11 // 10, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(plan=plans())  # some are drawn twice
    @example(plan=NAMED_WITH_A_WIDER_ROLE)
    @example(plan=NAMED_BY_A_LENDER)
    @example(plan=ADMINISTRATOR_LENT)
    def judge_one(plan: Plan) -> None:
        with thrown_away(plan) as world:
            judge = Judge(plan)
            worlds.append(sum(compare(world, judge, user) for user in range(len(plan.people))))

    judge_one()
    assert len(worlds) >= least
    assert sum(worlds) >= 20 * least


def compare(world: World, judge: Judge, index: int) -> int:
    """Everything one person may see and do in a world; returns the number of (user, object, action) triples compared."""
    user = User.objects.get(pk=BASE + index)
    seen = {BASE + one for one in judge.seen(index)}
    assert ids(Project.objects.visible_to(user)) == seen
    assert ids(Milestone.objects.visible_to(user)) == seen
    assert ids(Node.objects.visible_to(user)) == {BASE + one for one in judge.containers(index)}
    count = 0
    for action in POLICY:
        targets = [(None, judge.may(index, action))]
        targets += [(one, judge.may(index, action, project=number)) for number, one in enumerate(world.projects)]
        targets += [(one, judge.may(index, action, node=number)) for number, one in enumerate(world.nodes)]
        for target, expected in targets:
            assert user.has_perm(action, target) == expected, (action, target, index)
        count += len(targets)
    access, reports = (
        Access.of(user),
        [judge.may(index, DECLARE_STATUS, project=one) for one in range(len(world.projects))],
    )
    mine = ids(Project.objects.filter(access.projects(roles=POLICY[DECLARE_STATUS])))
    assert mine == {BASE + number for number, may in enumerate(reports) if may}, index
    return count + compare_groups(world, judge, index, access)


def compare_groups(world: World, judge: Judge, index: int, access: Access) -> int:
    """Groups of fields: on a project, as a filter, and whether they may be summed below a container.

    `sees_all` may be cautious (it does not know which projects there are), never wrong.
    """
    for group in FIELD_GROUPS:
        shown = judge.shown(index, group)
        for number, project in enumerate(world.projects):
            assert access.sees(group, project) == (number in shown), (group, number, index)
        assert ids(Project.objects.filter(access.projects(group=group))) == {BASE + one for one in shown}, (
            group,
            index,
        )
        for path in ["", *(node.path for node in world.nodes)]:
            below = {n for n in judge.seen(index) if world.projects[n].path.startswith(path)}
            assert not access.sees_all(group, path) or below <= shown, (group, path, index)
    return len(FIELD_GROUPS) * len(world.projects)


def ids(rows: Any) -> set[int]:
    return set(rows.values_list("pk", flat=True))


def test_rights_are_read_once_a_request(world: Cast, ben: User) -> None:
    user = User.objects.get(pk=ben.pk)
    with CaptureQueriesContext(connection) as caught:
        for _again in range(3):
            assert user.has_perm("projects.edit_project", world.tram)
            assert not user.has_perm("projects.edit_project", world.harbour)
        assert list(Project.objects.visible_to(user)) == [world.tram]
    assert len(caught) == 2  # the memberships, the projects


def test_nobody_and_the_deactivated_see_nothing(world: Cast, ada: User) -> None:
    ada.is_active = False
    ada.save()
    assert not Project.objects.visible_to(User.objects.get(pk=ada.pk)).exists()
    assert Access.of(None).grants == ()
