"""Many answers at once: each one for itself, so that what cannot be answered does not keep the rest waiting."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from pmo_portal.core import editing
from pmo_portal.core.editing import Busy
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.access.policy import ANSWER_ALLOCATION
from projects.hierarchy.models import Project
from projects.resources.models import Allocation
from projects.resources.services.answers import confirm_allocation, propose_allocation, refuse_allocation
from projects.resources.services.crowding import hold_people
from projects.resources.services.unit_room import hold_units

VERBS: dict[str, Callable[..., Allocation]] = {
    "propose": propose_allocation, "confirm": confirm_allocation, "refuse": refuse_allocation,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer: the request and the version the editor saw, the verb, and what it takes."""

    allocation: int
    version: int
    verb: str
    given: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of it: the request as it is now, or why nothing did."""

    asked: Answer
    row: Allocation | None = None
    error: DomainError | None = None

    @property
    def done(self) -> bool:
        return self.error is None


def answer_many(*, by: User, on: date, answers: Sequence[Answer]) -> list[Answered]:
    """Give every answer that can be given, in the order of the list; the others come back with their reason."""
    with editing.writing():
        rows = {
            row.pk: row for row in Allocation.objects.visible_to(by).filter(pk__in=[one.allocation for one in answers])
        }
        people = [row.person_id for row in rows.values()]
        units = [row.unit_id for row in rows.values() if row.person_id is None]
        units += [whom.unit.pk for one in answers if (whom := one.given.get("whom")) and whom.unit]
        people += [whom.person.pk for one in answers if (whom := one.given.get("whom")) and whom.person]
        list(
            Project.objects.select_for_update(no_key=True)
            .filter(pk__in={row.project_id for row in rows.values()})
            .order_by("pk")
            .values("pk")
        )
        hold_people(people)
        hold_units(units)
        return [_one(one, rows.get(one.allocation), by=by, on=on) for one in answers]


def _one(one: Answer, row: Allocation | None, *, by: User, on: date) -> Answered:
    if row is None:
        return Answered(one, error=DomainError(_("This row is no longer there.")))
    if not by.has_perm(ANSWER_ALLOCATION, row.project):
        return Answered(one, row, DomainError(_("Your role does not allow this here.")))
    try:
        with transaction.atomic():
            done = VERBS[one.verb](allocation=row, by=by, version=one.version, on=on, **one.given)
    except Busy:
        raise
    except DomainError as error:
        return Answered(one, row, error)
    return Answered(one, done)
