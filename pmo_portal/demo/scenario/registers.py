"""The registers and independent reviews of the scenario, entered and ended in their months by who would (registers.toml)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any

from pmo_portal.core.models import User
from pmo_portal.core.typography import french
from pmo_portal.demo.scenario.spec import read
from pmo_portal.demo.scenario.timeline import Snapshot
from projects.hierarchy.models import Project
from projects.raid.models import Action, Decision, Issue
from projects.raid.services import (
    Choice,
    create_action,
    create_assessment,
    create_decision,
    create_issue,
    release_assessment,
    schedule_decision,
    take_decision,
    update_action,
    update_issue,
)
from projects.resources.models import Person

if TYPE_CHECKING:
    from pmo_portal.demo.scenario.stage import Played

REVIEWER = "Isabelle Roy"
KINDS = ("issue", "decision", "action")  # in this order: an action may come from one of the others


@cache
def entries(project: str) -> tuple[tuple[str, dict[str, Any]], ...]:
    """(kind, entry) of what the registers of this project have."""
    told = read("registers")
    return tuple((kind, one) for kind in KINDS for one in told[kind] if one["project"] == project)


def play(one: "Played", snapshot: Snapshot, *, by: User, persons: Mapping[str, Person]) -> None:
    """What is entered this month, and what comes to its end.

    The PMO enters the decisions, whose amounts nobody sees who has no role yet, and writes down what was decided.
    """
    for number, (kind, entry) in enumerate(entries(one.spec.code)):
        owner = persons[entry.get("owner", one.spec.manager)]
        if entry["at"] == snapshot.month:
            one.registers[number] = ENTER[kind](
                one, entry, snapshot, owner, by=by if kind == "decision" else one.manager
            )
        row = one.registers.get(number)
        if row is not None:
            one.registers[number] = _ended(one, row, entry, snapshot, by=by)


def review(one: "Played", snapshot: Snapshot, *, by: User, at: datetime) -> None:
    """What somebody independent thought of the project on the last day of the month."""
    for entry in read("registers")["assessment"]:
        if (entry["project"], entry["at"]) != (one.spec.code, snapshot.month):
            continue
        found = create_assessment(
            project=_project(one), by=by, on=snapshot.day, scale=entry.get("scale", "dca5"), rating=entry["rating"],
            summary=_in(one, entry["text"]), recommendations=_in(one, entry.get("recommendations", ["", ""])),
        )  # fmt: skip
        if not entry.get("draft"):
            release_assessment(assessment=found, by=by, version=found.version, on=snapshot.day, at=at)


def _issue(one: "Played", entry: dict[str, Any], snapshot: Snapshot, owner: Person, *, by: User) -> Issue:
    urgency, impact, size = entry["scales"]
    return create_issue(
        project=_project(one), by=by, on=snapshot.day, title=french(entry["title"]), title_en=entry["title_en"],
        description=_in(one, entry["text"]), urgency=urgency, impact=impact, size=size, owner=owner,
        due_date=snapshot.day + timedelta(days=entry["due"]),
    )  # fmt: skip


def _decision(one: "Played", entry: dict[str, Any], snapshot: Snapshot, owner: Person, *, by: User) -> Decision:
    choices = [
        Choice(
            label=_in(one, option["label"]), cost=_euros(option["cost"]), delay_days=option["delay"],
            note=_in(one, option.get("note", ["", ""])), recommended=option.get("recommended", False),
        )
        for option in entry["options"]
    ]  # fmt: skip
    return create_decision(
        project=_project(one), by=by, on=snapshot.day, question=french(entry["question"]),
        question_en=entry["question_en"], background=_in(one, entry["text"]), committee=_in(one, entry["committee"]),
        needed_by=snapshot.day + timedelta(days=entry["needed"]), asked_by=owner, options=choices,
        recommendation=_in(one, entry["recommendation"]),
        amount_asked=_euros(entry["amount"]) if "amount" in entry else None,
    )  # fmt: skip


def _action(one: "Played", entry: dict[str, Any], snapshot: Snapshot, owner: Person, *, by: User) -> Action:
    """The origin is the latest issue or decision of the project entered by then."""
    kinds = {"issue": Issue, "decision": Decision}
    kind = entry.get("from", "")
    origin = [row for row in one.registers.values() if isinstance(row, kinds[kind])][-1:] if kind else []
    return create_action(
        project=_project(one), by=by, on=snapshot.day, title=french(entry["title"]), title_en=entry["title_en"],
        priority=entry["priority"], owner=owner, due_date=snapshot.day + timedelta(days=entry["due"]),
        **dict(zip([kind], origin, strict=False)),
    )  # fmt: skip


ENTER: Mapping[str, Any] = {"issue": _issue, "decision": _decision, "action": _action}


def _ended(one: "Played", row: Any, entry: dict[str, Any], snapshot: Snapshot, *, by: User) -> Any:
    """The row as this month leaves it."""
    told: dict[str, Any] = {"version": row.version, "on": snapshot.day}
    if "scheduled" in entry and snapshot.month == 0:
        day = snapshot.day + timedelta(days=entry["scheduled"])
        return schedule_decision(decision=row, by=one.manager, scheduled_for=day, **told)
    if (verdict := entry.get("verdict")) and verdict["month"] == snapshot.month:
        name = _in(one, entry["committee"])
        reason = _in(one, verdict["reason"])
        return take_decision(
            decision=row, by=by, outcome=verdict["outcome"], decided_by_name=name, reason=reason, **told
        )
    if entry.get("end") == snapshot.month and isinstance(row, Issue):
        return update_issue(issue=row, by=one.manager, changes={"status": Issue.Status.RESOLVED}, **told)
    if entry.get("end") == snapshot.month and isinstance(row, Action):
        return update_action(action=row, by=one.manager, changes={"status": Action.Status.DONE}, **told)
    return row


def _project(one: "Played") -> Project:
    assert one.project is not None
    return one.project


def _in(one: "Played", texts: list[str]) -> str:
    """The text in the language the demo is built in."""
    return texts[1] if one.language == "en" else french(texts[0])


def _euros(thousands: float) -> Decimal:
    return Decimal(thousands) * 1000
