"""What a week of delay of a project weighs: what prices are made of.

Weighted tardiness, Σ weight · time late, is what plans of many projects are compared by (Pinedo, Scheduling, ch. 3).
The weight is read from what says that a project matters: its size, its priority and whether it is a must-win. Each step of
priority doubles; a project of none weighs as one in the middle. Our own scale, shown wherever a price is.
"""

from projects.hierarchy.models import Project
from projects.hierarchy.priorities import MIDDLE

SIZES: dict[str, int] = {"S": 1, "M": 2, "L": 3, "XL": 5}
UNKNOWN = 2
STEP = 2.0
MUST_WIN = 3


def weight_of(project: Project) -> float:
    """0.25 (small, of very low priority) to 60 (a must-win of the largest size and the highest priority)."""
    priority = MIDDLE if project.priority is None else project.priority
    size = SIZES.get(project.size, UNKNOWN)
    return float(size * STEP ** (priority - MIDDLE) * (MUST_WIN if project.must_win else 1))
