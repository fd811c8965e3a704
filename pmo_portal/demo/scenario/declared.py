"""What the project managers declare: mostly what the rules would say, sometimes a month late, twice never. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from pmo_portal.demo.scenario.spec import ProjectSpec, told_in_english
from pmo_portal.demo.scenario.timeline import Snapshot
from reporting.health import rules
from reporting.health.facts import Assessment, KeyMilestone, Limits, ProjectFacts

LIMITS = Limits(
    slip_percent=(5, 15), milestone_days=(0, 10), cost_percent=(3, 10), risk_level=(9, 14), age_days=(31, 45)
)
RANK = {"green": 3, "amber_green": 2, "amber": 1, "red": 0}
SLOW_TO_SAY = 0.35  # how often a worse colour is admitted a month late only
MESSAGE_LENGTH = 140


@dataclass(frozen=True, slots=True)
class Declaration:
    """A reported status: level of the weather scale, trend up|flat|down, sentence, and when it will be green again.

    `verdict` is what the rules say beside it; `slip` in days, `percent` over budget.
    """

    level: str
    trend: str
    message: str
    back_to_green: date | None
    verdict: Assessment
    slip: int
    percent: Decimal | None


class Reporter:
    """A project manager who reports every month."""

    def __init__(self, spec: ProjectSpec, seed: int, texts: dict[str, list[str]], language: str = "fr") -> None:
        self.spec, self.texts, self.language = (told_in_english(spec) if language == "en" else spec), texts, language
        self.rng = Random(f"{seed}:{spec.code}:status")  # noqa: S311  (a story, not a secret)
        self.last = ""
        self.slip = 0
        self.said = ""

    def report(self, snapshot: Snapshot) -> Declaration:
        verdict = assessed(snapshot)
        computed, slip, percent = verdict.computed, verdict.slip_days or 0, verdict.cost_variance_percent
        level = self._level(snapshot, computed)
        trend = self._trend(level, slip)
        message = next((text for month, text in self._told() if month == snapshot.month), "")
        if not message:
            message = self.said if snapshot.state == "suspended" else self._message(snapshot, level, slip, percent)
        self.last, self.slip, self.said = level, slip, message
        return Declaration(level, trend, message, _back_to_green(snapshot, level), verdict, slip, percent)

    def _told(self) -> tuple[tuple[int, str], ...]:
        return (*self.spec.says, *((self.spec.stop,) if self.spec.stop else ()))

    def _level(self, snapshot: Snapshot, computed: str) -> str:
        told = [level for month, level in self.spec.declares if month <= snapshot.month]
        if told and told[-1]:
            return told[-1]
        if computed in ("amber", "red"):
            worse = self.last in RANK and RANK[self.last] > RANK[computed]
            return self.last if worse and self.rng.random() < SLOW_TO_SAY and snapshot.month < 0 else computed
        if snapshot.state in ("suspended", "stopped"):
            return self.last or "amber"
        return "green" if snapshot.state == "closed" or self.rng.random() < 0.6 else "amber_green"

    def _trend(self, level: str, slip: int) -> str:
        before, now = RANK.get(self.last, RANK[level]), RANK[level]
        if now != before:
            return "up" if now > before else "down"
        return "flat" if slip == self.slip else "down" if slip > self.slip else "up"

    def _message(self, snapshot: Snapshot, level: str, slip: int, percent: Decimal | None) -> str:
        step = snapshot.next_step
        cost = percent is not None and percent > LIMITS.cost_percent[0]
        if snapshot.state == "closed":
            situation = "closed"
        elif snapshot.state == "closing" and level.endswith("green"):
            situation = "closing"
        elif level in ("amber", "red"):
            situation = f"{level}_cost" if cost and slip <= 0 else level
        else:
            situation = "planning" if snapshot.state in ("initiating", "planning") else "green"
        words = self.texts[situation]
        if situation == "red" and slip <= 0:
            words = words[1:]
        text = words[(snapshot.month + self.rng.randrange(len(words))) % len(words)]
        english = self.language == "en"
        return text.format(
            step=lower(step.step.name_en if english else step.step.name) if step else "",
            date=day_in_words(step.forecast, english=english) if step else "",
            days=slip,
            percent=share_in_words(percent, english=english),
        )[:MESSAGE_LENGTH]


def lower(name: str) -> str:
    """As it stands within a sentence."""
    return name[0].lower() + name[1:]


def day_in_words(day: date, *, english: bool) -> str:
    return f"{day:{'%-d %b %Y' if english else '%d/%m/%Y'}}"


def share_in_words(percent: Decimal | None, *, english: bool) -> str:
    share = f"{percent:.1f}" if percent is not None else ""
    return share if english else share.replace(".", ",")


def _back_to_green(snapshot: Snapshot, level: str) -> date | None:
    """Amber or red: two months from now, if the project lasts that long."""
    planned = snapshot.day + timedelta(days=61)
    late = level in ("amber", "red") and snapshot.forecast_end is not None
    return planned if late and snapshot.forecast_end and planned <= snapshot.forecast_end else None


def judged(snapshot: Snapshot) -> tuple[str, int, Decimal | None]:
    """(computed colour, slippage in days, cost variance in %)."""
    verdict = assessed(snapshot)
    return verdict.computed, verdict.slip_days or 0, verdict.cost_variance_percent


def assessed(snapshot: Snapshot) -> Assessment:
    """What the rules of the portal say of a month."""
    sums: dict[str, Decimal] = {}
    for (_month, kind, _type), amount in snapshot.cells.items():
        sums[kind] = sums.get(kind, Decimal(0)) + amount
    pending = sorted((s for s in snapshot.steps if not s.actual and s.step.key), key=lambda s: s.forecast)
    levels = [s.residual[0] * s.residual[1] for s in snapshot.threats if s.open]
    facts = ProjectFacts(
        state=snapshot.state,
        baseline_start=snapshot.start,
        baseline_end=snapshot.baseline_end,
        forecast_end=snapshot.forecast_end,
        actual_end=snapshot.actual_end,
        key_milestone=KeyMilestone(pending[0].step.name, pending[0].baseline, pending[0].forecast) if pending else None,
        budget=sums["revised"],
        eac=sums.get("actual", Decimal(0)) + sums["forecast"],
        risks_recorded=len(snapshot.threats),
        risks_open=len(levels),
        highest_risk=max(levels, default=None),
        data_date=snapshot.day,
    )
    return rules.assess(facts, LIMITS, snapshot.day)
