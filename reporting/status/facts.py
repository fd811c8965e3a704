"""What the rules of a report read and what they find: plain values, no model. Money in the project's currency, dates as days."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

ERROR, WARNING, HINT = "error", "warning", "hint"  # the kinds of a finding


@dataclass(frozen=True, slots=True)
class Mark:
    """A milestone as it is known: its dates before this report."""

    pk: int
    name: str
    is_key: bool
    baseline: date | None
    forecast: date | None
    reached: date | None


@dataclass(frozen=True, slots=True)
class Danger:
    """An open risk: `level` after its response, 1–25."""

    pk: int
    title: str
    level: int
    reviewed: date | None


@dataclass(frozen=True, slots=True)
class Known:
    """What the system knows when a report is written. Money in the project's currency; None: unknown, or not for the writer."""

    today: date
    levels: Sequence[str]
    computed: Mapping[str, str] = field(default_factory=dict)  # "overall" and dimensions → colour
    before: Mapping[str, str] = field(default_factory=dict)  # the colours of the last report
    messages: Sequence[str] = ()  # of the last two reports
    percents: Sequence[Decimal] = ()  # of the last reports, newest first
    marks: Sequence[Mark] = ()
    dangers: Sequence[Danger] = ()
    titles: Sequence[str] = ()  # of open risks and issues
    budget: Decimal | None = None
    actual: Decimal | None = None
    etc_before: Decimal | None = None
    actual_before: Decimal | None = None
    cost_limit: Decimal | None = None  # % over budget from which an exception is due, tolerance included
    forecast_end: date | None = None
    closing: bool = False
    sees_money: bool = True
    renewals: int = 0  # in a row before this report
    alerts: int = 0
    stale: bool = False  # nothing was written about the project in this period


@dataclass(frozen=True, slots=True)
class Finding:
    """`at` is the field it is about; `params` are the facts for its words."""

    rule: str
    at: str
    kind: str
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Under which a warning is confirmed."""
        return f"{self.rule}:{self.at}"
