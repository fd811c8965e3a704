"""Reads of the registers for pages."""

from projects.raid.selectors.assessments import (
    assessments,
    beside,
    exceptions,
    in_force,
    last_released,
    rank_of,
    read_beside,
    review_beside,
    sees_some,
)
from projects.raid.selectors.registers import (
    actions,
    actions_then,
    decisions,
    decisions_then,
    issues,
    issues_then,
    open_counts,
    origins,
)
from projects.raid.selectors.risks import band_of, matrix, place, register, register_then

__all__ = [
    "actions",
    "actions_then",
    "assessments",
    "band_of",
    "beside",
    "decisions",
    "decisions_then",
    "exceptions",
    "in_force",
    "issues",
    "issues_then",
    "last_released",
    "matrix",
    "open_counts",
    "origins",
    "place",
    "rank_of",
    "read_beside",
    "register",
    "register_then",
    "review_beside",
    "sees_some",
]
