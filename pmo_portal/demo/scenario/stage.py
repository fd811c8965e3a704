"""Plays the scenario through the services: every month its moves are written as of its last day, then health is computed.

One code path with the pages and the API: whatever a service refuses to a person, it refuses here.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Q

from pmo_portal.core import audit, events, trace
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.demo.scenario import moves, registers
from pmo_portal.demo.scenario.calendar import FIRST_MONTH, moment, review_day
from pmo_portal.demo.scenario.collecting import Collecting
from pmo_portal.demo.scenario.conduct import MOST_RENEWALS, Conduct, conduct, same_green
from pmo_portal.demo.scenario.declared import Declaration, Reporter
from pmo_portal.demo.scenario.depending import Depending
from pmo_portal.demo.scenario.spec import PortfolioSpec, ProjectSpec, messages, people, portfolios
from pmo_portal.demo.scenario.timeline import Snapshot, snapshots
from pmo_portal.demo.scenario.written import Pen
from projects.access.models import Membership
from projects.access.services import grant_membership
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services import create_node, update_node
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from projects.raid.models import InterProjectDependency, Risk
from projects.resources.models import Person
from projects.resources.services import create_person
from reporting.health.services import refresh
from reporting.status.models import StatusReport

CODE = "DEMO"
ORGANISATION = "Groupe Démo"
EVENING = 18
UNFINISHED = "Scénario en cours d’écriture. Scenario being written."
SOURCE = "Scénario inventé, personnes et montants fictifs. Invented scenario: people and amounts are fictitious."


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a project: what is so, what its manager declares and how they report it; the state of the month before."""

    snapshot: Snapshot
    told: Declaration
    conduct: Conduct
    before: Snapshot | None


@dataclass
class Played:
    """A project on stage: its rows as last written, and the months still to come."""

    spec: ProjectSpec
    manager: User
    months: dict[int, Month]
    pen: Pen
    project: Project | None = None
    milestones: list[Milestone] = field(default_factory=list)
    risks: dict[str, Risk] = field(default_factory=dict)
    cells: dict[Any, Any] = field(default_factory=dict)
    registers: dict[int, Any] = field(default_factory=dict)  # issues, actions and decisions, by their place in the file
    language: str = "fr"
    report: StatusReport | None = None  # of the period that is collected


def play(*, by: User, accounts: Mapping[str, User], today: date, seed: int, language: str = "fr") -> Node:
    """Write the scenario as the PMO `by` and the project managers, one transaction a month; returns the portfolio DEMO.

    `language` is that of the key messages, which a project manager writes once; whatever has two names gets both.

    A single transaction would be slow: the versions of a row that one transaction writes cannot be cleared away meanwhile.
    `is_whole` tells a finished scenario from one that was cut short.
    """
    with unheard():
        with transaction.atomic():
            persons = _people(by, accounts)
            root, nodes = _tree(by, persons)
        played = _cast(accounts, today, seed, language)
        auditor = accounts[registers.REVIEWER]
        cycle, depending = Collecting(root, by=by, today=today), Depending(persons)
        for month in range(FIRST_MONTH, 1):
            with transaction.atomic():
                _month(
                    month, played, cycle, depending, by=by, auditor=auditor, persons=persons, nodes=nodes, today=today
                )
            cycle.settle(month, played)
        update_node(node=root, by=by, version=root.version, changes={"source_note": SOURCE})
    events.announce(one.project.pk for one in played if one.project)
    return root


def clear(root: Node) -> None:
    """Remove the scenario with everything it wrote, so that it can be played again; accounts stay."""
    with transaction.atomic():
        ids = list(Project.objects.below(root).values_list("pk", flat=True))
        given = InterProjectDependency.objects.filter(receiver__in=ids)
        between = Q(
            target_type=InterProjectDependency._meta.label, target_id__in=list(given.values_list("pk", flat=True))
        )
        events.announce_removal(ids, erased=True)
        Project.objects.filter(pk__in=ids).delete()
        for node in Node.objects.below(root).order_by("-path"):
            node.delete()
        Person.objects.filter(organisation__startswith=ORGANISATION).delete()
        with audit.rewriting_history():
            AuditEvent.objects.filter(Q(project_id__in=ids) | between).delete()


def is_whole(root: Node) -> bool:
    """Whether the scenario below `root` was played to its end: that it is unfinished is the last thing taken away."""
    return root.source_note != UNFINISHED


@contextmanager
def unheard() -> Iterator[None]:
    """Nobody is called for each write of the past: the stage computes the health of each month, and calls once at the end."""
    receivers, events.projects_changed.receivers = events.projects_changed.receivers, []
    events.projects_changed.sender_receivers_cache.clear()
    try:
        yield
    finally:
        events.projects_changed.receivers = receivers
        events.projects_changed.sender_receivers_cache.clear()


def _people(by: User, accounts: Mapping[str, User]) -> dict[str, Person]:
    known = {}
    for role, names in people().items():
        for name in names:
            user = accounts.get(name)
            known[name] = create_person(
                by=by, name=name, organisation=f"{ORGANISATION} · {role}", email=user.email if user else "", user=user
            )
    return known


def _tree(by: User, persons: Mapping[str, Person]) -> tuple[Node, dict[str, Node]]:
    root = create_node(
        by=by,
        kind=Node.Kind.PORTFOLIO,
        code=CODE,
        name="Groupe Démo",
        name_en="Groupe Démo",
        description="Scénario de démonstration : une entreprise inventée, deux ans de suivi.",
        origin=Node.Origin.SCENARIO,
        source_note=UNFINISHED,
        manager=persons["Hélène Marchand"],
        scale="pilote",
    )
    nodes = {}
    for spec in portfolios():
        nodes[spec.code] = _container(by, spec, root, persons)
        for code, name, name_en, manager in spec.programmes:
            nodes[code] = create_node(
                by=by,
                kind=Node.Kind.PROGRAMME,
                code=code,
                name=name,
                name_en=name_en,
                parent=nodes[spec.code],
                manager=persons[manager],
            )
    return root, nodes


def _container(by: User, spec: PortfolioSpec, root: Node, persons: Mapping[str, Person]) -> Node:
    return create_node(
        by=by,
        kind=Node.Kind.PORTFOLIO,
        code=spec.code,
        name=spec.name,
        name_en=spec.name_en,
        description=spec.description,
        parent=root,
        manager=persons[spec.manager],
    )


def _cast(accounts: Mapping[str, User], today: date, seed: int, language: str) -> list[Played]:
    texts = {one: messages(one) for one in ("fr", "en")}
    played = []
    for portfolio in portfolios():
        for spec in portfolio.projects:
            written = "en" if spec.english else language
            reporter = Reporter(spec, seed, texts[written], written)
            months = _months(spec, reporter, today, seed)
            played.append(Played(spec, accounts[spec.manager], months, Pen(spec, seed, written), language=written))
    return played


def _months(spec: ProjectSpec, reporter: Reporter, today: date, seed: int) -> dict[int, Month]:
    months: dict[int, Month] = {}
    renewals = 0
    for each in snapshots(spec, today, seed):
        told, before = reporter.report(each), months.get(each.month - 1)
        unchanged = before is not None and renewals < MOST_RENEWALS and same_green(told, before.told)
        how = conduct(spec, each.month, told, unchanged=unchanged, seed=seed)
        renewals = renewals + 1 if how.way == "renew" else 0
        months[each.month] = Month(each, told, how, before.snapshot if before else None)
    return months


def _month(
    month: int,
    played: list[Played],
    cycle: Collecting,
    depending: Depending,
    *,
    by: User,
    auditor: User,
    persons: Mapping[str, Person],
    nodes: Mapping[str, Node],
    today: date,
) -> None:
    """The moves of a month, dated, and the reports of its last evening; then the health of all projects as at that day."""
    at, day = moment(review_day(today, month), EVENING), review_day(today, month)
    with trace.tracing(source="command", request_id=f"scenario:{day}", at=at):
        new = []
        for one in played:
            if month in one.months:
                new += [one] if one.project is None else []
                moves.move(one, one.months[month].snapshot, by=by, persons=persons, nodes=nodes)
                registers.review(one, one.months[month].snapshot, by=auditor, at=at)
        _name_members(by, new)
        depending.month_ends(month, {one.spec.code: one for one in played}, on=day)
        cycle.month_ends(month, played, at=at)
        ids = [one.project.pk for one in played if one.project]
        if ids:
            refresh.refresh(ids, on=day, at=at)


def _name_members(by: User, new: list[Played]) -> None:
    """Who manages a project has the role on it; their rights are read again."""
    for one in new:
        if one.project:
            grant_membership(by=by, user=one.manager, role=Membership.Role.PROJECT_MANAGER, project=one.project)
            Access.remember(one.manager, Membership.objects.granted_to(one.manager.pk))
