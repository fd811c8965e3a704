"""A comparison as its page reads it: each project with what moved in words, the totals with their lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pmo_portal.core import formats
from projects.hierarchy.words import phase_of
from reporting.comparing.selectors import Asked, Comparison, Shift, reached_between
from reporting.health.changes import Move, moves

WORDS = {
    "declared": gettext_lazy("Declared confidence"), "computed": gettext_lazy("Computed health"),
    "end": gettext_lazy("End date"), "landing": gettext_lazy("Forecast cost"), "budget": gettext_lazy("Budget"),
    "risk": gettext_lazy("New red risk"), "late": gettext_lazy("Late milestones"),
    "reached": gettext_lazy("Milestones reached"), "phase": gettext_lazy("Phase passed"),
    "state": gettext_lazy("State"), "arrived": gettext_lazy("Came in"), "left": gettext_lazy("Went out"),
}  # fmt: skip
WAYS = {"worse": gettext_lazy("Worse"), "better": gettext_lazy("Better")}


@dataclass(frozen=True, slots=True)
class Line:
    """A project that moved. `days` its end moved by; `scale` in whose words it was declared."""

    shift: Shift
    moves: Sequence[Move]
    scale: str

    @property
    def photo(self) -> Any:
        """The last state known."""
        return self.shift.after or self.shift.before

    @property
    def days(self) -> int | None:
        before, after = self.shift.before, self.shift.after
        known = before and after and before.forecast_end and after.forecast_end
        return (after.forecast_end - before.forecast_end).days if known else None


def lines(asked: Asked, found: Comparison) -> list[Line]:
    """The projects of the page, each with what moved: one query more, for the names of the milestones reached."""
    passed = [one.project_id for one in found.shifts if one.reached]
    reached = reached_between(passed, asked.start.day, asked.stop.day) if passed else {}
    told = []
    for one in found.shifts:
        portfolio = asked.scope.nodes.get((one.after or one.before).portfolio_id)
        scale = portfolio.scale if portfolio else ""
        told.append(Line(one, in_words(one, scale, reached.get(one.project_id, ())), scale))
    return told


def in_words(one: Shift, scale: str, reached: Sequence[Any]) -> list[Move]:
    """What moved of one project, gravest first."""
    if one.before is None:
        return [Move(_("Came in"), "flat", 2)]
    if one.after is None:
        return [Move(_("Went out"), "flat", 2)]
    found = moves(one.before, one.after, scale)
    if one.before.phase != one.after.phase and one.before.phase and one.after.phase:
        words = _("Phase: %(before)s → %(after)s")
        named = {"before": phase_of(one.before.phase), "after": phase_of(one.after.phase)}
        found.append(Move(words % named, "flat", 1))
    if reached:
        words = ngettext("Reached: %(names)s", "Reached: %(names)s", len(reached))
        names = ", ".join(f"{row.label} ({formats.date(row.actual_date, 'short')})" for row in reached[:3])
        found.append(Move(words % {"names": names + ("…" if len(reached) > len("abc") else "")}, "ok", 1))
    return sorted(found, key=lambda move: -move.weight)


@dataclass(frozen=True, slots=True)
class Count:
    """A kind of difference: how many projects, and the address of their list."""

    key: str
    label: str
    count: int
    chosen: bool


def counts(asked: Asked, found: Comparison) -> list[Count]:
    return [
        Count(key, str(label), found.totals[key], key in asked.kinds)
        for key, label in WORDS.items() if found.totals[key] or key in asked.kinds
    ]  # fmt: skip
