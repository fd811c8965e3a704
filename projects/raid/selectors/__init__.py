"""Reads of the registers for pages."""

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
    "band_of",
    "decisions",
    "decisions_then",
    "issues",
    "issues_then",
    "matrix",
    "open_counts",
    "origins",
    "place",
    "register",
    "register_then",
]
