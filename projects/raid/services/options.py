"""The options of a decision: always written as one list, in their order, with the decision they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.errors import DomainError, NotAllowed
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.visibility import Access
from projects.raid.models import Decision, DecisionOption
from projects.raid.models.decision import MOST_OPTIONS

TOLD = ("label", "cost", "delay_days", "note", "recommended")


@dataclass(frozen=True, slots=True)
class Choice:
    """One option as an editor wants it; `cost` in the project's currency, `delay_days` in calendar days, None: not known."""

    label: str
    cost: Decimal | None = None
    delay_days: int | None = None
    note: str = ""
    recommended: bool = False


def check_choices(choices: Sequence[Choice]) -> None:
    """At most six, at most one recommended."""
    if len(choices) > MOST_OPTIONS:
        raise DomainError(_("A decision has six options at most."), field="options")
    if sum(choice.recommended for choice in choices) > 1:
        raise DomainError(_("Recommend one option at most."), field="options")


def as_known_to(
    by: User, project: Project, choices: Sequence[Choice], stored: Sequence[DecisionOption]
) -> list[Choice]:
    """The choices with the costs this editor cannot see kept by the name of their option; one they give is refused."""
    if Access.of(by).sees("budget", project):
        return list(choices)
    if any(choice.cost is not None for choice in choices):
        raise NotAllowed(_("Your role does not show the amounts of this project."), field="options")
    costs = {option.label: option.cost for option in stored}
    return [Choice(one.label, costs.get(one.label), one.delay_days, one.note, one.recommended) for one in choices]


def set_options(decision: Decision, choices: Sequence[Choice], *, by: User) -> bool:
    """Bring the options of a held decision to this list, place by place; whether anything changed.

    What loses the recommendation is written before what gains it: there is one at any moment.
    """
    check_choices(choices)
    stored = {option.position: option for option in DecisionOption.objects.filter(decision=decision)}
    wanted = dict(enumerate(as_known_to(by, decision.project, choices, list(stored.values())), start=1))
    gone = [option for place, option in stored.items() if place not in wanted]
    for option in gone:
        editing.delete(option, by=by, version=option.version, project_id=decision.project_id)
    changed = bool(gone)
    for place, choice in sorted(wanted.items(), key=lambda pair: (pair[1].recommended, pair[0])):
        told: dict[str, Any] = {name: getattr(choice, name) for name in TOLD}
        if place in stored:
            changed |= bool(editing.write(stored[place], by=by, changes=told, project_id=decision.project_id))
        else:
            made = DecisionOption(decision=decision, project_id=decision.project_id, position=place, **told)
            editing.create(made, by=by, project_id=decision.project_id)
            changed = True
    return changed
