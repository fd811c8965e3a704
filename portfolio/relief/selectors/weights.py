"""What a week of delay of a project weighs: the priority that prices are made of.

Weighted tardiness, Σ weight · time late, is what plans of many projects are compared by (Pinedo, Scheduling, ch. 3).
The portal stores no priority of its own yet, so the weight is read from what says that a project matters: its size and whether
it is a must-win. Our own scale, shown wherever a price is.
"""

from projects.hierarchy.models import Project

SIZES: dict[str, int] = {"S": 1, "M": 2, "L": 3, "XL": 5}
UNKNOWN = 2
MUST_WIN = 3


def weight_of(project: Project) -> int:
    """1 (small) to 15 (a must-win of the largest size)."""
    return SIZES.get(project.size, UNKNOWN) * (MUST_WIN if project.must_win else 1)
