"""Indicators of people and capacity (domain.md §4.3). Plain Python: sums of days in, figures out; None: not known, shown grey.

Every one is a ratio of sums or a count, never a mean of ratios. Days of work; per cent 0–100.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

LEAST_SHARE = 0.1  # of a person's time below which they do not count as working on a project (K-R08)


@dataclass(frozen=True, slots=True)
class Group:
    """A role in one quarter."""

    capacity: float
    hard: float
    tentative: float


@dataclass(frozen=True, slots=True)
class Facts:
    """Sums over the span shown. `quarters` {role: its quarters}; `shares` of each person on each active project they are
    granted to; `gone` days are granted to who is not there then; `skills` (demand, capacity) of the critical ones; `external`
    of `sourced` hard days, whatever the role; `actual` and `planned` days where files brought actual ones."""

    capacity: float = 0.0
    hard: float = 0.0
    tentative: float = 0.0
    quarters: Mapping[int, Sequence[Group]] = field(default_factory=dict)
    required: float = 0.0
    staffed: float = 0.0
    gone: float = 0.0
    shares: Sequence[Sequence[float]] = ()
    skills: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    external: float = 0.0
    sourced: float = 0.0
    actual: float | None = None
    planned: float | None = None


@dataclass(frozen=True, slots=True)
class Kpi:
    """`unit` days, percent, count or mean; `colour` of a value; `by` rows of the picture that hold its details."""

    key: str
    unit: str
    value: Callable[[Facts], float | None]
    colour: Callable[[float], str]
    by: str


KPIS: dict[str, Kpi] = {}


def kpi(
    key: str, unit: str, *, by: str, colour: Callable[[float], str] = lambda _value: ""
) -> Callable[..., Callable[[Facts], float | None]]:
    """Register the decorated function under its key of domain.md §4.3; no colour: a figure without a judgement."""

    def register(value: Callable[[Facts], float | None]) -> Callable[[Facts], float | None]:
        if key in KPIS:
            raise ValueError(f"{key} is there twice")
        KPIS[key] = Kpi(key, unit, value, colour, by)
        return value

    return register


def between(green: tuple[float, float], amber: tuple[float, float]) -> Callable[[float], str]:
    """Green within the first pair, amber within the second, red outside."""
    return lambda value: (
        "green" if green[0] <= value <= green[1] else "amber" if amber[0] <= value <= amber[1] else "red"
    )


def at_most(green: float, amber: float) -> Callable[[float], str]:
    return lambda value: "green" if value <= green else "amber" if value <= amber else "red"


def at_least(green: float, amber: float) -> Callable[[float], str]:
    return lambda value: "green" if value >= green else "amber" if value >= amber else "red"


def percent(part: float, whole: float) -> float | None:
    """100 × part / whole; None where there is nothing to compare with."""
    return 100 * part / whole if whole > 0 else None


@kpi("K-R01", "days", by="role")
def capacity(facts: Facts) -> float | None:
    """Σ full-time equivalents × working days × (1 − absences − daily operations)."""
    return facts.capacity or None


@kpi("K-R02", "days", by="role")
def demand(facts: Facts) -> float | None:
    """Σ of what is asked and granted, hard and tentative."""
    return facts.hard + facts.tentative or None


@kpi("K-R03", "percent", by="role", colour=between((70, 90), (50, 100)))
def utilisation(facts: Facts) -> float | None:
    """Hard load / capacity."""
    return percent(facts.hard, facts.capacity)


@kpi("K-R04", "percent", by="role", colour=at_most(100, 100))
def projected(facts: Facts) -> float | None:
    """(hard + tentative) / capacity. Golden vector: (120 + 936) / 944 hours = 111.9 % (the source prints 119)."""
    return percent(facts.hard + facts.tentative, facts.capacity)


@kpi("K-R05", "count", by="role", colour=at_most(0, 2))
def overloaded(facts: Facts) -> float | None:
    """Roles with any quarter in which more is asked than there is."""
    if not facts.quarters:
        return None
    return float(
        sum(any(one.hard + one.tentative > one.capacity + 0.01 for one in each) for each in facts.quarters.values())
    )


@kpi("K-R06", "percent", by="role", colour=at_least(95, 70))
def staffing(facts: Facts) -> float | None:
    """Granted / firmly asked for, of the next three months."""
    return percent(facts.staffed, facts.required)


@kpi("K-R07", "percent", by="person", colour=lambda value: at_most(10, 20)(abs(value)))
def effort_variance(facts: Facts) -> float | None:
    """(actual − planned) / planned days; nobody is asked for time sheets, so only where files bring actual days."""
    if facts.actual is None or not facts.planned:
        return None
    return 100 * (facts.actual - facts.planned) / facts.planned


@kpi("K-R08", "mean", by="person", colour=at_most(2, 3))
def multitasking(facts: Facts) -> float | None:
    """Mean number of active projects that have a tenth of a person's time or more, over those who have one."""
    counts = [count for count in (sum(share >= LEAST_SHARE for share in each) for each in facts.shares) if count]
    return sum(counts) / len(counts) if counts else None


@kpi("K-R09", "days", by="skill", colour=lambda value: "green" if value <= 0 else "red")
def skill_gap(facts: Facts) -> float | None:
    """Demand − capacity of the critical skills, those that are short added up; 0 or less when none is."""
    if not facts.skills:
        return None
    gaps = [asked - there for asked, there in facts.skills.values()]
    short = sum(gap for gap in gaps if gap > 0)
    return short or max(gaps)


@kpi("K-R10", "percent", by="unit")
def external_ratio(facts: Facts) -> float | None:
    """Hard days of externals and suppliers / all hard days; what is right is a policy, so it has no colour."""
    return percent(facts.external, facts.sourced)


def verdict(one: Kpi, facts: Facts) -> tuple[float | None, str]:
    """(value, colour): grey without data, '' for a figure nobody judges."""
    value = one.value(facts)
    return value, "grey" if value is None else one.colour(value)


def verdicts(facts: Facts, keys: Iterable[str] = ()) -> dict[str, tuple[float | None, str]]:
    return {key: verdict(KPIS[key], facts) for key in (keys or KPIS)}
