"""What was proposed: what waits for whom, what became of it, and who may answer."""

from typing import Any

from django.db.models import Q, QuerySet

from portfolio.relief.models import Proposal
from projects.access.policy import (
    ANSWER_ALLOCATION,
    EDIT_PROJECT,
    EDIT_RESOURCES,
    POLICY,
    PROPOSE_RELIEF,
    REQUEST_ALLOCATION,
    VIEW_PEOPLE,
    allowed,
)
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.resources.models import Allocation
from projects.resources.selectors import reach

Kind = Proposal.Kind
OF_PROJECTS = (Kind.FLOAT, Kind.SHIFT, Kind.REDUCE, Kind.STOP)
SHOWN = 200
SHOWN_ASIDE = 5  # on the pages of others


def may_propose(user: Any, project: Project | None) -> bool:
    return allowed(user, PROPOSE_RELIEF, project)


def may_answer(user: Any, row: Proposal) -> bool:
    """The project decides what it asks and when; who answers for people, who does it and how many there are."""
    if row.project is None:
        return allowed(user, EDIT_RESOURCES, None) and is_theirs(user, row)
    if row.kind == Kind.SWAP:
        return allowed(user, ANSWER_ALLOCATION, row.project) and is_theirs(user, row)
    return allowed(user, EDIT_PROJECT, row.project) and allowed(user, REQUEST_ALLOCATION, row.project)


def is_theirs(user: Any, row: Proposal) -> bool:
    """Whether the unit it would add to is theirs, or who does it now and who would do it are people they answer for."""
    if row.kind == Kind.REINFORCE:
        units = reach.keeps(user)
        return units is None or row.steps["unit"] in units
    if reach.reach(user, ANSWER_ALLOCATION, row.project) is None:
        return True
    request = Allocation.objects.select_related("project").filter(pk=row.steps["allocation"]).first()
    return request is not None and reach.answers_for(user, request, [row.steps["person"]])


def may_withdraw(user: Any, row: Proposal) -> bool:
    """Who proposed it, and who may propose the same: it must not stay for ever when its author has left."""
    others = row.kind in (Kind.SWAP, Kind.REINFORCE) and not is_theirs(user, row)
    return bool(row.proposed_by_id == user.pk) or (may_propose(user, row.project) and not others)


def answerable(user: Any) -> Q:
    """The filter of what this user may answer: the same as `may_answer`, for lists."""
    access = Access.of(user)
    mine = Q(kind__in=OF_PROJECTS) & access.projects("project", roles=POLICY[EDIT_PROJECT] & POLICY[REQUEST_ALLOCATION])
    swaps = Q(kind=Kind.SWAP) & access.projects("project", roles=POLICY[ANSWER_ALLOCATION])
    if any(grant.unit is not None for grant in access.grants):
        swaps &= theirs(user)
    mine |= swaps
    if allowed(user, EDIT_RESOURCES, None):
        units = reach.keeps(user)
        mine |= Q(project__isnull=True) & (Q() if units is None else Q(steps__unit__in=sorted(units)))
    return mine


def theirs(user: Any) -> Q:
    """`is_theirs`, for lists: of the swaps that wait, which are few."""
    waiting = Proposal.objects.filter(kind=Kind.SWAP, state=Proposal.State.PROPOSED)
    rows = list(waiting.visible_to(user).select_related("project"))
    asked = Allocation.objects.in_bulk([row.steps["allocation"] for row in rows])
    shares = reach.shares_of([*(row.steps["person"] for row in rows), *(one.person_id for one in asked.values())])
    found = []
    for row in rows:
        units, request = reach.reach(user, ANSWER_ALLOCATION, row.project), asked.get(row.steps["allocation"])
        if units is None or (
            request is not None
            and reach.covers(units, shares, request.person_id, request.unit_id)
            and reach.covers(units, shares, row.steps["person"])
        ):
            found.append(row.pk)
    return Q(pk__in=found)


def proposals(user: Any) -> QuerySet[Any]:
    """What this user may know of, the latest first."""
    return Proposal.objects.visible_to(user).with_names().select_related("project", "proposed_by", "answered_by")


def waiting_for(user: Any, *, owned: QuerySet[Any] | None = None) -> QuerySet[Any]:
    """What waits for the answer of this user; `owned`: of projects only those among these (what is theirs personally)."""
    rows = proposals(user).filter(answerable(user), state=Proposal.State.PROPOSED)
    if owned is not None:
        rows = rows.filter(Q(kind__in=(Kind.SWAP, Kind.REINFORCE)) | Q(project__in=owned))
    return rows


def of_project(user: Any, project: Project) -> QuerySet[Any]:
    return proposals(user).filter(project=project)


def same(one: Proposal, other: Proposal) -> bool:
    """Whether two ask the same of the same owner, so that one of them waits at a time: what the page offers goes by it as well.

    Capacity is the same where both would add to one sum; what a project does with some requests, where they share one.
    """
    if (one.kind, one.project_id) != (other.kind, other.project_id):
        return False
    steps, others = one.steps, other.steps
    if one.kind == Kind.SWAP:
        return bool(steps["allocation"] == others["allocation"])
    if one.kind == Kind.REINFORCE:
        overlap = steps["first_month"] <= others["last_month"] and others["first_month"] <= steps["last_month"]
        units = {steps["unit"], others["unit"]}
        return bool(steps["role"] == others["role"] and overlap and (len(units) == 1 or None in units))
    if one.kind in (Kind.FLOAT, Kind.REDUCE):
        period = one.kind == Kind.FLOAT or (one.first_day <= other.last_day and other.first_day <= one.last_day)
        return period and not requests_in(steps).isdisjoint(requests_in(others))
    return True


def requests_in(steps: dict[str, Any]) -> set[int]:
    return {row["id"] for row in steps.get("allocations", ())}


def steps_for(user: Any, steps: dict[str, Any], state: str | None) -> dict[str, Any]:
    """Without who could do it, for who looks nobody up: once it is accepted, the team of the project names them anyway.

    And without what accepting wrote (`after`): that is kept for taking it back.
    """
    named = state == Proposal.State.ACCEPTED or allowed(user, VIEW_PEOPLE, None)
    hidden = {"after"} if named else {"after", "person", "name"}
    return {name: value for name, value in steps.items() if name not in hidden}
