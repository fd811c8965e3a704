"""What one person owes, is asked and is told today, in a fixed number of queries."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import F, Q, QuerySet

from pmo_portal.core.as_of import end_of
from pmo_portal.core.models import User
from portfolio.relief.models import Proposal
from portfolio.relief.selectors import proposals as proposed
from projects.access.policy import ANSWER_ALLOCATION, VALIDATE_STATUS, allowed
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.raid.models import Action, Decision
from projects.raid.selectors import dependencies
from projects.raid.selectors.dependencies import Seen
from projects.resources.models import Allocation
from projects.resources.selectors import queue
from reporting.alerts.models import Follow
from reporting.alerts.selectors import told_to
from reporting.alerts.words import Line, lines
from reporting.dashboards.selectors.project import OVERVIEW_FIELDS
from reporting.health.changes import Move, moves
from reporting.health.models import HealthHistory
from reporting.health.unseen import as_seen_by
from reporting.status.models import ReportingPeriod, StatusReport

LOOK_BACK = timedelta(days=7)
ANSWERS_SHOWN = timedelta(days=14)
MOST = 30
MOST_REQUESTS = 5
REPORTERS = frozenset({"project_manager"})
DECIDERS = frozenset({"executive", "committee_member", "sponsor"})  # the PMO writes down what they decide
OVER = (Project.State.CLOSED, Project.State.STOPPED)
LOOKED_AT = 300  # open decisions, of which those that wait for the reader are kept


@dataclass(frozen=True, slots=True)
class Owed:
    """A report to write: `days` until it is due, negative when late; `state` of the report."""

    pk: int
    project: Project
    period: ReportingPeriod
    state: str
    state_words: str
    comment: str
    due_on: date
    days: int


@dataclass(frozen=True, slots=True)
class Change:
    project_id: int
    label: str
    moves: list[Move]


@dataclass(frozen=True, slots=True)
class Review:
    """How many reports of a period wait for the PMO."""

    period: ReportingPeriod
    count: int


def my_projects(user: User) -> QuerySet[Any]:
    """Those this person manages, by their name on the project or their role on it."""
    named = [g.project_id for g in Access.of(user).grants if g.project_id and g.role in REPORTERS]
    return Project.objects.visible_to(user).filter(Q(project_manager__user=user.pk) | Q(pk__in=named))


def owed(user: User, *, on: date) -> list[Owed]:
    """The reports this person has to write, the most urgent first: one query."""
    rows = StatusReport.objects.filter(
        project__in=my_projects(user), state__in=StatusReport.EDITABLE, period__state__in=ReportingPeriod.COLLECTING
    )
    rows = rows.select_related("project", "period__calendar__node").order_by("period__due_on", "project__code")
    return [
        Owed(row.pk, row.project, row.period, row.state, row.get_state_display(), row.review_comment, row.period.due_on,
             (row.period.due_on - on).days)
        for row in rows[:MOST]
    ]  # fmt: skip


def to_review(user: User) -> list[Review]:
    """The submitted reports this person may validate, by period; nothing for who reviews none."""
    if not allowed(user, VALIDATE_STATUS, None):
        return []
    access = Access.of(user)
    rows = StatusReport.objects.visible_to(user).filter(
        state=StatusReport.State.SUBMITTED, period__state__in=ReportingPeriod.COLLECTING
    )
    counts: dict[int, Review] = {}
    for row in rows.select_related("project", "period__calendar__node").order_by("period__due_on", "period"):
        if "pmo" in access.roles_on(row.project):
            known = counts.get(row.period_id)
            counts[row.period_id] = Review(row.period, known.count + 1 if known else 1)
    return list(counts.values())


def decisions(user: User) -> list[Decision]:
    """The open questions this person may settle, the most pressing first: one query."""
    access = Access.of(user)
    if not any(grant.role in DECIDERS for grant in access.grants):
        return []
    rows = Decision.objects.visible_to(user).filter(status__in=Decision.OPEN).exclude(project__state__in=OVER)
    rows = rows.select_related("project").order_by(F("needed_by").asc(nulls_last=True), "pk")
    return [row for row in rows[:LOOKED_AT] if access.roles_on(row.project) & DECIDERS][:MOST]


@dataclass(frozen=True, slots=True)
class Asked:
    """Requests for people that wait for this reader: how many, and the first of them, the oldest on top."""

    count: int
    rows: list[Allocation]
    mine: bool = False  # of the units this reader manages alone


def requests_for_people(user: User) -> Asked | None:
    """What waits for the answer of who answers requests, of the units they manage where they manage some."""
    if not allowed(user, ANSWER_ALLOCATION, None):
        return None
    return _of_my_units(queue.waiting(queue.answerable(user)), user)


def astray(user: User, *, on: date) -> Asked | None:
    """What is granted from this month on to who is not there any more, or not yet, for who answers requests."""
    if not allowed(user, ANSWER_ALLOCATION, None):
        return None
    return _asked(queue.astray(queue.answerable(user), since=on))


def _of_my_units(rows: QuerySet[Any], user: User) -> Asked | None:
    """Of the units one manages alone, where any of it is of these."""
    if units := queue.units_managed_by(user):
        mine = queue.of_units(rows, [one.pk for one in units])
        if mine.exists():
            return _asked(mine, narrowed=True)
    return _asked(rows)


def _asked(rows: QuerySet[Any], *, narrowed: bool = False) -> Asked | None:
    found = list(
        rows.select_related("project", "role", "skill", "person").order_by("asked_on", "pk")[: MOST_REQUESTS + 1]
    )
    count = len(found) if len(found) <= MOST_REQUESTS else rows.count()
    return Asked(count, found[:MOST_REQUESTS], narrowed) if found else None


def proposals(user: User) -> list[Proposal]:
    """What should give way and waits for this person: of their projects, and of people where they answer for them."""
    return list(proposed.waiting_for(user, owned=my_projects(user)).order_by("proposed_at", "pk")[:MOST])


def late_promises(user: User, *, on: date) -> list[Seen]:
    """A11: what is promised after it is needed, on either side of this person's projects."""
    return dependencies.late_promises(user, my_projects(user), on=on)[:MOST]


def answers(user: User, *, on: date) -> list[Allocation]:
    """What was answered lately to the requests of this person's projects, the latest first."""
    rows = Allocation.objects.filter(project__in=my_projects(user))
    return list(queue.answers_since(rows, on - ANSWERS_SHOWN)[:MOST])


def actions(user: User) -> list[Action]:
    """What this person has to do, the most pressing first: one query."""
    rows = Action.objects.visible_to(user).filter(owner__user=user.pk, status__in=Action.OPEN)
    due = F("due_date").asc(nulls_last=True)
    return list(rows.select_related("project").order_by(due, "-priority", "pk")[:MOST])


def news(user: User, *, limit: int = MOST) -> list[Line]:
    """What this person is told and has not put away."""
    return lines(told_to(user).filter(seen_at__isnull=True)[:limit])


def followed(user: User) -> set[int]:
    """The projects this person manages or chose to follow."""
    chosen = Follow.objects.visible_to(user).values_list("project", flat=True)
    return {*chosen, *my_projects(user).values_list("pk", flat=True)}


def changed(user: User, *, on: date) -> list[Change]:
    """What moved on the projects this person follows within a week, the gravest first: two queries."""
    then, now = end_of(on - LOOK_BACK), end_of(on)
    rows = HealthHistory.objects.visible_to(user).filter(project__in=followed(user)).select_related("portfolio")
    fields = [*OVERVIEW_FIELDS, "name", "name_en", "path", "confidential", "portfolio__scale", "reasons"]
    before = {row.project_id: row for row in rows.at(then).only(*fields)}
    found = []
    for row in rows.at(now).filter(project__in=before).only(*fields):
        past, today = as_seen_by(user, before[row.project_id]), as_seen_by(user, row)
        if moved := moves(past, today, row.portfolio.scale):
            found.append(Change(row.project_id, row.label, moved))
    return sorted(found, key=lambda one: (-sum(move.weight for move in one.moves), one.label))[:MOST]
