"""Somebody leaves in the middle of their work: what remains is asked for anew, or proposed to somebody else, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.formats import date as in_words
from pmo_portal.core.models import User
from projects.access.policy import ANSWER_ALLOCATION
from projects.hierarchy.services import hold_project
from projects.resources.models import Allocation, Person
from projects.resources.selectors.remaining import STATES, Remains, remaining
from projects.resources.selectors.time import work_at_weekends
from projects.resources.services import months as quantities
from projects.resources.services.answers import NOTHING, Whom, check_reach, told
from projects.resources.services.crowding import hold_people

Status = Allocation.Status


@dataclass(frozen=True, slots=True)
class Handed:
    """One request, as the editor saw it, and who could go on with it; nobody: it is asked for anew, by its role."""

    allocation: int
    version: int
    to: Person | None = None


def hand_over(
    *, person: Person, by: User, on: date, after: date, parts: Sequence[Handed], answer: str
) -> list[Allocation]:
    """Take what remains after the day from the person: all of these requests or none of them.

    What they did until then stays theirs: a request that began before is split, and its rest is an allocation of its own.
    Returns what is now asked for or proposed, in the order of the list.
    """
    if after < earliest(person, on=on):
        words = _("What is past stays theirs: choose %(day)s or a later day.")
        raise DomainError(words % {"day": in_words(earliest(person, on=on), "long")}, field="after")
    if not parts:
        raise DomainError(_("Choose what is handed over."))
    if not answer.strip():
        raise DomainError(_("Say why: the projects read it."), field="answer")
    with editing.writing():
        rows = hold(person, parts, by=by)
        left = {one.allocation.pk: one for one in remaining(person, rows.values(), after=after)}
        done = []
        for part in parts:
            if part.allocation not in left:
                raise DomainError(_("Nothing of “%(what)s” is left after that day.") % {"what": rows[part.allocation]})
            done.append(_moved(left[part.allocation], part.to, by=by, on=on, answer=answer))
        events.announce(sorted({row.project_id for row in rows.values()}))
        events.announce_people()
        return done


def earliest(person: Person, *, on: date) -> date:
    """The first day after which something can be handed over: past months were done, unless they had left by then.

    The month under way as a whole can be, because per cents of a month are kept or given away whole.
    """
    return min(on, person.leaves_on or on).replace(day=1) - timedelta(days=1)


def hold(person: Person, parts: Sequence[Handed], *, by: User) -> dict[int, Allocation]:
    """The requests as the editor saw them, held with their projects and the people, in the order of every other answer."""
    seen = {row.pk: row for row in Allocation.objects.visible_to(by).filter(pk__in=[one.allocation for one in parts])}
    if len(seen) < len(parts):
        raise DomainError(_("This row is no longer there."))
    projects = {pk: hold_project(pk) for pk in sorted({row.project_id for row in seen.values()})}
    hold_people([person.pk, *(one.to.pk for one in parts if one.to)])
    rows = {}
    for part in sorted(parts, key=lambda one: one.allocation):
        try:
            row = editing.lock(Allocation, part.allocation, version=part.version, changes={})
        except StaleVersion as stale:
            raise told(stale, part.allocation) from stale
        row.project = projects[row.project_id]
        check(row, person, part.to, by=by)
        rows[row.pk] = row
    return rows


def check(row: Allocation, person: Person, to: Person | None, *, by: User) -> None:
    if not by.has_perm(ANSWER_ALLOCATION, row.project):
        raise NotAllowed(_("Your role does not allow this here."))
    check_reach(row, None if to is None else Whom(to), by=by, giving=True)
    if row.person_id != person.pk or row.status not in STATES:
        words = _("“%(what)s” is no longer given to %(name)s.")
        raise DomainError(words % {"what": row.project.label, "name": person.name})
    if to is not None and to.pk == person.pk:
        raise DomainError(_("Choose somebody else than who hands it over."))


def _moved(left: Remains, to: Person | None, *, by: User, on: date, answer: str) -> Allocation:
    row = left.allocation
    weekends = to is not None and bool(work_at_weekends([to.pk]))
    amounts = quantities.checked(left.months, measure=row.measure, named=to is not None, weekends=weekends)
    state: dict[str, Any] = {
        "status": Status.REQUESTED if to is None else Status.PROPOSED, "person": to, "answer": answer.strip(),
        "answered_by": by, "answered_on": on, "asked_on": on,
    }  # fmt: skip
    if not left.whole:
        return _rest_of(row, amounts, state, by=by)
    quantities.set_granted(row, None if to is None else amounts, by=by)
    started = row.version
    editing.write(row, by=by, changes=state, project_id=row.project_id, action="answer")
    if row.version == started:
        quantities.touch([row], by=by)
    return row


def _rest_of(row: Allocation, amounts: quantities.Quantities, state: dict[str, Any], *, by: User) -> Allocation:
    """What remains, as one of its own, made whole; what it has, the one it comes from has no more."""
    held, pending = quantities.stored([row.pk])[row.pk], quantities.Pending()
    for month, amount in amounts.items():
        one = held[month]
        pending.set(row, month, one, asked=max(one.asked - amount, NOTHING), granted=(one.granted or NOTHING) - amount)
    piece = Allocation(
        project=row.project, role_id=row.role_id, skill_id=row.skill_id, level=row.level, unit_id=row.unit_id,
        firmness=row.firmness, measure=row.measure, note=row.note, asked_by_id=row.asked_by_id or by.pk,
        origin_id=row.origin_id or row.pk, **state,
    )  # fmt: skip
    editing.create(piece, by=by, project_id=row.project_id)
    for month, amount in amounts.items():
        pending.set(piece, month, None, asked=amount, granted=amount if piece.person_id else None)
    pending.write(by=by)
    quantities.touch([row], by=by)
    return piece
