"""Answers to proposals taken back: what accepting wrote goes back by the ways of each record, and the proposal waits again."""

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, undo
from pmo_portal.core.models import AuditEvent, User
from portfolio.relief.models import Proposal
from portfolio.relief.selectors.proposals import may_answer, may_withdraw, same
from portfolio.relief.selectors.standing import computed_now, held_now
from portfolio.relief.services.proposals import hold_subject, write_steps

State = Proposal.State


class ProposalWay(undo.Way):
    """Who may give an answer takes theirs back. Where something of it moved since, it waits again as outdated."""

    model = Proposal
    alone = False  # what accepting wrote goes back with it
    actions = frozenset({"answer", "undo"})

    def knows(self, event: AuditEvent) -> bool:
        """Not what was outdated: that did nothing."""
        return super().knows(event) and State.OUTDATED not in event.changes.get("state", ())

    def hold(self, event: AuditEvent) -> None:
        if row := Proposal.objects.filter(pk=event.target_id).first():
            hold_subject(row)

    def check(self, row: Proposal, event: AuditEvent, *, by: User) -> None:
        states = event.changes.get("state", ())
        may = may_withdraw if State.WITHDRAWN in states else may_answer
        if not may(by, row):
            raise undo.not_allowed()
        waiting = Proposal.objects.filter(state=State.PROPOSED, kind=row.kind, project=row.project_id).exclude(
            pk=row.pk
        )
        if row.state != State.PROPOSED and any(same(one, row) for one in waiting):
            raise undo.CannotUndo(_("The same was proposed again since: nothing was taken back."))

    def judge(self, events: Sequence[AuditEvent], *, by: User) -> Callable[[], None]:
        ids = [event.target_id for event in events]
        untouched = {
            row.pk
            for row in Proposal.objects.filter(pk__in=ids, state=State.ACCEPTED)
            if row.steps.get("after") == held_now(row)
        }

        def settle() -> None:
            for pk in ids:
                row: Any = editing.hold(Proposal, pk)
                if row.state == State.ACCEPTED:
                    write_steps(row, {**row.steps, "after": held_now(row)}, by=by)
                elif row.state == State.PROPOSED:
                    steps = computed_now(row) if pk in untouched else row.steps
                    write_steps(row, {name: value for name, value in steps.items() if name != "after"}, by=by)

        return settle


undo.ways.add("portfolio.Proposal", ProposalWay())
