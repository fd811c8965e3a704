"""What a token may touch: an area of the portal and how far, written `money:write`. To write is also to read.

The scopes of a token only ever take away: it does what its owner may do, in these areas, and nothing else.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

READ, WRITE, ADMIN = "read", "write", "admin"
RANKS = {READ: 1, WRITE: 2, ADMIN: 2}  # in the administration one reads or administers; elsewhere one reads or writes
ADMINISTRATION, MONEY = "administration", "money"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True)
class Area:
    """A part of the portal, as people call it; `holds` says what is in it."""

    label: Promise
    holds: Promise

    def __str__(self) -> str:
        return str(self.label)


AREAS: dict[str, Area] = {
    "portfolios": Area(gettext_lazy("Portfolios"), gettext_lazy("portfolios and programmes")),
    "projects": Area(gettext_lazy("Projects"), gettext_lazy("facts and declared status, without money")),
    "planning": Area(gettext_lazy("Planning"), gettext_lazy("milestones, and dependencies between projects")),
    MONEY: Area(gettext_lazy("Money"), gettext_lazy("budget lines, and every amount elsewhere")),
    "risks": Area(gettext_lazy("Risks"), gettext_lazy("risks, issues, actions and decisions")),
    "people": Area(gettext_lazy("People"), gettext_lazy("whom projects name")),
    "reports": Area(gettext_lazy("Reports"), gettext_lazy("health, its history and sums, status reports")),
    ADMINISTRATION: Area(gettext_lazy("Administration"), gettext_lazy("accounts, roles and the history")),
}


def levels_of(area: str) -> tuple[str, str]:
    """The two levels an area has, the lower one first."""
    return (READ, ADMIN) if area == ADMINISTRATION else (READ, WRITE)


ALL_SCOPES = tuple(f"{area}:{level}" for area in AREAS for level in levels_of(area))
EVERYTHING = tuple(f"{area}:{levels_of(area)[1]}" for area in AREAS)


def needed(area: str, method: str) -> str:
    """The scope a request of this method asks for in this area."""
    return f"{area}:{levels_of(area)[0 if method in SAFE_METHODS else 1]}"


def covered(wanted: str, scopes: Iterable[str]) -> bool:
    """Whether these scopes give `wanted`."""
    area, _sep, level = wanted.partition(":")
    held = [RANKS[one.partition(":")[2]] for one in scopes if one.partition(":")[0] == area]
    return max(held, default=0) >= RANKS[level]


def check_scopes(scopes: Iterable[str]) -> None:
    """Refuse an empty set, and what is no scope."""
    given = list(scopes)
    if not given:
        raise ValidationError(_("Choose at least one area."))
    if unknown := [one for one in given if one not in ALL_SCOPES]:
        raise ValidationError(_("Not a scope: %(scopes)s.") % {"scopes": ", ".join(unknown)})
