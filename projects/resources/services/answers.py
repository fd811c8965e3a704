"""What is answered to a request: propose, confirm, refuse, give a part of it. Callers have checked the right on the project.

Locks in one order: the project, the people, the units, the request. Whoever comes second is told who came first.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError, NotAllowed, StaleVersion
from pmo_portal.core.formats import date as in_words
from pmo_portal.core.formats import moment, plural
from pmo_portal.core.models import AuditEvent, User
from projects.access.policy import ANSWER_ALLOCATION
from projects.hierarchy.models import Project
from projects.hierarchy.services import hold_project
from projects.resources.models import Allocation, AllocationMonth, Person, Unit
from projects.resources.selectors import reach
from projects.resources.selectors.time import work_at_weekends
from projects.resources.services import months as quantities
from projects.resources.services.crowding import check_room, hold_people
from projects.resources.services.months import Quantities, plain
from projects.resources.services.unit_room import check_unit, hold_units

Status = Allocation.Status
NOTHING = Decimal(0)
NAMED = frozenset({"person", "unit"})


@dataclass(frozen=True, slots=True)
class Whom:
    """Who gets it: a person, or a unit or supplier that takes it without a name."""

    person: Person | None = None
    unit: Unit | None = None


def propose_allocation(
    *,
    allocation: Allocation,
    by: User,
    version: int,
    on: date,
    whom: Whom | None = None,
    granted: Quantities | None = None,
    answer: str = "",
) -> Allocation:
    """Say who could do it and how much: nobody is committed yet. `granted` None: all that is asked."""
    with editing.writing():
        row = hold_request(allocation, whom, by=by, version=version)
        if row.status == Status.CONFIRMED:
            raise DomainError(_("This is confirmed already. Confirm it again with somebody else or other figures."))
        return answered(
            row, by=by, on=on, status=Status.PROPOSED, whom=whom, granted=figures(row, whom, granted), answer=answer
        )


def confirm_allocation(
    *,
    allocation: Allocation,
    by: User,
    version: int,
    on: date,
    whom: Whom | None = None,
    granted: Quantities | None = None,
    answer: str = "",
    seen: str = "",
    anyway: bool = False,
) -> Allocation:
    """Commit somebody. `granted` None: what was proposed, else all that is asked; less than asked is a partial answer.

    `seen` is the mark of what was on the person when the editor looked (`crowding.mark_of`): Crowded when that changed, or when
    they cannot do it, unless `anyway`. A confirmed one is confirmed again when who or how much changes.
    """
    with editing.writing():
        row = hold_request(allocation, whom, by=by, version=version)
        amounts = figures(row, whom, granted)
        check_people(row, whom, amounts, by=by, seen=seen, anyway=anyway)
        return answered(row, by=by, on=on, status=Status.CONFIRMED, whom=whom, granted=amounts, answer=answer)


def refuse_allocation(*, allocation: Allocation, by: User, version: int, on: date, answer: str) -> Allocation:
    """Say no, and why. What was granted before is taken back."""
    if not answer.strip():
        raise DomainError(_("Say why: the project has to look elsewhere."), field="answer")
    with editing.writing():
        row = hold_request(allocation, None, by=by, version=version, giving=False)
        if reach.reach(by, ANSWER_ALLOCATION, row.project) is not None and asked_of_nobody(row):
            return given_back(row, by=by, on=on, answer=answer)
        return answered(row, by=by, on=on, status=Status.REFUSED, whom=None, granted={}, answer=answer)


def split_allocation(
    *,
    allocation: Allocation,
    by: User,
    version: int,
    on: date,
    part: Quantities,
    whom: Whom | None = None,
    confirm: bool = False,
    answer: str = "",
    seen: str = "",
    anyway: bool = False,
    of_granted: bool = False,
) -> Allocation:
    """Give a part of what is asked to somebody, or (nobody named) ask for that part anew; returns the new allocation.

    The days are shared: what the part has, the rest has no more. So half a team can be found now and the rest later, and the
    months after somebody's last day go back into the queue. `of_granted`: somebody takes over what a confirmed one was granted,
    which is less than before for who has it, also where more is asked than was granted.
    """
    with editing.writing():
        row = hold_request(allocation, whom, by=by, version=version)
        taken = share(row, part, by=by, of_granted=of_granted and row.status == Status.CONFIRMED)
        piece = Allocation(
            project=row.project, role_id=row.role_id, skill_id=row.skill_id, level=row.level, unit_id=row.unit_id,
            firmness=row.firmness, measure=row.measure, note=row.note, asked_by_id=row.asked_by_id or by.pk,
            asked_on=on,
            origin_id=row.origin_id or row.pk,
        )  # fmt: skip
        editing.create(piece, by=by, project_id=row.project_id)
        quantities.set_asked(piece, taken, by=by)
        quantities.touch([row], by=by)
        if whom is not None:
            amounts = figures(piece, whom, taken)
            if confirm:
                check_people(piece, whom, amounts, by=by, seen=seen, anyway=anyway)
            status = Status.CONFIRMED if confirm else Status.PROPOSED
            return answered(piece, by=by, on=on, status=status, whom=whom, granted=amounts, answer=answer)
        events.announce([row.project_id])
        return piece


def why_over(project: Project) -> str:
    """Why nobody is given to this project any more; "" while it goes on."""
    if project.left_on is not None:
        words = _("“%(project)s” has left its portfolio: nobody is given to it any more. Refuse the request instead.")
    elif project.state in Project.OVER:
        words = _("“%(project)s” is over (%(state)s): nobody is given to it any more. Refuse the request instead.")
    else:
        return ""
    return words % {"project": project.label, "state": project.get_state_display().lower()}


def hold_request(
    allocation: Allocation, whom: Whom | None, *, by: User, version: int, giving: bool = True
) -> Allocation:
    """The request as the editor saw it, held with its project and the people; told who answered meanwhile, if somebody did.

    `giving`: somebody is to work on it, so its project goes on.
    """
    project = hold_project(allocation.project_id)
    if giving and (over := why_over(project)):
        raise DomainError(over)
    hold_people([allocation.person_id, whom.person.pk if whom and whom.person else None])
    if giving and (whom.person if whom is not None else allocation.person_id) is None:
        hold_units([allocation.unit_id, whom.unit.pk if whom and whom.unit else None])
    try:
        row = editing.lock(Allocation, allocation.pk, version=version, changes={})
    except StaleVersion as stale:
        raise told(stale, allocation.pk) from stale
    row.project = project
    check_reach(row, whom, by=by, giving=giving)
    return row


def check_reach(row: Allocation, whom: Whom | None, *, by: User, giving: bool) -> None:
    """Who answers for some units gives their people, and takes nobody else's away."""
    units = reach.reach(by, ANSWER_ALLOCATION, row.project)
    people, unit = [whom.person.pk] if whom and whom.person else [], whom.unit.pk if whom and whom.unit else None
    reach.tell_lender(by, ANSWER_ALLOCATION, row.project, lambda units: reach.answered_by(units, row, people, unit))
    if units is None:
        return
    words = {"units": reach.names(units)}
    others = not giving and row.unit_id is not None and row.unit_id not in units
    if others or not reach.answers_for(by, row):
        raise NotAllowed(_("This is asked of others than %(units)s, whose people you answer for.") % words)
    if not giving and not may_refuse(by, row):
        raise NotAllowed(
            _("This is asked of no unit in particular, and you answer for %(units)s: others may find somebody.") % words
        )
    if whom is not None and not reach.answers_for(by, row, people, unit):
        words["name"] = str(whom.person or whom.unit)
        raise NotAllowed(_("“%(name)s” is not of %(units)s, whose people you answer for.") % words, field="person")


def may_refuse(user: User, row: Allocation) -> bool:
    """What is asked of nobody in particular is not refused by one unit for all of them."""
    units = reach.reach(user, ANSWER_ALLOCATION, row.project)
    return units is None or row.unit_id in units or (row.unit_id is None and row.person_id is not None)


def asked_of_nobody(row: Allocation) -> bool:
    """Whether the project named neither a person nor a unit: that is what was there before the answers."""
    asked: dict[str, Any] = {}
    events_of = AuditEvent.objects.filter(target_type=Allocation._meta.label, target_id=row.pk).order_by("pk")
    for action, changes in events_of.values_list("action", "changes"):
        for name in NAMED & changes.keys():
            if action in ("answer", "undo"):
                asked.setdefault(name, changes[name][0])
            else:
                asked.pop(name, None)
    return all(asked.get(name, getattr(row, f"{name}_id")) is None for name in NAMED)


def given_back(row: Allocation, *, by: User, on: date, answer: str) -> Allocation:
    """What who answers for some units gave of a request to everybody waits for the others again: one unit refuses for itself."""
    quantities.set_granted(row, None, by=by)
    state: dict[str, Any] = {
        "status": Status.REQUESTED, "person": None, "unit": None, "answer": answer.strip(), "answered_by": by,
        "answered_on": on,
    }  # fmt: skip
    editing.write(row, by=by, changes=state, project_id=row.project_id, action="answer")
    events.announce([row.project_id])
    events.announce_people()
    return row


def told(stale: StaleVersion, pk: int) -> StaleVersion:
    """The conflict with who answered, when and what."""
    row = Allocation.objects.select_related("answered_by", "person", "unit").get(pk=pk)
    if row.answered_by is None or row.status not in (Status.CONFIRMED, Status.PROPOSED, Status.REFUSED):
        return StaleVersion(
            _("The request changed since you opened it: look at what is asked now."),
            mine=stale.mine, theirs=stale.theirs, version=stale.version,
        )  # fmt: skip
    name = row.person or row.unit  # nobody, where a request without a name was refused
    words = (
        _("%(who)s answered this on %(at)s: %(status)s, %(name)s. Nothing was saved.")
        if name
        else _("%(who)s answered this on %(at)s: %(status)s. Nothing was saved.")
    )
    status = row.get_status_display().lower()
    answer = {"who": row.answered_by.label, "at": moment(row.updated_at), "status": status, "name": name}
    return StaleVersion(words % answer, mine=stale.mine, theirs={"status": row.status}, version=stale.version)


def figures(row: Allocation, whom: Whom | None, granted: Quantities | None) -> Quantities:
    """What is granted by month, as this person or unit may be granted it."""
    person = whom.person if whom is not None else row.person
    if granted is None:
        held = AllocationMonth.objects.filter(allocation=row)
        proposed = row.status in (Status.PROPOSED, Status.CONFIRMED)
        granted = {one.month: one.granted if proposed and one.granted is not None else one.asked for one in held}
    weekends = person is not None and bool(work_at_weekends([person.pk]))
    return quantities.checked(granted, measure=row.measure, named=person is not None, weekends=weekends)


def check_people(row: Allocation, whom: Whom | None, granted: Quantities, *, by: User, seen: str, anyway: bool) -> None:
    """Refuse an answer without anybody, or with nothing in it; Crowded where the person, or the unit, has no room."""
    person = whom.person if whom is not None else row.person
    unit = whom.unit if whom is not None else row.unit
    if person is None and unit is None:
        raise DomainError(_("Say who: a person, or the unit or supplier that takes it without a name."), field="person")
    if not any(granted.values()):
        raise DomainError(
            _("Nothing is granted in any month. Refuse the request instead, and say why."), field="months"
        )
    if person is not None:
        check_room(row, Person.objects.get(pk=person.pk), granted, by=by, seen=seen, anyway=anyway)
    elif unit is not None:
        check_unit(row, unit, granted, anyway=anyway)


def answered(
    row: Allocation,
    *,
    by: User,
    on: date,
    status: str,
    whom: Whom | None,
    granted: Quantities,
    answer: str,
) -> Allocation:
    """Write an answer on a held request; the project hears of it, its data are no younger for that."""
    person = whom.person if whom is not None else row.person
    unit = whom.unit if whom is not None and whom.unit is not None else row.unit
    if status != Status.REFUSED and person is None and unit is None:
        raise DomainError(_("Say who: a person, or the unit or supplier that takes it without a name."), field="person")
    changes: dict[str, Any] = {
        "status": status, "person": person, "unit": unit, "answer": answer.strip(), "answered_by": by, "answered_on": on
    }  # fmt: skip
    started = row.version
    quantities.set_granted(row, granted, by=by)
    editing.write(row, by=by, changes=changes, project_id=row.project_id, action="answer")
    if row.version == started:
        quantities.touch([row], by=by)
    events.announce([row.project_id])
    events.announce_people()
    return row


def share(row: Allocation, part: Quantities, *, by: User, of_granted: bool = False) -> Quantities:
    """Take this part out of what a held request asks (or was granted); DomainError for more than there is, and for all of it."""
    wanted = quantities.checked(part, measure=row.measure, named=False)
    wanted = {month: amount for month, amount in wanted.items() if amount}
    if not wanted:
        raise DomainError(_("Say how much of it, for at least one month."), field="months")
    held = quantities.stored([row.pk])[row.pk]
    has = {month: (one.granted or NOTHING) if of_granted else one.asked for month, one in held.items()}
    left = {month: amount - wanted.get(month, NOTHING) for month, amount in has.items()}
    for month, amount in wanted.items():
        there = has.get(month, NOTHING)
        if amount > there:
            words = ngettext(
                "%(month)s: only %(there)s is asked, you give %(amount)s.",
                "%(month)s: only %(there)s is asked, you give %(amount)s.",
                plural(there, 2),
            )
            figures = {"month": in_words(month, "month"), "there": plain(there), "amount": plain(amount)}
            raise DomainError(words % figures, field="months")
    if not any(left.values()):
        raise DomainError(_("That is all of it: propose or confirm the request itself."), field="months")
    pending = quantities.Pending()
    for month in wanted:
        asked, granted = held[month].asked - wanted[month], held[month].granted
        kept = None if granted is None else left[month] if of_granted else min(granted, left[month])
        pending.set(row, month, held[month], asked=max(asked, NOTHING), granted=kept)
    pending.write(by=by)
    return wanted
