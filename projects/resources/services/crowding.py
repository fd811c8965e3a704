"""Two managers, one person: what is already on somebody is looked at under a lock, and said in plain words."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import numpy as np
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core.errors import SeveralErrors
from pmo_portal.core.formats import date as in_words
from pmo_portal.core.formats import moment, plural
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.resources.models import Allocation, AllocationMonth, Person
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.time import Time, hard, time_of
from projects.resources.services.months import Quantities, plain
from projects.resources.worktime import TOLERANCE, Floats, Horizon, too_much

NAMED_MONTHS = 3


class Crowded(SeveralErrors):
    """The person or the unit cannot do all of it, or somebody gave the person something since the editor looked: `anyway` does
    it on purpose."""

    status = 409


@dataclass(frozen=True, slots=True)
class Month:
    """Days of a month: what can be worked, what is firmly on the person with this, how much of it does not fit day by day."""

    month: date
    capacity: Decimal
    load: Decimal
    above: Decimal


def hold_people(ids: Iterable[int | None]) -> None:
    """Hold these people until the end of the transaction, always in the same order."""
    wanted = {pk for pk in ids if pk is not None}
    list(Person.objects.select_for_update(no_key=True).filter(pk__in=wanted).order_by("pk").values_list("pk"))


def mark_of(person_id: int) -> str:
    """What is given to somebody, as a mark: another one means that something came, went or changed."""
    return marks_of([person_id])[person_id]


def marks_of(people: Collection[int]) -> dict[int, str]:
    """The marks of several people: one statement."""
    found: dict[int, list[str]] = {pk: [] for pk in people}
    rows = Allocation.objects.filter(person__in=people, status__in=Allocation.GRANTED).order_by("pk")
    for person, pk, version in rows.values_list("person", "pk", "version"):
        found[person].append(f"{pk}.{version}")
    return {pk: hashlib.sha256(",".join(parts).encode()).hexdigest()[:12] for pk, parts in found.items()}


def check_room(
    allocation: Allocation, person: Person, granted: Quantities, *, by: User, seen: str = "", anyway: bool = False
) -> None:
    """Crowded when the person, whom the caller holds, would have more than they can do, or more than the editor saw."""
    if anyway:
        return
    stale = bool(seen) and seen != mark_of(person.pk)
    full = too_full(allocation, person, granted) if allocation.firmness == Allocation.Firmness.HARD else []
    if not stale and not full:
        return
    first = who_came_first({person.pk: _some(granted)}, without=[allocation.pk], by=by)
    if stale and not first:
        first = {person.pk: _changed_elsewhere(person, without=allocation.pk, by=by)}
    errors = [{"path": f"months[{one.month:%Y-%m}]", "message": _month_in_words(person, one)} for one in full]
    raise Crowded(_in_words(person, full, granted, first.get(person.pk, "")), errors)


@dataclass(frozen=True, slots=True)
class Given:
    """A month of a request that loads its person: what is granted now, and what would be. `percent` is its measure."""

    person: int
    month: date
    before: Decimal
    after: Decimal
    percent: bool


def crowded_by(given: Sequence[Given], *, without: Collection[int], by: User, written: bool = False) -> dict[int, str]:
    """{person: why all this together does not fit them}: a fixed number of statements; what one request gives up another may
    take. `without` are the requests themselves, which nobody else gave; `written`: the database has them as they would be."""
    moved = [one for one in given if one.after != one.before]
    if not moved:
        return {}
    months = [one.month for one in moved]
    time = time_of({one.person for one in moved}, Horizon.of(min(months), max(months)))
    there = time.load(hard(time.ids, time.horizon))
    added = time.load((one.person, one.month, one.after - one.before, one.percent) for one in moved)
    full = _fuller(time, there - added, there) if written else _fuller(time, there, there + added)
    wanted: dict[int, dict[date, Decimal]] = {pk: {} for pk in full}
    for one in moved:
        if one.person in full:
            wanted[one.person][one.month] = max(one.after, wanted[one.person].get(one.month, one.after))
    first = who_came_first({pk: _some(amounts) for pk, amounts in wanted.items()}, without=without, by=by)
    people = Person.objects.in_bulk(full)
    return {pk: _in_words(people[pk], full[pk], wanted[pk], first.get(pk, "")) for pk in full}


def too_full(allocation: Allocation, person: Person, granted: Quantities) -> list[Month]:
    """The months in which this would put more on a day of the person than they can do, and more than is there already."""
    wanted = {month: amount for month, amount in granted.items() if amount > 0}
    if not wanted:
        return []
    time = time_of([person.pk], Horizon.of(min(wanted), max(wanted)))
    there = time.load(hard([person.pk], time.horizon, without=allocation.pk))
    percent = allocation.measure == Allocation.Measure.PERCENT
    added = time.load((person.pk, month, amount, percent) for month, amount in wanted.items())
    return _fuller(time, there, there + added).get(person.pk, [])


def _fuller(time: Time, there: Floats, after: Floats) -> dict[int, list[Month]]:
    """{person: months in which more is too much than was}."""
    capacity = time.worked.capacity
    had, has = time.by_month(too_much(there, capacity)), time.by_month(too_much(after, capacity))
    sums, loads = time.by_month(capacity), time.by_month(after)
    found: dict[int, list[Month]] = {}
    for row, at in np.argwhere(has > had + TOLERANCE):
        month = Month(time.months[at], *(_days(amounts[row, at]) for amounts in (sums, loads, has)))
        found.setdefault(time.ids[row], []).append(month)
    return found


def _days(amount: float) -> Decimal:
    return Decimal(str(round(float(amount), 1)))


def _some(granted: Quantities) -> list[date]:
    """The months with something in them."""
    return [month for month, amount in granted.items() if amount > 0]


def _in_words(person: Person, full: Sequence[Month], granted: Quantities, first: str) -> str:
    sentences = [told for told in (first, presence(person, granted)) if told]
    sentences += [_month_in_words(person, one) for one in full[:NAMED_MONTHS]]
    if (left := len(full) - NAMED_MONTHS) > 0:
        sentences.append(ngettext("And %(count)s more month.", "And %(count)s more months.", left) % {"count": left})
    sentences.append(_("Nothing was saved: choose somebody else or less, or confirm anyway on purpose."))
    return " ".join(sentences)


def who_came_first(months: Mapping[int, Collection[date]], *, without: Collection[int], by: User) -> dict[int, str]:
    """{person: who last gave them something in these months, when, and for what}: two statements, whatever their number.

    A project that is hidden here has no name.
    """
    rows = AllocationMonth.objects.filter(
        going_on(),
        allocation__person__in=months,
        allocation__status__in=Allocation.GRANTED,
        allocation__answered_by__isnull=False,
        month__in={month for each in months.values() for month in each},
    )
    rows = rows.exclude(allocation__in=without).select_related(
        "project", "allocation__person", "allocation__answered_by"
    )
    last: dict[int, Allocation] = {}
    for one in rows.order_by("-allocation__updated_at", "allocation"):
        person = one.allocation.person
        if person is not None and person.pk not in last and one.month in months[person.pk]:
            one.allocation.project = one.project
            last[person.pk] = one.allocation
    named = {row.project_id for row in last.values()}
    seen = set(Project.objects.visible_to(by).filter(pk__in=named).values_list("pk", flat=True)) if named else set()
    return {pk: _who(row, named=row.project_id in seen) for pk, row in last.items()}


def _changed_elsewhere(person: Person, *, without: int, by: User) -> str:
    """What came, went or changed since the editor looked is in no month of theirs: that it is so, and who was last."""
    rows = AllocationMonth.objects.filter(allocation__person=person, granted__gt=0)
    last = who_came_first({person.pk: set(rows.values_list("month", flat=True))}, without=[without], by=by)
    changed = _("What %(name)s is given has changed since you looked.") % {"name": person.name}
    return f"{changed} {last.get(person.pk, '')}".strip()


def _who(row: Allocation, *, named: bool) -> str:
    told = {"who": row.answered_by.label if row.answered_by else "", "at": moment(row.updated_at)}
    told["name"] = row.person.name if row.person else ""
    if not named:
        return _("%(who)s gave %(name)s other work, on %(at)s.") % told
    return _("%(who)s confirmed %(name)s for “%(project)s”, on %(at)s.") % {**told, "project": row.project.label}


def presence(person: Person, granted: Quantities) -> str:
    """That somebody is not there for a part of it."""
    months = _some(granted)
    if person.leaves_on and months and max(months) > person.leaves_on.replace(day=1):
        return _("%(name)s leaves on %(day)s.") % {"name": person.name, "day": in_words(person.leaves_on)}
    if person.arrives_on and months and min(months) < person.arrives_on.replace(day=1):
        return _("%(name)s arrives on %(day)s.") % {"name": person.name, "day": in_words(person.arrives_on)}
    return ""


def _month_in_words(person: Person, one: Month) -> str:
    told = {
        "name": person.name, "month": in_words(one.month, "month"), "load": plain(one.load),
        "capacity": plain(one.capacity), "above": plain(one.above),
    }  # fmt: skip
    if one.load <= one.capacity:
        words = ngettext(
            "In %(month)s, %(above)s of the days of %(name)s would fall where they cannot work.",
            "In %(month)s, %(above)s of the days of %(name)s would fall where they cannot work.",
            plural(one.above, 2),
        )
        return words % told
    words = ngettext(
        "In %(month)s, %(name)s would have %(load)s day of work for %(capacity)s they can do.",
        "In %(month)s, %(name)s would have %(load)s days of work for %(capacity)s they can do.",
        plural(one.load, 2),
    )
    return words % told
