"""The flash report (fiche projet) field by field, as domain.md §6.3 lists it: what the page, the PDF and the slide are made from.

Texts are already in the recipient's language, days and amounts already written as they read; a figure that is also drawn comes as
a number beside its text. '' and None mean "nothing to show", never zero. What the reader may not see is not in here at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

MOST_MILESTONES = 6
MOST_LINES = 5  # key achievements, and as many next steps
MOST_RISKS = 3
MOST_ISSUES = 2
MOST_ASKS = 3
MOST_CHANGES = 4
MOST_PERIODS = 12
VISIBLE_SUMMARY = 250  # characters of the summary that every form shows (domain.md §2.8.1)


@dataclass(frozen=True, slots=True)
class Mark:
    """A judgement: `state` is green, amber, red, grey or '' (none to show), `weather` the icon of a weather scale."""

    state: str = ""
    words: str = ""
    weather: str = ""


@dataclass(frozen=True, slots=True)
class Fact:
    """A labelled text; `state` colours it, `strong` is the one that counts."""

    label: str
    text: str
    state: str = ""
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Confidence:
    """What was declared, where it goes (`trend` up, flat, down or ''), what it was before, and what was computed beside it.

    `review` is what somebody independent thinks, where there is a review: of the day `review_on`, by `review_by`; `review_far`
    that it is an exception, far below what was declared.
    """

    declared: Mark
    trend: str
    trend_words: str
    previous: Mark
    computed: Mark
    gap: int | None
    gap_words: str
    reason: str  # why it is better than computed
    review: Mark = field(default_factory=Mark)
    review_on: str = ""
    review_by: str = ""
    review_far: bool = False


@dataclass(frozen=True, slots=True)
class Indicator:
    """One of the five dimensions: judged now and in the report before, with its figure; `computed` only where it differs."""

    key: str
    label: str
    mark: Mark
    previous: Mark
    computed: Mark
    figure: str
    comment: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Physical progress against the one planned, 0–100; None where unknown."""

    actual: float | None
    planned: float | None
    actual_text: str
    planned_text: str
    gap_text: str
    state: str
    dates: Sequence[Fact]


@dataclass(frozen=True, slots=True)
class Curve:
    """Cumulative money by month in whole units of the currency: plan for every month, actuals to today, forecast from there."""

    months: Sequence[date]
    labels: Sequence[str]
    plan: Sequence[float]
    actual: Sequence[float]
    forecast: Sequence[float]
    words: str  # what it shows, for who does not see it

    @property
    def most(self) -> float:
        return max(self.plan[-1], *self.actual[-1:], *self.forecast[-1:])


@dataclass(frozen=True, slots=True)
class Budget:
    lines: Sequence[Fact]
    variance: str
    variance_state: str
    currency: str
    scale: str  # of the axis, as pmo_portal.core.formats.SCALES names it
    curve: Curve | None


@dataclass(frozen=True, slots=True)
class MilestoneLine:
    label: str
    is_key: bool
    baseline: str
    previous: str
    forecast: str
    slip: str
    mark: Mark  # reached, on time, late, overdue
    note: str


@dataclass(frozen=True, slots=True)
class RiskLine:
    """A risk, or an issue that happened; `level` 1–25 and how it is made (`4 × 5`), `moved` up, down, flat, new or ''."""

    label: str
    level: int
    made_of: str
    mark: Mark
    moved: str
    moved_words: str
    response: str
    owner: str
    due: str


@dataclass(frozen=True, slots=True)
class Ask:
    """A decision that is asked for; the recommended option begins `options`, `amount` is '' for who sees no money."""

    question: str
    options: Sequence[str]
    recommendation: str
    needed_by: str
    committee: str
    amount: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A period of the strip: its short label, its whole name, what was declared in it."""

    label: str
    name: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Head:
    code: str
    name: str
    portfolio: str
    period: str
    day: str  # the day the figures speak of
    facts: Sequence[Fact]
    standing: str  # frozen when, under which revision; or that it is a draft
    is_frozen: bool
    is_reported: bool
    confidential: str  # the word, on a confidential project


@dataclass(frozen=True, slots=True)
class Sheet:
    language: str
    file_name: str  # without its ending
    title: str
    head: Head
    confidence: Confidence
    message: str
    summary: str
    indicators: Sequence[Indicator]
    progress: Progress
    budget: Budget | None
    milestones: Sequence[MilestoneLine]
    highlights: Sequence[str]
    next_steps: Sequence[str]
    risks: Sequence[RiskLine]
    issues: Sequence[RiskLine]
    asks: Sequence[Ask]
    changes: Sequence[str]
    strip: Sequence[Cell]
    note: str
    words: dict[str, str] = field(default_factory=dict)  # titles and column heads by key (reporting.exports.words)

    @property
    def visible_summary(self) -> str:
        return clipped(self.summary, VISIBLE_SUMMARY)


def clipped(text: str, most: int) -> str:
    """The text on one line, cut between words with an ellipsis where it is longer than `most` characters."""
    text = " ".join(text.split())
    if len(text) <= most:
        return text
    cut = text[: most - 1]
    end = cut.rfind(" ")
    return (cut[:end] if end > most * 0.6 else cut).rstrip(" ,;:.–-") + "…"
