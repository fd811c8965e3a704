"""What a project asks for: ask, change, take back. Callers have checked the right on the project."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import editing, events
from pmo_portal.core.errors import DomainError
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.hierarchy.services import facts_changed, hold_project
from projects.resources.models import Allocation
from projects.resources.selectors.time import work_at_weekends
from projects.resources.services import months as quantities
from projects.resources.services.months import Quantities

FIELDS = frozenset({"role", "skill", "level", "unit", "person", "firmness", "measure", "note", "external_ref"})
ASKED = frozenset({"role", "skill", "level", "unit", "person", "firmness", "measure"})  # a change of these asks anew
NAMED = frozenset({"person", "unit"})  # what the answer says: not the project's to change once it was given


def request_allocation(*, project: Project, by: User, on: date, months: Quantities, **fields: Any) -> Allocation:
    """Ask for a role by month, perhaps with a skill, perhaps of a unit, perhaps for somebody by name."""
    editing.only(fields, FIELDS)
    with editing.writing():
        held = hold_project(project.pk)
        check_goes_on(held)
        row = Allocation(project=held, asked_by=by, asked_on=on, **fields)
        check_level(row)
        wanted = checked(row, months)
        if not any(wanted.values()):
            raise DomainError(_("Say for at least one month how much you need."), field="months")
        editing.create(row, by=by, project_id=held.pk)
        quantities.set_asked(row, wanted, by=by)
        facts_changed(held, on=on)
        return row


def change_allocation(
    *,
    allocation: Allocation,
    by: User,
    version: int,
    on: date,
    changes: Mapping[str, Any],
    months: Quantities | None = None,
) -> Allocation:
    """Change a request; `months` are all its months from now on, None leaves them.

    What was only proposed or was refused is asked for anew; what was confirmed stays granted and is `changed` until it is
    answered again. A note or a reference alone changes nothing of that. What was granted as tentative and is to be firm was
    never looked at for room: it is a proposal until it is confirmed.
    """
    editing.only(changes, FIELDS)
    with editing.writing():
        held = hold_project(allocation.project_id)
        row = editing.lock(Allocation, allocation.pk, version=version, changes=changes)
        different = [name for name in changes if editing.plain_key(changes[name]) != editing.values(row, [name])[name]]
        check_still_open(row, different)
        started = row.version
        moved = bool(ASKED.intersection(different))
        if moved or months is not None:
            after = as_changed(row, {name: changes[name] for name in different})
            check_level(after)
            wanted = checked(after, quantities.asked_of(row) if months is None else months)
            if months is not None:
                moved |= quantities.set_asked(row, wanted, by=by)
        wanted_fields = {
            **{name: changes[name] for name in different},
            **(asked_again(row, on=on, firmer=firmer(row, changes)) if moved else {}),
        }
        if wanted_fields.get("status") == Allocation.Status.REQUESTED and row.status != Allocation.Status.REQUESTED:
            quantities.set_granted(row, None, by=by)
        done = editing.write(row, by=by, changes=wanted_fields, project_id=held.pk)
        if moved and row.version == started:
            quantities.touch([row], by=by)
        if done or moved:
            facts_changed(held, on=on)
        return row


def withdraw_allocation(*, allocation: Allocation, by: User, version: int, on: date) -> None:
    """Take a request back, and what was granted to it: the history keeps both."""
    with editing.writing():
        held = hold_project(allocation.project_id)
        editing.delete(allocation, by=by, version=version, project_id=held.pk)
        events.announce_people()
        facts_changed(held, on=on)


def checked(row: Allocation, months: Quantities) -> Quantities:
    """The months as they may be asked of this row."""
    weekends = row.person_id is not None and bool(work_at_weekends([row.person_id]))
    return quantities.checked(months, measure=row.measure, named=row.person_id is not None, weekends=weekends)


def as_changed(row: Allocation, changes: Mapping[str, Any]) -> Allocation:
    """The row as it would be, to judge it; never saved."""
    after = Allocation(**{one.attname: getattr(row, one.attname) for one in row._meta.concrete_fields})
    for name, value in changes.items():
        editing.assign(after, name, value)
    return after


def check_goes_on(project: Project) -> None:
    if not project.goes_on:
        words = _("“%(project)s” is over: it asks for nobody any more. Reopen the project first.")
        raise DomainError(words % {"project": project.label})


def check_level(row: Allocation) -> None:
    if row.level is not None and row.skill_id is None:
        raise DomainError(_("A level is that of a skill: choose which."), field="level")


def check_still_open(row: Allocation, different: list[str]) -> None:
    """What the answer decided is changed by an answer; the measure of what was granted does not change under it."""
    if row.status in (Allocation.Status.REQUESTED, Allocation.Status.REFUSED):
        return
    if named := sorted(NAMED.intersection(different)):
        words = _("Who it is was answered: whoever answers requests changes that. Say what you need in the note.")
        raise DomainError(words, field=named[0])
    if "measure" in different:
        words = _("Something was granted in this measure already. Withdraw the request and ask again in the other one.")
        raise DomainError(words, field="measure")


def firmer(row: Allocation, changes: Mapping[str, Any]) -> bool:
    """Whether what is tentative is to count on somebody."""
    return row.firmness == Allocation.Firmness.TENTATIVE and changes.get("firmness") == Allocation.Firmness.HARD


def asked_again(row: Allocation, *, on: date, firmer: bool = False) -> dict[str, Any]:
    """What follows for its state from a change of what is asked."""
    if row.status in Allocation.GRANTED and firmer:
        return {"status": Allocation.Status.PROPOSED, "asked_on": on, "answered_by": None, "answered_on": None}
    if row.status in Allocation.GRANTED:
        return {"status": Allocation.Status.CHANGED, "asked_on": on}
    if row.status == Allocation.Status.REQUESTED:
        return {}
    return {
        "status": Allocation.Status.REQUESTED,
        "asked_on": on,
        "answer": "",
        "answered_by": None,
        "answered_on": None,
    }
