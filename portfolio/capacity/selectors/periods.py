"""The columns of a picture: weeks, months or quarters."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.periods import add_months

WEEK, MONTH, QUARTER = "week", "month", "quarter"
GRAINS = {
    MONTH: pgettext_lazy("grain", "Months"),
    QUARTER: pgettext_lazy("grain", "Quarters"),
    WEEK: pgettext_lazy("grain", "Weeks"),
}
COUNT = {WEEK: 13, MONTH: 12, QUARTER: 8}


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included."""

    grain: str
    first: date
    last: date

    @property
    def label(self) -> str:
        """Short, for the head of a column."""
        if self.grain == WEEK:
            return _("W%(week)d") % {"week": self.first.isocalendar().week}
        if self.grain == QUARTER:
            return _("Q%(quarter)d") % {"quarter": (self.first.month + 2) // 3}
        return formats.MONTHS[formats.language()][self.first.month - 1]

    @property
    def year(self) -> int:
        return (self.first + timedelta(days=3)).year if self.grain == WEEK else self.first.year

    @property
    def name(self) -> str:
        """In full."""
        if self.grain == WEEK:
            return _("%(week)s, from %(first)s to %(last)s") % {
                "week": self.label, "first": formats.date(self.first, "day"), "last": formats.date(self.last)
            }  # fmt: skip
        if self.grain == QUARTER:
            return f"{self.label} {self.year}"
        return f"{formats.LONG_MONTHS[formats.language()][self.first.month - 1]} {self.year}"


def period_of(grain: str, day: date) -> Period:
    """The week, month or quarter a day is in."""
    if grain == WEEK:
        first = day - timedelta(days=day.weekday())
        return Period(grain, first, first + timedelta(days=6))
    first = day.replace(day=1, month=day.month - (day.month - 1) % 3 if grain == QUARTER else day.month)
    return Period(grain, first, add_months(first, 3 if grain == QUARTER else 1) - timedelta(days=1))


def periods_from(grain: str, day: date, count: int = 0) -> list[Period]:
    """`count` of them from the one this day is in (0: as many as a page shows)."""
    found = [period_of(grain, day)]
    while len(found) < (count or COUNT[grain]):
        found.append(period_of(grain, found[-1].last + timedelta(days=1)))
    return found


def moved(grain: str, day: date, count: int) -> date:
    """The first day of the period `count` periods later (negative: earlier)."""
    if grain == WEEK:
        return period_of(grain, day).first + timedelta(days=7 * count)
    return add_months(period_of(grain, day).first, count * (3 if grain == QUARTER else 1))
