"""The months of a request: what they may hold, and how they are written."""

from calendar import monthrange
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import events, trace
from pmo_portal.core.errors import DomainError
from pmo_portal.core.formats import date as in_words
from pmo_portal.core.formats import number
from pmo_portal.core.models import User
from projects.resources.models import Allocation, AllocationMonth

Quantities = Mapping[date, Decimal]

MOST_MONTHS = 120  # ten years: beyond, somebody mistyped a year
FIRST_YEAR, LAST_YEAR = 2000, 2099
WHOLE = Decimal(100)
MOST_PERCENT = 100 * WHOLE  # a hundred people: beyond, somebody mistyped a decimal
LARGEST = Decimal("99999.99")
FRIDAY = 4
AT_ONCE = 500  # rows of one statement


def checked(months: Mapping[date, Any], *, measure: str, named: bool, weekends: bool = False) -> dict[date, Decimal]:
    """The quantities, each a number a month can hold; DomainError names the month. `weekends`: the person works on some."""
    if len(months) > MOST_MONTHS:
        words = _("A request covers %(count)s months at most: split it.")
        raise DomainError(words % {"count": number(MOST_MONTHS)}, field="months")
    found = {}
    for month, amount in sorted(months.items()):
        if problem := wrong(month, amount, measure=measure, named=named, weekends=weekends):
            raise DomainError(f"{in_words(month, 'month')} : {problem}", field="months")
        found[month] = amount
    return found


def wrong(month: date, amount: Decimal, *, measure: str, named: bool, weekends: bool = False) -> str:
    """Why a month cannot hold this amount; "" when it can."""
    if month.day != 1:
        return _("A month is written as its first day.")
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        words = _("Choose a month from %(first)s to %(last)s.")
        ends = (date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 1))
        return words % {name: in_words(day, "month") for name, day in zip(("first", "last"), ends, strict=True)}
    if not amount.is_finite() or amount > LARGEST:
        return _("This number is too large.")
    if amount < 0:
        return _("Nobody works a negative number of days. Enter 0 or more.")
    if amount != amount.quantize(Decimal("0.01")):
        return _("Two decimals at most.")
    if measure == Allocation.Measure.PERCENT and amount > MOST_PERCENT:
        words = _("%(amount)s %% is more than a hundred people: 100 is one. Ask in days, or in several requests.")
        return words % {"amount": plain(amount)}
    if not named:
        return ""
    if measure == Allocation.Measure.PERCENT:
        if amount > WHOLE:
            words = _("%(amount)s %% is more than one person. Ask for the role without a name, or for several people.")
            return words % {"amount": plain(amount)}
        return ""
    most = days_of(month, weekends=weekends)
    if amount > most:
        words = _("%(amount)s days are more than one person has: the month has %(most)s working days.")
        return words % {"amount": plain(amount), "most": number(most)}
    return ""


def days_of(month: date, *, weekends: bool) -> int:
    """How many days of a month one person can work at most: Monday to Friday, or every day."""
    length = monthrange(month.year, month.month)[1]
    return length if weekends else sum(1 for day in range(1, length + 1) if month.replace(day=day).weekday() <= FRIDAY)


def plain(amount: Decimal) -> str:
    """A quantity as it is read: decimals only where there are any."""
    places = 0 if amount == amount.to_integral_value() else 1 if amount * 10 == (amount * 10).to_integral_value() else 2
    return number(amount, places)


@dataclass
class Pending:
    """Rows of months to write together: {(allocation, month): row} to keep, ids to remove."""

    kept: dict[tuple[int, date], AllocationMonth] = field(default_factory=dict)
    gone: list[int] = field(default_factory=list)

    def set(self, allocation: Allocation, month: date, row: AllocationMonth | None, **values: Decimal | None) -> bool:
        """Give the month of an allocation these values; whether that changes anything. A month without any is removed."""
        held = {name: getattr(row, name) if row else None for name in ("asked", "granted")}
        wanted = {**held, **values}
        if wanted == held:
            return False
        if not wanted["asked"] and wanted["granted"] is None:
            if row is None or row.pk is None:
                self.kept.pop((allocation.pk, month), None)
                return row is not None
            self.gone.append(row.pk)
            return True
        row = row or AllocationMonth(allocation=allocation, project_id=allocation.project_id, month=month)
        row.asked, row.granted = wanted["asked"] or Decimal(0), wanted["granted"]
        self.kept[allocation.pk, month] = row
        return True

    def write(self, *, by: User) -> None:
        """One statement for many rows: what exists is changed, the rest is added."""
        events.announce_people()
        with trace.acting(by):
            if self.gone:
                AllocationMonth.objects.filter(pk__in=self.gone).delete()
            AllocationMonth.objects.bulk_create(
                [AllocationMonth(allocation_id=row.allocation_id, project_id=row.project_id, month=row.month,
                                 asked=row.asked, granted=row.granted) for row in self.kept.values()],
                batch_size=AT_ONCE, update_conflicts=True, unique_fields=["allocation", "month"],
                update_fields=["asked", "granted", "updated_at"],
            )  # fmt: skip


def stored(allocations: Iterable[int]) -> dict[int, dict[date, AllocationMonth]]:
    """{allocation: {month: row}}."""
    found: dict[int, dict[date, AllocationMonth]] = {pk: {} for pk in allocations}
    for row in AllocationMonth.objects.filter(allocation__in=found).order_by("month"):
        found[row.allocation_id][row.month] = row
    return found


def set_asked(allocation: Allocation, months: Quantities, *, by: User) -> bool:
    """Ask for exactly these months; whether that changes anything. What was granted elsewhere stays."""
    held, pending, changed = stored([allocation.pk])[allocation.pk], Pending(), False
    for month in {*held, *months}:
        changed |= pending.set(allocation, month, held.get(month), asked=months.get(month))
    if changed:
        pending.write(by=by)
    return changed


def set_granted(allocation: Allocation, months: Quantities | None, *, by: User) -> None:
    """Grant exactly these months, nothing in the others that were asked for; None: as if nobody had answered."""
    held, pending = stored([allocation.pk])[allocation.pk], Pending()
    for month in {*held, *(months or ())}:
        wanted = None if months is None else months.get(month, Decimal(0))
        pending.set(allocation, month, held.get(month), granted=wanted)
    pending.write(by=by)


def asked_of(allocation: Allocation) -> dict[date, Decimal]:
    """What is asked by month."""
    return dict(AllocationMonth.objects.filter(allocation=allocation, asked__gt=0).values_list("month", "asked"))


def touch(rows: Collection[Allocation], *, by: User) -> None:
    """A change of its months is one of the allocation: its version moves on."""
    with trace.acting(by):
        for row in rows:
            row.save(update_fields=["updated_at"])
            row.version += 1
