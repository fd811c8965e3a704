"""What an address asks of the picture: everything in the query string, so that the same address shows the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from pmo_portal.core.periods import add_months
from portfolio.capacity.horizon import horizon_on, months_of
from portfolio.capacity.selectors.periods import COUNT, GRAINS, MONTH, WEEK, Period, moved, period_of, periods_from
from portfolio.capacity.selectors.picture import KINDS, PERSON, ROLE, SKILL, UNIT
from projects.resources.models import Role, Skill, Unit

NARROWS = (ROLE, UNIT, SKILL)
MOST_SKIPPED = 100_000


@dataclass(frozen=True)
class Asked:
    """`by` rows, `grain` columns, the first day shown, what people are narrowed to, days instead of per cent."""

    by: str
    grain: str
    start: date
    today: date
    days: bool = False
    skip: int = 0
    only: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def periods(self) -> list[Period]:
        return periods_from(self.grain, self.start)

    @property
    def years(self) -> list[tuple[int, int]]:
        """(year, how many columns) over the heads."""
        found: list[tuple[int, int]] = []
        for one in self.periods:
            if found and found[-1][0] == one.year:
                found[-1] = (one.year, found[-1][1] + 1)
            else:
                found.append((one.year, 1))
        return found

    def query(self, **changes: Any) -> str:
        """The address of this picture with something changed: `?by=…`."""
        new = replace(self, **changes)
        told: dict[str, Any] = {"by": new.by, "grain": new.grain}
        if new.start != period_of(new.grain, new.today).first:
            told["from"] = new.start.isoformat()
        if new.days:
            told["in"] = "days"
        if new.by == PERSON:
            told |= new.only
            if new.skip:
                told["skip"] = new.skip
        return f"?{urlencode(told)}"

    @property
    def earlier(self) -> str:
        """The address of the columns before these; '' where the picture begins."""
        first, _last = bounds(self.grain, self.today)
        before = max(moved(self.grain, self.start, -COUNT[self.grain] // 2), first)
        return "" if before >= self.start else self.query(start=before)

    @property
    def later(self) -> str:
        """Of those after; '' where it ends."""
        _first, last = bounds(self.grain, self.today)
        after = min(moved(self.grain, self.start, COUNT[self.grain] // 2), last)
        return "" if after <= self.start else self.query(start=after)

    @property
    def reach(self) -> date:
        """The last day the portal computes."""
        return reach(self.today)[1]

    @property
    def now(self) -> str:
        start = period_of(self.grain, self.today).first
        return "" if start == self.start else self.query(start=start)

    @property
    def other_figures(self) -> str:
        return self.query(days=not self.days)

    @property
    def file_query(self) -> str:
        return self.query()

    def narrow_choices(self) -> list[tuple[str, Any, list[Any]]]:
        """(name, what is chosen, choices) of the lists that narrow people."""
        models: dict[str, Any] = {ROLE: Role, UNIT: Unit, SKILL: Skill}
        return [(name, self.only.get(name, ""), list(models[name].objects.all())) for name in NARROWS]


def asked_of(given: Mapping[str, str], *, today: date) -> Asked:
    """What these parameters ask; what makes no sense is the usual instead."""
    by, grain = given.get("by", ROLE), given.get("grain", MONTH)
    by, grain = by if by in KINDS else ROLE, grain if grain in GRAINS else MONTH
    only = {name: given[name] for name in NARROWS if number(given.get(name, "")) is not None}
    if given.get("q", "").strip():
        only["q"] = given["q"].strip()[:80]
    return Asked(
        by, grain, start_of(given.get("from", ""), grain, today), today, given.get("in") == "days",
        min(number(given.get("skip", "")) or 0, MOST_SKIPPED), only,
    )  # fmt: skip


def start_of(text: str, grain: str, today: date) -> date:
    """The first day of the period asked for, so that every column of the picture is computed."""
    computed, (first, last) = reach(today), bounds(grain, today)
    try:
        day = date.fromisoformat(f"{text}-01" if len(text) == len("2026-01") else text)
    except ValueError:
        day = today
    day = min(max(day, computed[0]), computed[1])
    return min(max(period_of(grain, day).first, first), last)


def reach(today: date) -> tuple[date, date]:
    """The first and the last day the portal computes."""
    first, last = months_of(horizon_on(today))
    return first, add_months(last, 1) - timedelta(days=1)


def bounds(grain: str, today: date) -> tuple[date, date]:
    """Where the columns may begin at the earliest and the latest: whole periods, all of them computed."""
    first, last = reach(today)
    earliest = period_of(grain, first + timedelta(days=6)).first if grain == WEEK else first
    beyond = period_of(grain, last + timedelta(days=1)).first
    return earliest, moved(grain, beyond, -COUNT[grain])


def number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None
