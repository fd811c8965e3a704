"""Propose, accept, refuse, withdraw. Callers have checked the right; nothing moves before its owner says yes.

Accepting does what the owner could do by hand, through the same services: requests ask for other months (who answers for
people then confirms them), milestones get another forecast, a part goes to somebody else, capacity is added. All of it in one
transaction, or none.
"""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError, SeveralErrors, StaleVersion
from pmo_portal.core.formats import moment
from pmo_portal.core.models import User
from pmo_portal.core.periods import add_months
from portfolio.relief.later import last_of
from portfolio.relief.models import Leveling, Proposal
from portfolio.relief.selectors.conflict import Conflict
from portfolio.relief.selectors.options import Option
from portfolio.relief.selectors.proposals import same
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
        steps={"allocations": told["allocations"], "milestones": told["milestones"]},
    )  # fmt: skip
    return sent(row, by=by)


def propose_all(
    *, by: User, at: datetime, run: Leveling, told: Sequence[tuple[Project, dict[str, Any]]], note: str = ""
) -> list[Proposal]:
    """All of them or none."""
    with editing.writing():
        return [
            propose_of_run(by=by, at=at, run=run, told=one, project=project, note=note)
            for project, one in sorted(told, key=lambda pair: pair[0].pk)
        ]


def sent(row: Proposal, *, by: User) -> Proposal:
    """Store a proposal, unless the same waits already."""
    with editing.writing():
        if row.project_id is not None:
            hold_project(row.project_id)
        waiting = Proposal.objects.filter(state=State.PROPOSED, kind=row.kind, project=row.project_id)
        if any(same(one, row) for one in waiting):
            raise AlreadyProposed(_("This is proposed already and waits for an answer."))
        return editing.create(row, by=by, project_id=row.project_id)


def tenth(value: float) -> Decimal:
    return Decimal(value).quantize(Decimal("0.1"))


def accept(*, proposal: Proposal, by: User, version: int, on: date, at: datetime, answer: str = "") -> Proposal:
    """Carry it out. Outdated instead, and nothing done, when something it was computed from is another since."""
    with editing.writing():
        row = hold_waiting(proposal, version=version)
        state = State.ACCEPTED if as_computed(row) else State.OUTDATED
        if state == State.ACCEPTED:
            carry_out(row, by=by, on=on)
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


def hold_waiting(proposal: Proposal, *, version: int) -> Proposal:
    """The proposal as its reader saw it, its project held first; who came first is told to who comes second."""
    if proposal.project_id is not None:
        hold_project(proposal.project_id)
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


def as_computed(row: Proposal) -> bool:
    """Whether the requests and milestones are still those it was computed from."""
    steps = row.steps
    wanted = {one["id"]: one["version"] for one in steps.get("allocations", ())}
    if steps.get("allocation"):
        wanted[steps["allocation"]] = steps["version"]
    if dict(Allocation.objects.filter(pk__in=wanted).values_list("pk", "version")) != wanted:
        return False
    dates = {one["id"]: one["version"] for one in steps.get("milestones", ()) if one["id"]}
    if dict(Milestone.objects.filter(pk__in=dates).values_list("pk", "version")) != dates:
        return False
    if steps.get("person") and not Person.objects.filter(pk=steps["person"]).exists():
        return False
    if steps.get("role") and not Role.objects.filter(pk=steps["role"]).exists():
        return False
    return row.project is None or (row.project.left_on is None and row.project.state not in Project.OVER)


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


def months_in(told: dict[str, str]) -> dict[date, Decimal]:
    return {date.fromisoformat(month): Decimal(amount) for month, amount in told.items()}


def give_away(row: Proposal, *, by: User, on: date) -> None:
    """The months somebody else takes; all of them: the whole request."""
    request = Allocation.objects.select_related("project", "person", "unit").get(pk=row.steps["allocation"])
    whom = resources.Whom(Person.objects.get(pk=row.steps["person"]))
    part = months_in(row.steps["part"])
    asked = dict(request.months.filter(asked__gt=0).values_list("month", "asked"))
    given = {"by": by, "version": request.version, "on": on, "whom": whom}
    if all(part.get(month) == amount for month, amount in asked.items()):
        resources.confirm_allocation(allocation=request, granted=part, **given)
    else:
        part = {month: min(amount, asked.get(month, Decimal(0))) for month, amount in part.items()}
        resources.split_allocation(allocation=request, part=part, confirm=True, **given)


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
        unit=Unit.objects.filter(pk=steps["unit"]).first() if steps["unit"] else None,
        name=_("Reinforcement"), fte=Decimal(steps["fte"]),
        first_month=date.fromisoformat(steps["first_month"]), last_month=date.fromisoformat(steps["last_month"]),
    )  # fmt: skip
    events.announce_people()
