"""Who sees what, against a slow and obvious judge, on hundreds of random organisations; and what it costs."""

from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pmo_portal.core.models import User
from projects.access.models import Membership
from projects.access.policy import POLICY
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from tests import make
from tests.cast import World

ROLES = [role for role in Membership.Role.values if role != "administrator"]


@dataclass(frozen=True)
class Plan:
    """A random organisation: parents of nodes by index, homes and flags of projects, memberships of one user."""

    nodes: list[int | None]
    projects: list[tuple[int, bool]]
    grants: list[tuple[str, str, int]]


@st.composite
def organisations(draw: Any) -> Plan:
    count = draw(st.integers(1, 7))
    nodes = [None if i == 0 else draw(st.none() | st.integers(0, i - 1)) for i in range(count)]
    projects = draw(st.lists(st.tuples(st.integers(0, count - 1), st.booleans()), min_size=1, max_size=8))
    places = st.one_of(
        st.tuples(st.sampled_from(ROLES), st.just("all"), st.just(0)),
        st.tuples(st.sampled_from(ROLES), st.just("node"), st.integers(0, count - 1)),
        st.tuples(st.sampled_from(ROLES), st.just("project"), st.integers(0, len(projects) - 1)),
    )
    return Plan(nodes, projects, draw(st.lists(places, max_size=4, unique=True)))


@dataclass
class Organisation:
    plan: Plan
    user: User
    nodes: list[Node] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)

    @classmethod
    def built(cls, plan: Plan) -> "Organisation":
        made = cls(plan, User.objects.create(username="someone"))
        for parent in plan.nodes:
            made.nodes.append(make.node(kind="portfolio", parent=None if parent is None else made.nodes[parent]))
        for home, hidden in plan.projects:
            flag = "confidential" if hidden else "public"
            made.projects.append(make.project(node=made.nodes[home], confidentiality=flag))
        for role, kind, index in plan.grants:
            place = {"all": None, "node": made.nodes, "project": made.projects}[kind]
            make.member(made.user, role, on=place[index] if place else None)
        return made

    def above(self, node: int | None) -> set[int]:
        """The indexes of the node and of everything over it, by following the plan's parents."""
        found = set()
        while node is not None:
            found.add(node)
            node = self.plan.nodes[node]
        return found

    def roles_on(self, project: int) -> set[str]:
        """The judge: what the rules of security.md §3 say, grant by grant."""
        home, hidden = self.plan.projects[project]
        named = {role for role, kind, index in self.plan.grants if kind == "project" and index == project}
        wide = {
            role
            for role, kind, index in self.plan.grants
            if kind == "all" or (kind == "node" and index in self.above(home))
        }
        if hidden and not named:
            wide = {role for role in wide if role == "pmo"}
        return named | wide


# A rolled-back transaction per world: 200 worlds in a few seconds.
@pytest.mark.django_db
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(plan=organisations())
def test_what_is_seen_equals_what_the_judge_says(plan: Plan) -> None:
    with transaction.atomic():
        world = Organisation.built(plan)
        judge = {project.pk: world.roles_on(index) for index, project in enumerate(world.projects)}
        seen = {pk for pk, roles in judge.items() if roles}
        assert set(Project.objects.visible_to(world.user).values_list("pk", flat=True)) == seen
        for action, roles in POLICY.items():
            for project in world.projects:
                assert world.user.has_perm(action, project) == bool(judge[project.pk] & roles), (action, plan)
        milestones = [make.milestone(project) for project in world.projects]
        visible = set(Milestone.objects.visible_to(world.user).values_list("pk", flat=True))
        assert visible == {one.pk for one in milestones if one.project_id in seen}
        check_containers(world)
        transaction.set_rollback(True)


def check_containers(world: Organisation) -> None:
    """A container is seen when a grant covers it, or when it leads to a place that was granted."""
    grants = world.plan.grants
    everything = any(kind == "all" for _role, kind, _index in grants)
    expected = set()
    for index, node in enumerate(world.nodes):
        covered = any(kind == "node" and place in world.above(index) for _role, kind, place in grants)
        leads = any(kind == "node" and index in world.above(place) for _role, kind, place in grants)
        homes = any(
            kind == "project" and index in world.above(world.plan.projects[place][0]) for _r, kind, place in grants
        )
        if everything or covered or leads or homes:
            expected.add(node.pk)
    assert set(Node.objects.visible_to(world.user).values_list("pk", flat=True)) == expected, world.plan


def test_rights_are_read_once_a_request(world: World, ben: User) -> None:
    user = User.objects.get(pk=ben.pk)
    with CaptureQueriesContext(connection) as caught:
        for _again in range(3):
            assert user.has_perm("projects.edit_project", world.tram)
            assert not user.has_perm("projects.edit_project", world.harbour)
        assert list(Project.objects.visible_to(user)) == [world.tram]
    assert len(caught) == 2  # the memberships, the projects


def test_nobody_and_the_deactivated_see_nothing(world: World, ada: User) -> None:
    ada.is_active = False
    ada.save()
    assert not Project.objects.visible_to(User.objects.get(pk=ada.pk)).exists()
    assert Access.of(None).grants == ()
