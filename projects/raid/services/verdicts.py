"""What becomes of a decision: put on an agenda, taken, refused, given up. Callers have checked the right on the project.

Every step goes through `step`, which asks `deciding` whether it may follow.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError
from pmo_portal.core.formats import date as day_in_words
from pmo_portal.core.models import User
from projects.hierarchy.services import facts_changed, hold_project
from projects.raid import deciding
from projects.raid.models import Decision
from projects.resources.models import Person


def schedule_decision(
    *, decision: Decision, by: User, version: int, on: date, scheduled_for: date, committee: str | None = None
) -> Decision:
    """Put a question on the agenda of the day `scheduled_for`; `committee` None leaves of whom it is asked."""
    if scheduled_for < on:
        raise DomainError(
            _("This day is past. Put it on an agenda from %(day)s on.") % {"day": day_in_words(on)},
            field="scheduled_for",
        )
    asked_of = {} if committee is None else {"committee": committee}
    return step(
        decision, deciding.SCHEDULED, {"scheduled_for": scheduled_for, **asked_of}, by=by, version=version, on=on
    )


def take_decision(
    *,
    decision: Decision,
    by: User,
    version: int,
    on: date,
    outcome: str,
    taken_on: date | None = None,
    decided_by: Person | None = None,
    decided_by_name: str = "",
    reason: str = "",
) -> Decision:
    """Write down what was decided, by whom and when: today and by the one who writes unless told otherwise.

    An outcome that does not settle the question (postponed, to be reworked) leaves it open, off the agenda.
    """
    if outcome not in deciding.BECOMES:
        raise DomainError(_("This value is not in the list. Choose one of those offered."), field="outcome")
    day, why = taken_on or on, reason.strip()
    if day > on:
        words = _("A decision is written down once it is taken, on %(day)s at the latest.")
        raise DomainError(words % {"day": day_in_words(on)}, field="taken_on")
    if outcome in deciding.NEEDS_A_REASON and not why:
        raise DomainError(_("Say why, or under which conditions."), field="reason")
    verdict = {"outcome": outcome, "taken_on": day, "reason": why, **who(decided_by, decided_by_name, by=by)}
    becomes = deciding.BECOMES[outcome]
    if becomes == deciding.ASKED:
        verdict["scheduled_for"] = None
    return step(decision, becomes, verdict, by=by, version=version, on=on)


def refuse_decision(*, decision: Decision, by: User, version: int, on: date, **told: Any) -> Decision:
    """Write down a refusal, with its reason; the same as taking it with that outcome."""
    return take_decision(decision=decision, by=by, version=version, on=on, outcome=Decision.Outcome.REFUSED, **told)


def lapse_decision(*, decision: Decision, by: User, version: int, on: date, reason: str = "") -> Decision:
    """The question is no longer asked: nobody needs the decision any more."""
    return step(decision, deciding.LAPSED, {"reason": reason.strip()}, by=by, version=version, on=on)


def ask_decision_again(*, decision: Decision, by: User, version: int, on: date) -> Decision:
    """Ask a question that had lapsed again, or take it off an agenda."""
    return step(decision, deciding.ASKED, {"scheduled_for": None}, by=by, version=version, on=on)


def step(decision: Decision, status: str, changes: Mapping[str, Any], *, by: User, version: int, on: date) -> Decision:
    """Bring a decision to a status, if that may follow the one it is in."""
    wanted = {"status": status, **changes}
    with editing.writing():
        held = hold_project(decision.project_id)
        row = editing.lock(Decision, decision.pk, version=version, changes=wanted)
        if not deciding.may_follow(row.status, status):
            words = _("“%(question)s” is %(status)s: this step is not possible any more.")
            told = {"question": row.label, "status": row.get_status_display().lower()}
            raise DomainError(words % told, field="status")
        if editing.write(row, by=by, changes=wanted, project_id=held.pk):
            facts_changed(held, on=on)
        return row


def who(person: Person | None, name: str, *, by: User) -> dict[str, Any]:
    """Who decided: the person or the body that was named, else the one who writes it down."""
    name = name.strip()
    if person is None and not name:
        person = Person.objects.filter(user=by).first()
    return {"decided_by": person, "decided_by_name": name or ("" if person else by.label)}
