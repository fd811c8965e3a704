"""The two ends of a comparison: a day, or a period that was frozen. `2026-06-30` or `period-12` in an address."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.as_of import EARLIEST, end_of
from reporting.comparing.selectors import frozen_periods
from reporting.health.scope import Scope
from reporting.status.models import ReportingPeriod

PERIOD = "period-"
MONTH, QUARTER = dt.timedelta(days=30), dt.timedelta(days=91)
LAST_PERIODS = 6


class NoSuchEnd(ValueError):
    """The address names neither a day that came nor a frozen period of the portfolio: the message says what to ask for."""


@dataclass(frozen=True, slots=True)
class End:
    """`moment` is the instant looked at: that of the freeze, or the end of the day."""

    day: dt.date
    moment: dt.datetime
    period: ReportingPeriod | None = None

    @property
    def key(self) -> str:
        return f"{PERIOD}{self.period.pk}" if self.period else self.day.isoformat()

    @property
    def label(self) -> str:
        if self.period is None:
            return formats.date(self.day)
        return _("%(period)s, frozen on %(day)s") % {"period": self.period.label, "day": formats.date(self.day)}


def on(day: dt.date) -> End:
    return End(day, end_of(day))


def frozen(period: ReportingPeriod) -> End:
    assert period.frozen_at is not None
    return End(timezone.localdate(period.frozen_at), period.frozen_at, period)


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
        self.last = scope.as_of or scope.today
        self.periods: Sequence[ReportingPeriod] = [one for one in frozen_periods(scope) if frozen(one).day <= self.last]

    def asked(self, start: str, stop: str) -> tuple[End, End]:
        """The earlier end first. Without a first end: the last freeze, else a month before. Raises NoSuchEnd."""
        latest = self.read(stop) if stop else on(self.last)
        before = [one for one in map(frozen, self.periods) if one.moment < latest.moment and one.key != latest.key]
        earliest = self.read(start) if start else before[0] if before else on(latest.day - MONTH)
        return (earliest, latest) if earliest.moment <= latest.moment else (latest, earliest)

    def read(self, text: str) -> End:
        if text.startswith(PERIOD):
            found = next((one for one in self.periods if f"{PERIOD}{one.pk}" == text), None)
            if found is None:
                raise NoSuchEnd(_("There is no such frozen period here."))
            return frozen(found)
        try:
            day = dt.date.fromisoformat(text)
        except ValueError as error:
            words = _("“%(text)s” is not a day. Write it like %(day)s.")
            raise NoSuchEnd(words % {"text": text[:40], "day": self.last}) from error
        if not EARLIEST <= day <= self.last:
            raise NoSuchEnd(_("Choose a day up to %(day)s.") % {"day": formats.date(self.last, "long")})
        return on(day)

    def presets(self) -> list[Preset]:
        """Since the last freeze, each freeze against the one before, and what people look back on."""
        now, kept = on(self.last), [frozen(one) for one in self.periods]
        found = [Preset(_("Since the last freeze"), kept[0], now)] if kept else []
        found += [
            Preset(_("Last month"), on(self.last - MONTH), now),
            Preset(_("Last quarter"), on(self.last - QUARTER), now),
        ]
        pairs: list[tuple[Any, Any]] = list(zip(kept[1:], kept, strict=False))[:LAST_PERIODS]
        arrow = _("%(before)s → %(after)s")
        return found + [
            Preset(arrow % {"before": a.period.label, "after": b.period.label}, a, b) for a, b in pairs
        ]  # fmt: skip
