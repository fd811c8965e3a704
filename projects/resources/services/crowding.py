"""Two managers, one person: what is already on somebody is looked at under a lock, and said in plain words."""

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core.errors import SeveralErrors
from pmo_portal.core.formats import date as in_words
from pmo_portal.core.formats import moment
from pmo_portal.core.models import User
from projects.hierarchy.models import Project
from projects.resources.models import Allocation, Person
from projects.resources.selectors.going_on import going_on
from projects.resources.selectors.time import hard, time_of
from projects.resources.services.months import Quantities, plain
from projects.resources.worktime import TOLERANCE, Horizon, too_much

NAMED_MONTHS = 3


class Crowded(SeveralErrors):
    """The person cannot do all of it, or somebody gave them something since the editor looked: `anyway` does it on purpose."""

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
    sentences = [
        told for told in (who_came_first(person, allocation, granted, by=by), presence(person, granted)) if told
    ]
    sentences += [_month_in_words(person, one) for one in full[:NAMED_MONTHS]]
    if (left := len(full) - NAMED_MONTHS) > 0:
        sentences.append(ngettext("And %(count)s more month.", "And %(count)s more months.", left) % {"count": left})
    sentences.append(_("Nothing was saved: choose somebody else or less, or confirm anyway on purpose."))
    errors = [{"path": f"months[{one.month:%Y-%m}]", "message": _month_in_words(person, one)} for one in full]
    raise Crowded(" ".join(sentences), errors)


def too_full(allocation: Allocation, person: Person, granted: Quantities) -> list[Month]:
    """The months in which this would put more on a day of the person than they can do, and more than is there already."""
    wanted = {month: amount for month, amount in granted.items() if amount > 0}
    if not wanted:
        return []
    time = time_of([person.pk], Horizon.of(min(wanted), max(wanted)))
    there = time.load(hard([person.pk], time.horizon, without=allocation.pk))
    percent = allocation.measure == Allocation.Measure.PERCENT
    added = time.load((person.pk, month, amount, percent) for month, amount in wanted.items())
    capacity = time.worked.capacity
    before = time.by_month(too_much(there, capacity))[0]
    after = time.by_month(too_much(there + added, capacity))[0]
    sums, loads = time.by_month(capacity)[0], time.by_month(there + added)[0]
    return [
        Month(month, _days(sums[i]), _days(loads[i]), _days(after[i]))
        for i, month in enumerate(time.months)
        if after[i] > before[i] + TOLERANCE
    ]


def _days(amount: float) -> Decimal:
    return Decimal(str(round(float(amount), 1)))


def who_came_first(person: Person, allocation: Allocation, granted: Quantities, *, by: User) -> str:
    """Who last gave this person something in these months, when, and for what: a project that is hidden here has no name."""
    rows = Allocation.objects.filter(
        going_on(), person=person, status__in=Allocation.GRANTED, answered_by__isnull=False
    )
    rows = rows.filter(months__month__in=[month for month, amount in granted.items() if amount > 0])
    last = rows.exclude(pk=allocation.pk).select_related("answered_by", "project").order_by("-updated_at", "pk").first()
    if last is None or last.answered_by is None:
        return ""
    seen = Project.objects.visible_to(by).filter(pk=last.project_id).exists()
    told = {"who": last.answered_by.label, "name": person.name, "at": moment(last.updated_at)}
    if not seen:
        return _("%(who)s gave %(name)s other work, on %(at)s.") % told
    return _("%(who)s confirmed %(name)s for “%(project)s”, on %(at)s.") % {**told, "project": last.project.label}


def presence(person: Person, granted: Quantities) -> str:
    """That somebody is not there for a part of it."""
    months = [month for month, amount in granted.items() if amount > 0]
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
        return _("In %(month)s, %(above)s of the days of %(name)s would fall where they cannot work.") % told
    return _("In %(month)s, %(name)s would have %(load)s days of work for %(capacity)s they can do.") % told
