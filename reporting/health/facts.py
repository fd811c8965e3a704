"""What the rules read: plain values, no model. Money in the project's currency, dates as days, levels 1–25."""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class KeyMilestone:
    """The next key milestone that is not reached yet."""

    name: str
    baseline: date | None
    forecast: date | None
    name_en: str = ""


@dataclass(frozen=True, slots=True)
class Crowded:
    """The people on the project who have too much in the next three months: how many, and how much of the capacity of the
    worst of them is too much, in per cent. Who it is says the page of capacity, to who may read it: reasons go to everybody."""

    people: int
    percent: float


@dataclass(frozen=True, slots=True)
class ProjectFacts:
    """Everything one assessment needs. None means unknown: the rules answer grey, never green."""

    state: str
    baseline_start: date | None = None
    baseline_end: date | None = None
    forecast_end: date | None = None
    actual_end: date | None = None
    key_milestone: KeyMilestone | None = None
    budget: Decimal | None = None
    eac: Decimal | None = None
    year_budget: Decimal | None = None
    year_forecast: Decimal | None = None
    risks_recorded: int = 0
    risks_open: int = 0
    highest_risk: int | None = None
    highest_risk_title: str = ""
    highest_risk_title_en: str = ""
    data_date: date | None = None
    declared_rag: str = "grey"
    ambers: int = 0  # frozen reports in a row at amber while the plan stayed as it was
    ambers_limit: int = 0  # of them from which amber counts as red; 0: never
    required_days: float = 0.0  # firmly asked for of people in the next three months
    staffed_days: float = 0.0  # of these, those somebody was granted for
    gone_days: float = 0.0  # granted to somebody who is not there then: not staffed
    crowded: "Crowded | None" = None
    tolerance_time: float = 0.0
    tolerance_cost: float = 0.0


@dataclass(frozen=True, slots=True)
class Limits:
    """Where amber and red start: a value above `*_amber` is amber, above `*_red` is red. Percent, working days, levels, days."""

    slip_percent: tuple[float, float]
    milestone_days: tuple[float, float]
    cost_percent: tuple[float, float]
    risk_level: tuple[float, float]
    age_days: tuple[float, float]
    unstaffed_percent: tuple[float, float] = (5, 30)
    overload_percent: tuple[float, float] = (5, 20)


# What a new installation starts with (domain.md §3.2; risk bands §2.8.5; data age K-O03; staffing K-R06). The database
# overrides it.
DEFAULT_LIMITS: dict[str, tuple[float, float]] = {
    "slip_percent": (5, 15),
    "milestone_days": (0, 10),
    "cost_percent": (3, 10),
    "risk_level": (9, 14),
    "age_days": (31, 45),
    "unstaffed_percent": (5, 30),  # K-R06
    "overload_percent": (5, 20),
}

Reason = dict[str, object]


@dataclass(frozen=True, slots=True)
class Assessment:
    """The colours, the figures behind them and the reasons as data."""

    computed: str
    schedule: str
    cost: str
    risk: str
    freshness: str
    resources: str
    gap: int | None
    slip_days: int | None
    slip_percent: Decimal | None
    cost_variance: Decimal | None
    cost_variance_percent: Decimal | None
    reasons: list[Reason] = field(default_factory=list)
