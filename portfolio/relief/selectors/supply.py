"""The options that take nothing from a project: somebody else who has room then, or more capacity."""

from collections.abc import Iterator, Mapping
from datetime import date
from decimal import ROUND_FLOOR, ROUND_UP, Decimal
from typing import Any

from portfolio.capacity.selectors.behind import Line
from portfolio.capacity.selectors.picture import ROLE, UNIT
from portfolio.relief.selectors.conflict import SHORT, Conflict, Ground, works_of
from projects.access.policy import VIEW_PEOPLE, allowed
from projects.hierarchy.visibility import Access
from projects.resources.models import Allocation, Person, Rate, Role, Unit
from projects.resources.selectors import fit

ASKED_ABOUT = 6  # requests looked at for somebody else: each takes some ten statements
HALF, TENTH = Decimal("0.5"), Decimal("0.1")


def swappable(conflict: Conflict, *, reader: Any) -> list[Line]:
    """The requests of the cell that somebody else could do, the largest first, for who may look people up."""
    if not conflict.movable or not allowed(reader, VIEW_PEOPLE, None):
        return []
    waiting = (Allocation.Status.REFUSED, Allocation.Status.CHANGED)  # a changed one is to be answered first
    return [line for line in conflict.cell.lines if line.row.project.is_active and line.row.status not in waiting]


def swaps(conflict: Conflict, ground: Ground, *, reader: Any) -> Iterator[dict[str, Any]]:
    """Those of the largest that somebody outside the cell could do."""
    lines = swappable(conflict, reader=reader)
    works = {work.row.pk: work for rows in works_of([x.row for x in lines[:ASKED_ABOUT]]).values() for work in rows}
    for line in lines[:ASKED_ABOUT]:
        if found := swap(line, works[line.row.pk].counted, conflict, ground, reader=reader):
            yield found


def swap(
    line: Line, counted: dict[date, Decimal] | Any, conflict: Conflict, ground: Ground, *, reader: Any
) -> dict[str, Any] | None:
    """Who fits best among those who are not of the cell, with the months of it that have not begun and they have room for."""
    row = line.row
    best: dict[str, Any] | None = None
    months = {month: x for month, x in counted.items() if conflict.inside(month) and month >= conflict.since}
    need = fit.Need(months, row.measure == Allocation.Measure.PERCENT)
    others = fit.candidates(
        row, reader=reader, on=conflict.today, need=need, without={*ground.shares, row.person_id or 0}
    )
    for one in others:
        if conflict.kind == ROLE and row.role_id == conflict.ref and one.person.role_id is None:
            continue  # it would stay in the cell, under the role that is asked
        part = {
            month: taken
            for month, need_of, free in one.by_month
            if (taken := taken_of(months[month], need_of, free, row.measure)) > 0
        }
        if not part:
            continue
        days = ground.days([(0, row, part)]).get(0, 0.0)
        if best is None or days > best["days"] + SHORT:
            cost, currency = difference(row, one, part, months, reader=reader)
            best = {
                "project": row.project, "days": days, "subject": row, "whom": one, "cost": cost, "currency": currency,
                "steps": {
                    "allocation": row.pk, "version": row.version, "person": one.person.pk, "name": one.person.name,
                    "part": {month.isoformat(): str(amount) for month, amount in part.items()},
                },
            }  # fmt: skip
    return best


def taken_of(counted: Decimal, need: float, free: float, measure: str) -> Decimal:
    """How much of a month they could take, in the measure of the request: half days, whole per cents."""
    if need <= 0 or free <= 0:
        return Decimal(0)
    if free >= need - SHORT:
        return counted
    if measure == Allocation.Measure.PERCENT:
        return min((counted * Decimal(free / need)).quantize(Decimal(1), ROUND_FLOOR), counted)
    return min((Decimal(free) / HALF).to_integral_value(ROUND_FLOOR) * HALF, counted)


def difference(
    row: Allocation, one: fit.Candidate, part: Mapping[date, Decimal], months: Mapping[date, Decimal], *, reader: Any
) -> tuple[Decimal | None, str]:
    """What the other costs more (negative: less) for all days of the part, where both rates are known to this reader in one
    currency: those of its first month."""
    if not sees_rates(reader):
        return None, ""
    now, then = rate_of(row, row.person, min(part)), rate_of(row, one.person, min(part))
    if now is None or then is None or now[1] != then[1]:
        return None, ""
    days = sum(need * float(part[month] / months[month]) for month, need, _free in one.by_month if month in part)
    return ((then[0] - now[0]) * Decimal(days)).quantize(Decimal(1)), now[1]


def rate_of(row: Allocation, person: Person | None, on: date) -> tuple[Decimal, str] | None:
    """What a day of the request costs with somebody: their own rate, else their standing one, else that of the role."""
    rates = Rate.objects.filter(starts_on__lte=on).order_by("-starts_on")
    if person is not None:
        if own := rates.filter(person=person).first():
            return own.daily_rate, own.currency
        if person.daily_rate is not None:
            return person.daily_rate, person.rate_currency
    role = person.role_id if person is not None and person.role_id else row.role_id
    found = rates.filter(role=role).first()
    return (found.daily_rate, found.currency) if found else None


def sees_rates(reader: Any) -> bool:
    return Access.of(reader).sees_everywhere("rates")


def reinforcement(conflict: Conflict, ground: Ground, *, reader: Any) -> Iterator[dict[str, Any]]:
    """Generic capacity for what is short, in whole months that have not begun: as many as the days they have inside the cell
    take, at the cost of all their days. Nobody says what it can do beyond its role, so there is none for a skill or a person."""
    role = role_of(conflict) if conflict.movable else None
    if role is None:
        return
    unit = Unit.objects.filter(pk=conflict.ref).first() if conflict.kind == UNIT else None
    first = conflict.since
    days, all_days = ground.open_days(unit.calendar_id if unit else None, first)
    if days < 1:
        return
    fte = (Decimal(conflict.needed / days) / TENTH).to_integral_value(ROUND_UP) * TENTH
    cost, currency = None, ""
    if sees_rates(reader):
        rate = Rate.objects.filter(role=role, starts_on__lte=first).order_by("-starts_on").first()
        if rate is not None:
            cost, currency = (rate.daily_rate * fte * Decimal(all_days)).quantize(Decimal(1)), rate.currency
    yield {
        "project": None, "days": float(fte) * days, "subject": role, "fte": fte, "cost": cost, "currency": currency,
        "steps": {
            "role": role.pk, "unit": unit.pk if unit else None, "fte": str(fte), "first_month": first.isoformat(),
            "last_month": conflict.period.last.replace(day=1).isoformat(),
        },
    }  # fmt: skip


def role_of(conflict: Conflict) -> Role | None:
    """The role to reinforce: the row's own, or that of most days of a unit."""
    if conflict.kind == ROLE:
        return Role.objects.filter(pk=conflict.ref).first()
    if conflict.kind != UNIT:
        return None
    days: dict[int, float] = {}
    for line in conflict.cell.lines:
        days[line.row.role_id] = days.get(line.row.role_id, 0.0) + line.days
    most = max(days, key=lambda pk: (days[pk], -pk), default=None)
    return Role.objects.filter(pk=most).first() if most else None
