"""Plays the scenario through the services: every month its moves are written as of its last day, then health is computed.

One code path with the pages and the API: whatever a service refuses to a person, it refuses here.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock
from typing import Any

from django.db import transaction
from django.utils import timezone

from pmo_portal.core import audit, events, trace
from pmo_portal.core.models import AuditEvent, User
from pmo_portal.demo.scenario import moves
from pmo_portal.demo.scenario.calendar import FIRST_MONTH, review_day
from pmo_portal.demo.scenario.declared import Declaration, Reporter
from pmo_portal.demo.scenario.spec import PortfolioSpec, ProjectSpec, messages, people, portfolios
from pmo_portal.demo.scenario.timeline import Snapshot, snapshots
from projects.access.models import Membership
from projects.access.services import grant_membership
from projects.hierarchy.models import Node, Project
from projects.hierarchy.services import create_node
from projects.planning.models import Milestone
from projects.raid.models import Risk
from projects.resources.models import Person
from projects.resources.services import create_person
from reporting.health.services import refresh

CODE = "DEMO"
ORGANISATION = "Groupe Démo"
END_OF_DAY = clock(18, 0)


@dataclass
class Played:
    """A project on stage: its rows as last written, and the months still to come."""

    spec: ProjectSpec
    manager: User
    months: dict[int, tuple[Snapshot, Declaration]]
    project: Project | None = None
    milestones: list[Milestone] = field(default_factory=list)
    risks: dict[str, Risk] = field(default_factory=dict)
    cells: dict[Any, Any] = field(default_factory=dict)
    registers: dict[int, Any] = field(default_factory=dict)  # issues, actions and decisions, by their place in the file
    language: str = "fr"


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
        for month in range(FIRST_MONTH, 1):
            with transaction.atomic():
                _month(month, played, by=by, persons=persons, nodes=nodes, today=today)
        with transaction.atomic():
            _name_members(by, played)
    events.announce(one.project.pk for one in played if one.project)
    return root


def clear(root: Node) -> None:
    """Remove the scenario with everything it wrote, so that it can be played again; accounts stay."""
    with transaction.atomic():
        ids = list(Project.objects.below(root).values_list("pk", flat=True))
        events.announce_removal(ids, erased=True)
        Project.objects.filter(pk__in=ids).delete()
        for node in Node.objects.below(root).order_by("-path"):
            node.delete()
        Person.objects.filter(organisation__startswith=ORGANISATION).delete()
        with audit.rewriting_history():
            AuditEvent.objects.filter(project_id__in=ids).delete()


def is_whole(root: Node) -> bool:
    """Whether the scenario below `root` was played to its end: naming the members is the last thing written."""
    return bool(Membership.objects.filter(project__path__startswith=root.path).exists())


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
        source_note="Scénario inventé, personnes et montants fictifs. Invented scenario: people and amounts are fictitious.",
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
    texts = messages(language)
    played = []
    for portfolio in portfolios():
        for spec in portfolio.projects:
            reporter = Reporter(spec, seed, texts, language)
            months = {each.month: (each, reporter.report(each)) for each in snapshots(spec, today, seed)}
            played.append(Played(spec, accounts[spec.manager], months, language=language))
    return played


def _month(
    month: int, played: list[Played], *, by: User, persons: Mapping[str, Person], nodes: Mapping[str, Node], today: date
) -> None:
    """The moves of a month, dated; then the health of all projects as at that day."""
    moment = _moment(review_day(today, month))
    with trace.tracing(source="command", request_id=f"scenario:{moment:%Y-%m-%d}", at=moment):
        for one in played:
            if month in one.months:
                snapshot, declaration = one.months[month]
                moves.move(one, snapshot, declaration, by=by, persons=persons, nodes=nodes)
        ids = [one.project.pk for one in played if one.project]
        if ids:
            refresh.refresh(ids, on=review_day(today, month), at=moment)


def _moment(day: date) -> datetime:
    """The end of that working day; never later than now."""
    return min(timezone.make_aware(datetime.combine(day, END_OF_DAY)), timezone.now())


def _name_members(by: User, played: list[Played]) -> None:
    for one in played:
        if one.project:
            grant_membership(by=by, user=one.manager, role=Membership.Role.PROJECT_MANAGER, project=one.project)
