"""Decisions: asked, reworded, deleted, with their options. What is decided about them is written in `verdicts`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, undo
from pmo_portal.core.errors import NotAllowed
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import EDIT_REGISTERS, TAKE_DECISION
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project, restoring
from projects.hierarchy.visibility import Access
from projects.raid.models import Decision, DecisionOption
from projects.raid.services.entries import next_code
from projects.raid.services.options import Choice, set_options

FIELDS = frozenset(
    {"code", "external_ref", "question", "question_en", "background", "needed_by", "asked_by", "asked_on", "committee"}
    | {"amount_asked", "recommendation"}
)
# What only who may decide writes (projects.take_decision).
VERDICT = frozenset({"outcome", "taken_on", "decided_by", "decided_by_name"})


def create_decision(*, project: Project, by: User, on: date, options: Sequence[Choice] = (), **fields: Any) -> Decision:
    """A question, numbered D1, D2… in its project unless it has a code, asked today unless told otherwise."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        fields = amounts_known(fields, project=held, by=by)
        fields["code"] = fields.get("code") or next_code(Decision, held)
        fields["asked_on"] = fields.get("asked_on") or on
        decision = editing.create(Decision(project=held, **fields), by=by, project_id=held.pk)
        set_options(decision, options, by=by)
        facts_changed(held, on=on)
        return decision


def update_decision(
    *,
    decision: Decision,
    by: User,
    version: int,
    changes: Mapping[str, Any],
    on: date,
    options: Sequence[Choice] | None = None,
) -> Decision:
    """Reword a question; `options` None leaves them. Once it is decided, what was asked stands, except for who may decide."""
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(decision.project_id)
        changes = amounts_known(changes, project=held, by=by)
        row = editing.lock(Decision, decision.pk, version=version, changes=changes)
        check_not_decided(row, by=by)
        if "asked_on" in changes:
            changes["asked_on"] = changes["asked_on"] or row.asked_on
        told = bool(editing.write(row, by=by, changes=changes, project_id=held.pk))
        if options is not None and set_options(row, options, by=by) and not told:
            touch(row)
            told = True
        if told:
            facts_changed(held, on=on)
        return row


def delete_decision(*, decision: Decision, by: User, version: int, on: date) -> None:
    """Delete a question with its options. What was decided is deleted by who may decide."""
    with editing.writing():
        held = hold_project(decision.project_id)
        check_not_decided(editing.hold(Decision, decision.pk), by=by)
        editing.delete(decision, by=by, version=version, project_id=held.pk)
        facts_changed(held, on=on)


def touch(decision: Decision) -> None:
    """A change of its options is one of the decision: its version moves, and who reads what changed since finds it."""
    decision.save(update_fields=["updated_at"])
    decision.version += 1


def check_not_decided(decision: Decision, *, by: User) -> None:
    """Refuse to reword or remove what was decided, without the right to decide."""
    if decision.is_decided and not by.has_perm(TAKE_DECISION, decision.project):
        raise NotAllowed(
            _(
                "This was decided: what was asked stays as it is. Ask a new question, or have it corrected by who may decide."
            )
        )


def amounts_known(changes: Mapping[str, Any], *, project: Project, by: User) -> dict[str, Any]:
    """The changes without the amount this editor cannot see: nothing given leaves it, one that is given is refused."""
    if "amount_asked" not in changes or Access.of(by).sees("budget", project):
        return dict(changes)
    if changes["amount_asked"] is not None:
        raise NotAllowed(_("Your role does not show the amounts of this project."), field="amount_asked")
    return {name: value for name, value in changes.items() if name != "amount_asked"}


class DecisionWay(restoring.FactWay):
    """What was decided goes back, and comes back, by who may decide."""

    model = Decision
    permission = EDIT_REGISTERS

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        right = TAKE_DECISION if of_a_verdict(event) or row.is_decided else self.permission
        if not by.has_perm(right, row.project):
            raise undo.not_allowed()

    def may_restore(self, event: AuditEvent, *, user: User) -> bool:
        if not of_a_verdict(event):
            return super().may_restore(event, user=user)
        project = Project.objects.filter(pk=event.project_id or 0).first()
        return project is not None and user.has_perm(TAKE_DECISION, project)


def of_a_verdict(event: AuditEvent) -> bool:
    """Whether an event tells what was decided."""
    return event.action not in ("create", "delete") and bool(VERDICT & event.changes.keys())


class OptionWay(restoring.FactWay):
    """Options go back with their decision, or alone while it is still there and open."""

    model = DecisionOption
    permission = EDIT_REGISTERS

    def check(self, row: Any, event: AuditEvent, *, by: User) -> None:
        decision = Decision.objects.filter(pk=row.decision_id).first()
        if decision is None:
            raise undo.CannotUndo(_("The decision this option belonged to is gone: nothing was taken back."))
        if not by.has_perm(TAKE_DECISION if decision.is_decided else self.permission, decision.project):
            raise undo.not_allowed()

    def done(self, row: DecisionOption, names: Iterable[str], *, by: User, on: date) -> None:
        for decision in Decision.objects.filter(pk=row.decision_id):
            touch(decision)
        super().done(row, names, by=by, on=on)


undo.ways.add("projects.Decision", DecisionWay())
undo.ways.add("projects.DecisionOption", OptionWay())
