"""Propose, accept, refuse, withdraw. Callers have checked the right; nothing moves before its owner says yes.

Accepting does what the owner could do by hand, through the same services: requests ask for other months (who answers for
people then confirms them), milestones get another forecast, a part goes to somebody else, capacity is added. All of it in one
transaction, or none.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError, SeveralErrors, StaleVersion
from pmo_portal.core.formats import moment
from pmo_portal.core.models import User
from pmo_portal.core.periods import add_months
from portfolio.relief.later import last_of
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.conflict import Conflict, works_of
from portfolio.relief.selectors.options import Option
from portfolio.relief.selectors.proposals import same
from portfolio.relief.selectors.standing import as_computed, held_now, months_in
from projects.hierarchy.models import Project
from projects.hierarchy.services import hold_project
from projects.planning.models import Milestone
from projects.planning.services import update_milestone
from projects.resources import services as resources
from projects.resources.models import Allocation, Person, PooledCapacity, Role, Unit

Kind, State = Proposal.Kind, Proposal.State


class AlreadyProposed(DomainError):
    """The same waits for its owner already."""

    status = 409


class SomeProposed(DomainError):
    """Of several at once the same waits already for these projects, so that none was proposed."""

    status = 409

    def __init__(self, projects: Sequence[Project]) -> None:
        words = _("Proposed already and waiting for an answer: %(projects)s. Nothing was proposed.")
        super().__init__(words % {"projects": ", ".join(one.label for one in projects)}, field="projects")
        self.projects = projects


def propose(*, by: User, at: datetime, conflict: Conflict, option: Option, note: str = "") -> Proposal:
    """Ask the owner of an option; it is computed by the caller a moment ago."""
    row = Proposal(
        kind=option.kind, project=option.project, rows=conflict.kind, ref=conflict.ref, subject=conflict.name,
        first_day=conflict.period.first, last_day=conflict.period.last, days=tenth(option.days), weeks=option.weeks,
        price=tenth(option.price), steps=option.steps, note=note.strip(), proposed_by=by, proposed_at=at,
    )  # fmt: skip
    return sent(row, by=by)


def propose_of_run(
    *, by: User, at: datetime, run: Leveling, told: dict[str, Any], project: Project, note: str = ""
) -> Proposal:
    """Ask the owner of a project for what a levelling moves of it."""
    scope = run.node.label if run.node else _("all projects")
    result: dict[str, Any] = run.result or {}
    first = date.fromisoformat(result["first_month"])
    row = Proposal(
        kind=Kind.SHIFT, project=project, run=run, rows=Proposal.Rows.ROLE, ref=0,
        subject=_("Levelling: %(scope)s") % {"scope": scope}, first_day=first,
        last_day=last_of(add_months(first, result["months"] - 1)), days=tenth(told.get("days", 0.0)),
        weeks=told["weeks"], price=tenth(told["price"]), note=note.strip(), proposed_by=by, proposed_at=at,
        steps={
            "allocations": told["allocations"], "milestones": told["milestones"], "mark": told.get("mark"),
            "since": first.isoformat(), "levelling": True, "scope": run.node_id, "beyond": told.get("beyond", False),
        },
    )  # fmt: skip
    return sent(row, by=by)


def propose_all(
    *, by: User, at: datetime, run: Leveling, told: Sequence[tuple[Project, dict[str, Any]]], note: str = ""
) -> list[Proposal]:
    """All of them or none; those that wait already are all named."""
    made, waiting = [], []
    with editing.writing():
        for project, one in sorted(told, key=lambda pair: pair[0].pk):
            try:
                made.append(propose_of_run(by=by, at=at, run=run, told=one, project=project, note=note))
            except AlreadyProposed:
                waiting.append(project)
        if waiting:
            raise SomeProposed(waiting)
    return made


def sent(row: Proposal, *, by: User) -> Proposal:
    """Store a proposal, unless the same waits already. What waits and can no longer be accepted does not stand in its way."""
    with editing.writing():
        hold_subject(row)
        on = timezone.localdate(row.proposed_at)
        for one in Proposal.objects.filter(state=State.PROPOSED, kind=row.kind, project=row.project_id).order_by("pk"):
            if not same(one, row):
                continue
            if as_computed(one, on=on):
                raise AlreadyProposed(_("This is proposed already and waits for an answer."))
            answered(one, by=by, at=row.proposed_at, state=State.OUTDATED, answer="")
        return editing.create(row, by=by, project_id=row.project_id)


def hold_subject(row: Proposal) -> None:
    """One proposes or answers for a project at a time; for a role that is reinforced, too."""
    if row.project_id is not None:
        hold_project(row.project_id)
    elif role := row.steps.get("role"):
        list(Role.objects.select_for_update(no_key=True).filter(pk=role).order_by("pk"))


def tenth(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"))


def accept(*, proposal: Proposal, by: User, version: int, on: date, at: datetime, answer: str = "") -> Proposal:
    """Carry it out. Outdated instead, and nothing done, when something it was computed from is another since."""
    with editing.writing():
        row = hold_waiting(proposal, version=version)
        state = State.ACCEPTED if as_computed(row, on=on) else State.OUTDATED
        if state == State.ACCEPTED:
            carry_out(row, by=by, on=on)
            write_steps(row, {**row.steps, "after": held_now(row)}, by=by)
        return answered(row, by=by, at=at, state=state, answer=answer)


def refuse(*, proposal: Proposal, by: User, version: int, at: datetime, answer: str) -> Proposal:
    with editing.writing():
        row = hold_waiting(proposal, version=version)
        if not answer.strip():
            raise DomainError(_("Say why: who proposed it has to look for something else."), field="answer")
        return answered(row, by=by, at=at, state=State.REFUSED, answer=answer)


def withdraw(*, proposal: Proposal, by: User, version: int, at: datetime) -> Proposal:
    with editing.writing():
        row = hold_waiting(proposal, version=version)
        return answered(row, by=by, at=at, state=State.WITHDRAWN, answer="")


def answered(row: Proposal, *, by: User, at: datetime, state: str, answer: str) -> Proposal:
    changes = {"state": state, "answered_by": by, "answered_at": at, "answer": answer.strip()}
    editing.write(row, by=by, changes=changes, project_id=row.project_id, action="answer")
    return row


def write_steps(row: Proposal, steps: dict[str, Any], *, by: User) -> None:
    """`after` is what acceptance left, so that taking it back can tell whether anything moved since; no part of the history."""
    editing.write(row, by=by, changes={"steps": steps}, project_id=row.project_id)


def hold_waiting(proposal: Proposal, *, version: int) -> Proposal:
    """The proposal as its reader saw it, its project held first; who came first is told to who comes second."""
    hold_subject(proposal)
    row = editing.hold(Proposal, proposal.pk)
    if row.state != State.PROPOSED:
        raise StaleVersion(_told(row), mine={}, theirs={"state": row.state}, version=row.version)
    if row.version != version:
        raise StaleVersion(
            _("Someone saved this while you were editing."), mine={}, theirs={"state": row.state}, version=row.version
        )
    return row


def _told(row: Proposal) -> str:
    who, when = row.answered_by, row.answered_at
    told = {
        "state": row.get_state_display().lower(),
        "who": who.label if who else "–",
        "at": moment(when) if when else "–",
    }
    return _("%(who)s answered this on %(at)s: %(state)s. Nothing was done.") % told


def carry_out(row: Proposal, *, by: User, on: date) -> None:
    steps = row.steps
    if row.kind == Kind.SWAP:
        try:
            give_away(row, by=by, on=on)
        except resources.Crowded as full:
            raise no_room(full) from full
    elif row.kind == Kind.REINFORCE:
        add_capacity(row, by=by)
    for one in steps.get("allocations", ()):
        ask_instead(one, by=by, on=on)
    for one in steps.get("milestones", ()):
        if one["id"]:
            milestone = Milestone.objects.get(pk=one["id"])
            changes = {"forecast_date": date.fromisoformat(one["to"])}
            update_milestone(milestone=milestone, by=by, version=milestone.version, changes=changes, on=on)


def ask_instead(one: dict[str, Any], *, by: User, on: date) -> None:
    """What a request asks from now on. What nothing is left of is taken back."""
    row = Allocation.objects.get(pk=one["id"])
    months = months_in(one["after"])
    if months:
        resources.change_allocation(
            allocation=row, by=by, version=row.version, on=on, changes={}, months=months,
        )  # fmt: skip
    else:
        resources.withdraw_allocation(allocation=row, by=by, version=row.version, on=on)


def give_away(row: Proposal, *, by: User, on: date) -> None:
    """The months somebody else takes; all of them: the whole request."""
    request = Allocation.objects.select_related("project", "person", "unit").get(pk=row.steps["allocation"])
    whom = resources.Whom(Person.objects.get(pk=row.steps["person"]))
    part = months_in(row.steps["part"])
    (work,) = works_of([request])[request.project_id]
    given = {"by": by, "version": request.version, "on": on, "whom": whom}
    if all(part.get(month) == amount for month, amount in work.plan.items()):
        resources.confirm_allocation(allocation=request, granted=part, **given)
    else:
        resources.split_allocation(allocation=request, part=part, confirm=True, of_granted=True, **given)


def no_room(full: SeveralErrors) -> SeveralErrors:
    """The same refusal in words of this page: nothing can be confirmed anyway from here."""
    told = " ".join(one["message"] for one in full.errors)
    last = _("Nothing was done: refuse it and say why, or look at the options again.")
    refused = SeveralErrors(f"{told} {last}".strip(), full.errors)
    refused.status = full.status
    return refused


def add_capacity(row: Proposal, *, by: User) -> None:
    steps = row.steps
    resources.create_supply(
        PooledCapacity, by=by, role=Role.objects.get(pk=steps["role"]),
        unit=Unit.objects.get(pk=steps["unit"]) if steps["unit"] else None,
        name=_("Reinforcement"), fte=Decimal(steps["fte"]),
        first_month=date.fromisoformat(steps["first_month"]), last_month=date.fromisoformat(steps["last_month"]),
    )  # fmt: skip
    events.announce_people()
