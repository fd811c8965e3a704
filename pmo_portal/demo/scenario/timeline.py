"""What each project of the scenario looks like at the end of each month: pure, the same for the same seed and day.

`snapshots(spec, today, seed)` gives the states in order; the stage (stage.py) writes the differences through the services.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from pmo_portal.demo.scenario.calendar import FIRST_MONTH, first_day, months_between, review_day, working_day
from pmo_portal.demo.scenario.ledger import Account, CellKey, remaining_months
from pmo_portal.demo.scenario.spec import ProjectSpec, Step, Threat


@dataclass(frozen=True, slots=True)
class StepState:
    """A milestone at the end of a month."""

    step: Step
    baseline: date | None
    forecast: date
    actual: date | None = None


@dataclass(frozen=True, slots=True)
class ThreatState:
    threat: Threat
    residual: tuple[int, int]
    open: bool
    reviewed_on: date


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A project at the end of a month, as its manager knows it. Percentages run from 0 to 100."""

    month: int
    day: date
    state: str
    resume_date: date | None
    start: date
    baseline_end: date | None
    forecast_end: date | None
    actual_end: date | None
    percent_complete: int
    drift: float
    steps: tuple[StepState, ...]
    threats: tuple[ThreatState, ...]
    cells: dict[CellKey, Decimal]

    @property
    def next_step(self) -> StepState | None:
        """The first milestone not reached yet."""
        return next((step for step in self.steps if step.actual is None), None)


def snapshots(spec: ProjectSpec, today: date, seed: int) -> Iterator[Snapshot]:
    """The states of a project, month by month, from its start or from two years ago; none once it is silent or over."""
    life = _Life(spec, today, Random(f"{seed}:{spec.code}"))  # noqa: S311  (a story, not a secret)
    for month in range(spec.start, 1):
        if spec.silent_after is not None and month > spec.silent_after:
            return
        snapshot = life.month(month)
        if month >= FIRST_MONTH:
            yield snapshot
        if snapshot.state in ("closed", "stopped"):
            return


class _Life:
    """One project while its months go by."""

    def __init__(self, spec: ProjectSpec, today: date, rng: Random) -> None:
        self.spec, self.today, self.rng = spec, today, rng
        self.start = working_day(first_day(today, spec.start) + timedelta(days=rng.randrange(1, 10)))
        self.end = first_day(today, spec.start + spec.months).replace(day=rng.randrange(10, 28))
        duration = (self.end - self.start).days
        planned = [
            working_day(self.start + timedelta(days=round(duration * step.part))) for step in spec.template.steps
        ]
        planned[-1] = self.end
        self.steps = [
            StepState(step, None if spec.unplanned else day, day)
            for step, day in zip(spec.template.steps, planned, strict=True)
        ]
        months = months_between(self.start, self.end)
        raised = spec.raised[1] if spec.raised else 0
        self.accounts = {"capex": Account(months, (spec.capex - raised) * 10), "opex": Account(months, spec.opex * 10)}
        self.drift = 0.0
        self.spent = first_day(self.start, -1)
        self.opened = {threat.key: min(spec.start + self.rng.randrange(0, 3), 0) for threat in spec.threats}

    def month(self, month: int) -> Snapshot:
        day = review_day(self.today, month)
        moved = self._slip(month, day)
        state = self._state(month, day)
        self._money(month, moved, state)
        over = state in ("closed", "stopped")
        return Snapshot(
            month=month,
            day=day,
            state=state,
            resume_date=first_day(self.today, self.spec.hold[1]) if state == "suspended" and self.spec.hold else None,
            start=self.start,
            baseline_end=None if self.spec.unplanned else self.end,
            forecast_end=None if self.spec.unplanned else self.steps[-1].forecast,
            actual_end=(self.steps[-1].actual or day) if over else None,
            percent_complete=100 if state == "closed" else self._progress(self._moving(month, day)),
            drift=self.drift,
            steps=tuple(self.steps),
            threats=self._threats(month, day, over),
            cells={
                key: amount for name, account in self.accounts.items() for key, amount in account.cells(name).items()
            },
        )

    def _slip(self, month: int, day: date) -> bool:
        """Move forecasts as told, then mark what was reached; True when the end moved."""
        moved = False
        for when, first, days in self.spec.slips:
            if when == month:
                moved = True
                for place in range(first, len(self.steps)):
                    step = self.steps[place]
                    if step.actual is None:
                        later = working_day(max(step.forecast + timedelta(days=days), day + timedelta(days=3)))
                        self.steps[place] = replace(step, forecast=later)
        if self._held(month):
            if self.spec.hold and month == self.spec.hold[0]:
                moved = True
                pause = timedelta(days=30 * (self.spec.hold[1] - self.spec.hold[0]))
                self.steps = [
                    s if s.actual else replace(s, forecast=working_day(s.forecast + pause)) for s in self.steps
                ]
            return moved
        self.steps = [replace(s, actual=s.forecast) if not s.actual and s.forecast <= day else s for s in self.steps]
        return moved

    def _held(self, month: int) -> bool:
        return self.spec.hold is not None and self.spec.hold[0] <= month < self.spec.hold[1]

    def _state(self, month: int, day: date) -> str:
        if self.spec.stop and month >= self.spec.stop[0]:
            return "stopped"
        if self._held(month):
            return "suspended"
        reached = sum(1 for step in self.steps if step.actual)
        if reached == len(self.steps):
            return "closed"
        if reached > self.spec.template.live:
            return "closing"
        if reached > self.spec.template.build:
            return "executing"
        return "planning" if reached else "initiating"

    def _money(self, month: int, moved: bool, state: str) -> None:
        closed_month = first_day(self.today, month if month < 0 else -1)
        drift = next((percent for when, percent in self.spec.drifts if when == month), self.drift)
        replan = moved or drift != self.drift
        self.drift = drift
        if self.spec.raised and self.spec.raised[0] == month:
            self.accounts["capex"].approve(self.spec.raised[1] * 10, closed_month)
            replan = True
        for account in self.accounts.values():
            if state in ("closed", "stopped"):
                account.spend(closed_month, self.rng)
                account.finish(max(account.actual))
                continue
            if state != "suspended":
                account.spend(closed_month, self.rng)
                self.spent = closed_month
            if replan:
                resume = (
                    first_day(self.today, self.spec.hold[1] - 1)
                    if state == "suspended" and self.spec.hold
                    else self.spent
                )
                account.plan_again(remaining_months(resume, self.steps[-1].forecast), drift)
            if state != "suspended":
                account.commit(first_day(closed_month, 2))

    def _moving(self, month: int, day: date) -> date:
        """The last day on which work advanced."""
        stalled = self.spec.stalled
        return day if stalled is None or month <= stalled else review_day(self.today, stalled)

    def _progress(self, day: date) -> int:
        """Physical progress: the share of the way to the forecast end, held back a little by what is not reached yet."""
        whole = max((self.steps[-1].forecast - self.start).days, 1)
        due = self.steps[next((i for i, s in enumerate(self.steps) if not s.actual), -1)].step.part
        return max(0, min(round(100 * (day - self.start).days / whole), round(100 * due), 99))

    def _threats(self, month: int, day: date, over: bool) -> tuple[ThreatState, ...]:
        """The risks known by now. They are reviewed every quarter, and when their level changes; all close with the project."""
        known = []
        for threat in self.spec.threats:
            if self.opened[threat.key] > month:
                continue
            high = threat.since is not None and threat.since <= month and (threat.until is None or month < threat.until)
            review = review_day(
                self.today, max(min(-(-month // 3) * 3 - 3 if month % 3 else month, 0), self.opened[threat.key])
            )
            known.append(
                ThreatState(
                    threat, threat.raised if high else threat.residual, not over, review if review <= day else day
                )
            )
        return tuple(known)
