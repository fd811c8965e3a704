"""Reads of risks for pages: the list, and the 5 × 5 matrix."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, IntegerField, When

from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.raid.models import Risk

STEPS = (1, 2, 3, 4, 5)
# Four bands of the level 1–25 (domain.md §2.8.5): low, moderate, high, critical.
BANDS = ((4, 1), (9, 2), (14, 3), (25, 4))


@dataclass(frozen=True, slots=True)
class Square:
    """One square of the matrix: `band` 1–4 colours it, `count` says how many open risks sit there."""

    probability: int
    impact: int
    level: int
    band: int
    count: int

    @property
    def at(self) -> str:
        """Its name in the address: `4x5`."""
        return f"{self.probability}x{self.impact}"


def band_of(level: int) -> int:
    """1 low, 2 moderate, 3 high, 4 critical."""
    return next(band for top, band in BANDS if level <= top)


def register(project: Project) -> Any:
    """The risks of a project, open ones first, the highest first."""
    is_open = Case(When(status__in=Risk.OPEN, then=0), default=1, output_field=IntegerField())
    rows = Risk.objects.filter(project=project).select_related("owner")
    return rows.annotate(closed=is_open, height=F("probability") * F("impact")).order_by("closed", "-height", "pk")


def register_then(trail: Trail) -> list[Risk]:
    """The same as it was on a past day."""
    risks: list[Any] = trail.rows(Risk, "owner")
    for risk in risks:
        risk.closed = int(risk.status not in Risk.OPEN)
    return sorted(risks, key=lambda risk: (risk.status not in Risk.OPEN, -risk.level, risk.pk))


def matrix(risks: Iterable[Risk], *, residual: bool) -> list[tuple[int, list[Square]]]:
    """Rows of the matrix, the likeliest on top; open risks counted where they stand, after their response if `residual`."""
    places: Counter[tuple[int, int]] = Counter(
        place(risk, residual=residual) for risk in risks if risk.status in Risk.OPEN
    )
    return [
        (likely, [Square(likely, hard, likely * hard, band_of(likely * hard), places[likely, hard]) for hard in STEPS])
        for likely in reversed(STEPS)
    ]


def place(risk: Risk, *, residual: bool) -> tuple[int, int]:
    """(likelihood, impact); the inherent ones while no residual was assessed."""
    if residual and risk.residual_probability is not None and risk.residual_impact is not None:
        return risk.residual_probability, risk.residual_impact
    return risk.probability, risk.impact
