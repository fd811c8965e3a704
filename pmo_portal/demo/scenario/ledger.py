"""The money of one project, month by month: budgets, commitments, actuals and what remains to be spent. Pure.

Amounts are whole hundreds of euros, so that sums are exact: the approved budget is always the announced one to the cent, and
actuals + remainder = budget × (1 + drift).
"""

import math
from datetime import date
from decimal import Decimal
from random import Random

from pmo_portal.demo.scenario.calendar import first_day, months_between

HUNDRED = 100
CellKey = tuple[date, str, str]  # month, kind, CAPEX/OPEX


class Account:
    """CAPEX or OPEX of a project. Internally in hundreds of euros."""

    def __init__(self, months: list[date], initial: int) -> None:
        self.months = months
        self.initial = dict(zip(months, shared_out(initial, weights(len(months))), strict=True))
        self.revised = dict(self.initial)
        self.forecast = dict(self.initial)
        self.actual: dict[date, int] = {}
        self.committed: dict[date, int] = {}

    @property
    def budget(self) -> int:
        return sum(self.revised.values())

    def approve(self, amount: int, after: date) -> None:
        """Raise the approved budget over the months that follow."""
        months = [month for month in self.months if month > after] or self.months[-1:]
        for month, part in zip(months, shared_out(amount, [1.0] * len(months)), strict=True):
            self.revised[month] += part

    def spend(self, until: date, rng: Random) -> None:
        """The months up to `until` are over: what was forecast was spent, give or take; the next month takes the difference."""
        for month in sorted(month for month in self.forecast if month <= until):
            planned = self.forecast.pop(month)
            following = min(self.forecast, default=None)
            difference = round(planned * rng.uniform(-0.08, 0.08)) if following else 0
            if following:
                difference = max(difference, -planned)
                difference = min(difference, self.forecast[following])
                self.forecast[following] -= difference
            self.actual[month] = planned + difference

    def plan_again(self, months: list[date], drift: float) -> None:
        """Spread what remains, with the drift, over these months."""
        total = round(self.budget * (1 + drift / 100)) - sum(self.actual.values())
        shape = weights(len(self.actual) + len(months))[len(self.actual) :]
        self.forecast = dict(zip(months, shared_out(max(total, 0), shape), strict=True))

    def commit(self, until: date) -> None:
        """Orders are placed ahead: every month up to `until` is committed once, at what is then expected."""
        for month in sorted({*self.actual, *self.forecast}):
            if month <= until and month not in self.committed:
                self.committed[month] = self.actual.get(month, self.forecast.get(month, 0))

    def finish(self, month: date) -> None:
        """Nothing remains to be spent."""
        self.forecast = {month: 0}

    def cells(self, cost_type: str) -> dict[CellKey, Decimal]:
        kinds = {
            "initial": self.initial,
            "revised": self.revised,
            "committed": self.committed,
            "actual": self.actual,
            "forecast": self.forecast,
        }
        return {
            (month, kind, cost_type): Decimal(amount * HUNDRED)
            for kind, amounts in kinds.items()
            for month, amount in amounts.items()
        }


def weights(count: int) -> list[float]:
    """An S-curve: slow start, strong middle, slow end."""
    return [0.25 + math.sin(math.pi * (place + 0.5) / count) for place in range(count)]


def shared_out(total: int, shape: list[float]) -> list[int]:
    """`total` in whole parts that follow the shape; the roundings never lose a unit."""
    whole, given, sofar = sum(shape), 0, 0.0
    parts = []
    for weight in shape:
        sofar += weight
        upto = round(total * sofar / whole)
        parts.append(upto - given)
        given = upto
    return parts


def remaining_months(spent: date, end: date) -> list[date]:
    """The months after the last spent one up to that of `end`; at least one, since bills come after the last day."""
    return months_between(spent, end)[1:] or [first_day(spent, 1)]
