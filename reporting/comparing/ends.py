"""The two ends of a comparison: a day, or a period that was frozen. `2026-06-30` or `period-12` in an address."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.as_of import EARLIEST, end_of
from reporting.health.as_of_models import HealthAsOf
from reporting.health.models import HealthHistory
from reporting.health.scope import Scope
from reporting.status.models import ReportingPeriod
from reporting.status.selectors import frozen_periods

PERIOD = "period-"
MONTH, QUARTER = dt.timedelta(days=30), dt.timedelta(days=91)
LAST_PERIODS = 6
MOST_PERIODS = 24


class NoSuchEnd(ValueError):
    """The address names neither a day that came nor a frozen period of the portfolio: the message says what to ask for."""


@dataclass(frozen=True, slots=True)
class End:
    """`moment` is the instant looked at: that of the freeze, or the end of the day; `is_over`: the day is past. Of a freeze, the
    last revision `known` by then counts (None: the last there is).
    """

    day: dt.date
    moment: dt.datetime
    period: ReportingPeriod | None = None
    is_over: bool = True
    known: dt.datetime | None = None

    @property
    def key(self) -> str:
        return f"{PERIOD}{self.period.pk}" if self.period else self.day.isoformat()

    @property
    def label(self) -> str:
        if self.period is None:
            return formats.date(self.day)
        return _("%(period)s, frozen on %(day)s") % {"period": self.period.label, "day": formats.date(self.day)}

    def photographs(self) -> Any:
        """The states at this end: what the freeze kept, what pages of the day show, or what is true today."""
        if self.period is not None:
            return HealthAsOf.objects.at_freeze(self.period, known=self.known)
        return HealthAsOf.objects.on(self.day) if self.is_over else HealthHistory.objects.at(self.moment)


def on(day: dt.date, *, today: dt.date | None = None) -> End:
    return End(day, end_of(day), is_over=today is None or day < today)


def frozen(period: ReportingPeriod, *, known: dt.datetime | None = None) -> End:
    assert period.frozen_at is not None
    return End(timezone.localdate(period.frozen_at), period.frozen_at, period, known=known)


@dataclass(frozen=True, slots=True)
class Preset:
    label: str
    start: End
    stop: End

    @property
    def query(self) -> str:
        return f"from={self.start.key}&to={self.stop.key}"


class Ends:
    """What may be compared of a scope, until the day looked at."""

    def __init__(self, scope: Scope) -> None:
        self.last, self.today = scope.as_of or scope.today, scope.today
        self.known = end_of(scope.as_of) if scope.as_of else None
        found = frozen_periods(scope).filter(frozen_at__lte=end_of(self.last))
        self.periods: Sequence[ReportingPeriod] = list(found[:MOST_PERIODS])
        # What is offered unasked: a freeze of a period in which nobody could report is one for who names it.
        self.collected = [one for one in self.periods if one.was_collected]

    def _on(self, day: dt.date) -> End:
        return on(day, today=self.today)

    def _frozen(self, period: ReportingPeriod) -> End:
        return frozen(period, known=self.known)

    def asked(self, start: str, stop: str) -> tuple[End, End]:
        """The earlier end first. Without a first end: the last freeze, else a month before. Raises NoSuchEnd."""
        latest = self.read(stop) if stop else self._on(self.last)
        before = [
            one for one in map(self._frozen, self.collected) if one.moment < latest.moment and one.key != latest.key
        ]
        earliest = self.read(start) if start else before[0] if before else self._on(latest.day - MONTH)
        return (earliest, latest) if earliest.moment <= latest.moment else (latest, earliest)

    def read(self, text: str) -> End:
        if text.startswith(PERIOD):
            found = next((one for one in self.periods if f"{PERIOD}{one.pk}" == text), None)
            if found is None:
                raise NoSuchEnd(_("There is no such frozen period here."))
            return self._frozen(found)
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as error:
            words = _("“%(text)s” is not a day. Write it like %(day)s.")
            raise NoSuchEnd(words % {"text": text[:40], "day": self.last}) from error
        if not EARLIEST <= day <= self.last:
            raise NoSuchEnd(_("Choose a day up to %(day)s.") % {"day": formats.date(self.last, "long")})
        return self._on(day)

    def presets(self) -> list[Preset]:
        """Since the last freeze, each freeze against the one before, and what people look back on."""
        now, kept = self._on(self.last), [self._frozen(one) for one in self.collected]
        found = [Preset(_("Since the last freeze"), kept[0], now)] if kept else []
        found += [
            Preset(_("Last month"), self._on(self.last - MONTH), now),
            Preset(_("Last quarter"), self._on(self.last - QUARTER), now),
        ]
        pairs: list[tuple[Any, Any]] = list(zip(kept[1:], kept, strict=False))[:LAST_PERIODS]
        arrow = _("%(before)s → %(after)s")
        return found + [
            Preset(arrow % {"before": a.period.label, "after": b.period.label}, a, b) for a, b in pairs
        ]  # fmt: skip
