"""Random organisations with a slow and obvious judge: who sees what, read from the plan alone, never from the database.

A world has at most six levels of containers, projects of which some are confidential, people with roles in every scope, past,
present and to come, and delegations whose lender can sign in or not. The rules are those of security.md §3 and domain.md §8.4.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from hypothesis import strategies as st

from pmo_portal.core.models import User
from projects.access.models import Delegation, Membership
from projects.access.policy import NOT_LENT, POLICY
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import FIELD_GROUPS
from projects.planning.models import Milestone

BASE = 5_000_000  # the first id of every table
LEVELS = 6
TIMES = ("always", "always", "present", "past", "future")
Grant = tuple[int, str, str, int, str]  # user, role, kind of place, its index, when
Loan = tuple[int, int, str]  # membership, delegate, when


@dataclass(frozen=True)
class Plan:
    """Parents of nodes by index, (home, confidential) of projects, active flags of users, their roles and loans."""

    nodes: list[int | None]
    projects: list[tuple[int, bool]]
    people: list[bool]
    grants: list[Grant]
    loans: list[Loan]


@st.composite
def plans(draw: Any, *, nodes: int = 8, projects: int = 8, people: int = 5, grants: int = 9, loans: int = 4) -> Plan:
    depth: list[int] = []
    parents: list[int | None] = []
    for index in range(draw(st.integers(1, nodes))):
        above = [one for one in range(index) if depth[one] < LEVELS]
        parent = draw(st.none() | st.sampled_from(above)) if above else None
        parents.append(parent)
        depth.append(1 if parent is None else depth[parent] + 1)
    homes = draw(st.lists(st.tuples(st.integers(0, len(parents) - 1), st.booleans()), min_size=1, max_size=projects))
    active = draw(st.lists(st.sampled_from([True, True, True, False]), min_size=1, max_size=people))
    somebody, when = st.integers(0, len(active) - 1), st.sampled_from(TIMES)
    role = st.sampled_from([one for one in Membership.Role.values if one != "administrator"])
    places = st.one_of(
        st.tuples(somebody, role, st.just("all"), st.just(0), when),
        st.tuples(somebody, role, st.just("node"), st.integers(0, len(parents) - 1), when),
        st.tuples(somebody, role, st.just("project"), st.integers(0, len(homes) - 1), when),
        st.tuples(somebody, st.just("administrator"), st.just("all"), st.just(0), when),
    )
    given = draw(st.lists(places, max_size=grants, unique_by=lambda one: one[:4]))
    lent = draw(st.lists(st.tuples(st.integers(0, len(given) - 1), somebody, when), max_size=loans)) if given else []
    return Plan(parents, homes, active, given, lent)


def holds(when: str) -> bool:
    return when in ("always", "present")


@dataclass
class Judge:
    """What the rules say, grant by grant."""

    plan: Plan

    def above(self, node: int | None) -> set[int]:
        """The node and everything over it, by following the parents."""
        found = set()
        while node is not None:
            found.add(node)
            node = self.plan.nodes[node]
        return found

    def grants(self, user: int, action: str = "") -> list[tuple[str, str, int, int | None]]:
        """(role, kind, place, lender) of what counts for this person today, own and lent; running the portal is never lent."""
        if not self.plan.people[user]:
            return []
        own = [
            (role, kind, place, None)
            for who, role, kind, place, when in self.plan.grants
            if who == user and holds(when)
        ]
        for index, delegate, when in self.plan.loans:
            lender, role, kind, place, its_time = self.plan.grants[index]
            counts = delegate == user and holds(when) and holds(its_time) and self.plan.people[lender]
            if counts and role != "administrator" and action not in NOT_LENT:
                own.append((role, kind, place, lender))
        return own

    def roles_on(self, user: int, project: int, action: str = "") -> set[str]:
        """The roles that count on a project. On a confidential one: those given on it, with them the wider roles of whoever holds
        them, and the PMO's."""
        home, confidential = self.plan.projects[project]
        given = [one for one in self.grants(user, action) if one[0] != "administrator"]
        named_for = {lender for _role, kind, place, lender in given if kind == "project" and place == project}
        found = set()
        for role, kind, place, lender in given:
            if kind == "project" and place == project:
                found.add(role)
            reaches = kind == "all" or (kind == "node" and place in self.above(home))
            if reaches and (not confidential or role == "pmo" or lender in named_for):
                found.add(role)
        return found

    def runs(self, user: int, action: str = "") -> bool:
        """Whether the person is an administrator."""
        return any(role == "administrator" for role, _kind, _place, _lender in self.grants(user, action))

    def may(self, user: int, action: str, project: int | None = None, node: int | None = None) -> bool:
        """Whether the policy gives the action on a project, on a container, or (neither) anywhere."""
        roles = POLICY[action]
        if self.runs(user, action) and "administrator" in roles:
            return True
        given = [one for one in self.grants(user, action) if one[0] != "administrator"]
        if project is not None:
            return bool(self.roles_on(user, project, action) & roles)
        if node is None:
            return any(role in roles for role, _kind, _place, _lender in given)
        covering = [one for one in given if one[1] == "all" or (one[1] == "node" and one[2] in self.above(node))]
        return any(role in roles for role, _kind, _place, _lender in covering)

    def seen(self, user: int) -> set[int]:
        """The projects the person sees."""
        return {one for one in range(len(self.plan.projects)) if self.roles_on(user, one)}

    def shown(self, user: int, group: str) -> set[int]:
        """The projects on which the person sees a group of fields."""
        return {one for one in self.seen(user) if self.roles_on(user, one) & FIELD_GROUPS[group]}

    def containers(self, user: int) -> set[int]:
        """The containers a person sees: what a grant covers and what leads to a place that was granted."""
        found: set[int] = set()
        for role, kind, place, _lender in self.grants(user):
            if kind == "all" or role == "administrator":
                return set(range(len(self.plan.nodes)))
            if kind == "node":
                found |= self.above(place) | {one for one in range(len(self.plan.nodes)) if place in self.above(one)}
            else:
                found |= self.above(self.plan.projects[place][0])
        return found


@dataclass
class World:
    """A plan as rows, written in a handful of statements."""

    plan: Plan
    users: list[User] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    projects: list[Project] = field(default_factory=list)

    def build(self) -> None:
        by_depth: dict[int, list[Node]] = defaultdict(list)
        judge = Judge(self.plan)
        for index, parent in enumerate(self.plan.nodes):
            parent_id = None if parent is None else BASE + parent
            made = Node(pk=BASE + index, code=f"W{index}", name=f"W{index}", kind="portfolio", parent_id=parent_id)
            by_depth[len(judge.above(index))].append(made)
        for _depth, level in sorted(by_depth.items()):
            Node.objects.bulk_create(level)
        Project.objects.bulk_create(
            Project(pk=BASE + index, code=f"QZP{index}X", name=f"Project QZP{index}X", node_id=BASE + home, state="executing",
                    confidentiality="confidential" if hidden else "public")
            for index, (home, hidden) in enumerate(self.plan.projects)
        )  # fmt: skip
        Milestone.objects.bulk_create(
            Milestone(pk=BASE + index, project_id=BASE + index, name="M") for index in range(len(self.plan.projects))
        )
        self.people()
        self.nodes = list(Node.objects.filter(pk__gte=BASE).order_by("pk"))
        self.projects = list(Project.objects.filter(pk__gte=BASE).order_by("pk"))

    def people(self) -> None:
        """Accounts, memberships and delegations; the account is made inactive as it would be by hand: its rows stay."""
        self.users = [
            User(pk=BASE + index, username=f"u{index}", is_active=active)
            for index, active in enumerate(self.plan.people)
        ]
        User.objects.bulk_create(self.users)
        Membership.objects.bulk_create(
            Membership(pk=BASE + index, user_id=BASE + who, role=role, **self.place(kind, place), **period(when))
            for index, (who, role, kind, place, when) in enumerate(self.plan.grants)
        )
        Delegation.objects.bulk_create(
            Delegation(membership_id=BASE + index, delegate_id=BASE + delegate, **loan_period(when))
            for index, delegate, when in self.plan.loans
        )

    def place(self, kind: str, index: int) -> dict[str, int]:
        return {} if kind == "all" else {f"{kind}_id": BASE + index}


def period(when: str) -> dict[str, Any]:
    now, day = timezone.now(), timedelta(days=1)
    return {
        "always": {},
        "present": {"valid_from": now - day, "valid_until": now + day},
        "past": {"valid_from": now - 2 * day, "valid_until": now - day},
        "future": {"valid_from": now + day},
    }[when]


def loan_period(when: str) -> dict[str, Any]:
    now, day = timezone.now(), timedelta(days=1)
    return {"valid_from": now - day, "valid_until": now + day, **period(when)} | (
        {"valid_until": now + 2 * day} if when == "future" else {}
    )


@contextmanager
def thrown_away(plan: Plan) -> Iterator[World]:
    """The world for the length of a block; everything is rolled back after it."""
    with transaction.atomic():
        world = World(plan)
        world.build()
        yield world
        transaction.set_rollback(True)
