"""Reads of people, of what projects ask of them, and of their days."""

from projects.resources.selectors.supply import (
    Branch,
    Pattern,
    calendar_of,
    patterns_of,
    people_with_words,
    present,
    rates_of,
    roles_with_counts,
    skills_with_counts,
    tree_of_units,
)

__all__ = [
    "Branch",
    "Pattern",
    "calendar_of",
    "patterns_of",
    "people_with_words",
    "present",
    "rates_of",
    "roles_with_counts",
    "skills_with_counts",
    "tree_of_units",
]
