"""Portfolio indicators (domain.md §4.2). Plain Python: sums in, a figure out; None means it cannot be computed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

# K-P02: points per declared level. A level that is not a judgement (not rated, reset, nothing) weighs nothing.
POINTS: Mapping[str, int] = {"green": 100, "amber_green": 80, "amber": 40, "amber_red": 40, "red": 0}


@dataclass(frozen=True, slots=True)
class Declared:
    """The projects that declare one level: how many, the budget of those whose budget is known, and how many that is."""

    level: str
    projects: int
    budget: Decimal
    budget_known: int


@dataclass(frozen=True, slots=True)
class HealthIndex:
    """`value` 0–100; `rated` of `projects` active projects weigh in: they declare a level and have a budget."""

    value: float | None
    rated: int
    projects: int


def health_index(levels: Iterable[Declared]) -> HealthIndex:
    """K-P02, Portfolio Health Index: Σ budget × points / Σ budget, over the projects that declare a level (0–100).

    Points: 100, 80, 40, 0 from the best of the four weather levels to the worst. Not reported weighs nothing and is said.
    """
    rows = list(levels)
    judged = [row for row in rows if row.level in POINTS]
    weight = sum((row.budget for row in judged), Decimal(0))
    rated = sum(row.budget_known for row in judged)
    projects = sum(row.projects for row in rows)
    if weight <= 0:
        return HealthIndex(None, rated, projects)
    points = sum((row.budget * POINTS[row.level] for row in judged), Decimal(0))
    return HealthIndex(float(points / weight), rated, projects)


def share(part: int, whole: int) -> float | None:
    """100 × part / whole; None when there is nothing to share."""
    return 100 * part / whole if whole else None


def verdict(value: float | None, green: float, amber: float, *, higher_is_better: bool = True) -> str:
    """The colour of a figure between its two limits; grey when it is unknown."""
    if value is None:
        return "grey"
    signed, first, second = (value, green, amber) if higher_is_better else (-value, -green, -amber)
    return "green" if signed >= first else "amber" if signed >= second else "red"
