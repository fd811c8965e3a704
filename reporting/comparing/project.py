"""One project between two dates: every figure side by side, the milestones that moved, the risks that came and went."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import EVERY_DIMENSION, STATES
from projects.hierarchy.declared import word_of
from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail
from projects.hierarchy.visibility import Access
from projects.hierarchy.words import phase_of
from projects.planning.models import Milestone
from projects.raid.models import Risk
from projects.raid.selectors import in_force
from reporting.comparing.ends import End
from reporting.health.changes import HIGH_RISK, Move, moves
from reporting.health.models import HealthFields
from reporting.health.unseen import hidden_unless

DAYS = {
    "baseline_end": gettext_lazy("Agreed end"), "forecast_end": gettext_lazy("Forecast end"),
    "next_milestone_date": gettext_lazy("Date of the next milestone"),
}  # fmt: skip
MONEY = {
    "budget": gettext_lazy("Budget"), "committed": gettext_lazy("Committed"), "actual": gettext_lazy("Actuals"),
    "eac": gettext_lazy("Forecast cost"),
}  # fmt: skip
NUMBERS = {
    "open_risks": gettext_lazy("Open risks"), "max_risk": gettext_lazy("Highest risk level"),
    "late_milestones": gettext_lazy("Late milestones"),
}  # fmt: skip
TEXTS = {
    "name": gettext_lazy("Name"), "manager_name": gettext_lazy("Project manager"),
    "key_message": gettext_lazy("Key message"), "next_milestone_label": gettext_lazy("Next milestone"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One line: a figure at both ends in words, and by how much it moved ('' where that says nothing)."""

    label: str
    before: str
    after: str
    by: str = ""

    @property
    def moved(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Row:
    """A milestone or a risk: what it is, and what happened to it."""

    label: str
    words: str
    tone: str


def state_at(project: Project, end: End, *, user: Any) -> Any:
    """What one end shows of the project, with the independent `review` in force then; None where nothing was recorded."""
    photo = end.photographs().filter(project=project).first()
    if photo is None:
        return None
    photo.review = _review_at(photo, end, user) if Access.of(user).sees("assessments", project) else None
    return hidden_unless(Access.of(user).sees_money(project), photo)


def _review_at(photo: Any, end: End, user: Any) -> Any:
    """The one in force at the freeze the photograph is of, else at the end looked at."""
    is_frozen = getattr(photo, "is_frozen", False)
    return in_force([photo.project_id], user, at=photo.period.frozen_at if is_frozen else end.moment).get(
        photo.project_id
    )


@dataclass
class Difference:
    """`before` and `after` are photographs, at least one of them known."""

    project: Project
    start: End
    stop: End
    before: HealthFields | None
    after: HealthFields | None

    @property
    def scale(self) -> str:
        return self.project.portfolio.scale

    @cached_property
    def moves(self) -> Sequence[Move]:
        return moves(self.before, self.after, self.scale) if self.before and self.after else []

    @cached_property
    def figures(self) -> list[Figure]:
        """What moved first, in the order of the page; figures unknown at both ends are left out."""
        found = [self._said(_("Declared"), "declared", lambda value: word_of(value, self.scale))]
        found += [
            self._said(str(label), key, lambda value: str(STATES[value][1]))
            for key, label in (("computed", _("Computed")), *EVERY_DIMENSION)
        ]
        found.insert(2, self._said(_("Independent review"), "review", lambda review: review.label))
        found.append(self._said(_("State"), "state", lambda value: str(Project.State(value).label)))
        found.append(self._said(_("Phase"), "phase", phase_of))
        found += [self._day(key, str(label)) for key, label in DAYS.items()]
        found.append(self._number("percent_complete", _("Progress"), formats.percent))
        found += [self._amount(key, str(label)) for key, label in MONEY.items()]
        found += [self._number(key, str(label), formats.number) for key, label in NUMBERS.items()]
        found += [self._said(str(label), key, str) for key, label in TEXTS.items()]
        known = [one for one in found if {one.before, one.after} != {formats.MISSING}]
        return sorted(known, key=lambda one: not one.moved)

    def _pair(self, name: str) -> tuple[Any, Any]:
        before, after = (getattr(photo, name) if photo else None for photo in (self.before, self.after))
        return before, after

    def _said(self, label: str, name: str, words: Any) -> Figure:
        before, after = (words(one) if one else formats.MISSING for one in self._pair(name))
        return Figure(label, before, after)

    def _day(self, name: str, label: str) -> Figure:
        before, after = self._pair(name)
        by = formats.days((after - before).days) if before and after and before != after else ""
        return Figure(label, formats.date(before), formats.date(after), by)

    def _number(self, name: str, label: str, words: Any) -> Figure:
        before, after = self._pair(name)
        known = before is not None and after is not None and before != after
        return Figure(label, words(before), words(after), words(after - before, sign=True) if known else "")

    def _amount(self, name: str, label: str) -> Figure:
        before, after = self._pair(name)
        units = [photo.currency if photo else "" for photo in (self.before, self.after)]
        told = [formats.money(one, unit, scale="auto") for one, unit in zip((before, after), units, strict=True)]
        known = before is not None and after is not None and before != after and units[0] == units[1]
        by = formats.money(after - before, units[1], scale="auto", sign=True) if known else ""
        return Figure(label, told[0], told[1], by)

    @cached_property
    def trails(self) -> tuple[Trail, Trail]:
        return tuple(Trail.of(self.project, end.day, Milestone, Risk) for end in (self.start, self.stop))  # type: ignore[return-value]

    def _both(self, kind: Any) -> list[tuple[Any, Any]]:
        """(then, later) of every row of this kind that was there at one end; None where it was not."""
        then, later = ({row.pk: row for row in trail.rows(kind)} for trail in self.trails)
        return [(then.get(pk), later.get(pk)) for pk in sorted(then.keys() | later.keys())]

    @cached_property
    def milestones(self) -> list[Row]:
        """Those that were reached, moved, came or went."""
        return [row for row in (milestone_told(*pair) for pair in self._both(Milestone)) if row]

    @cached_property
    def risks(self) -> list[Row]:
        """Those that came, went, or crossed the red line."""
        return [row for row in (risk_told(*pair) for pair in self._both(Risk)) if row]

    @property
    def rows_known(self) -> bool:
        """Whether the history tells the registers at both ends."""
        return all(trail.known for trail in self.trails)


def milestone_told(then: Any, later: Any) -> Row | None:
    if later is None:
        return Row(then.label, _("Removed"), "flat")
    if later.actual_date and (then is None or then.actual_date is None):
        return Row(later.label, _("Reached on %(day)s") % {"day": formats.date(later.actual_date)}, "ok")
    before, after = (_expected(one) if one else None for one in (then, later))
    if then is None:
        return Row(later.label, _("Added, for %(day)s") % {"day": formats.date(after)}, "flat")
    if before is None or after is None or before == after:
        return None
    values = {"before": formats.date(before), "after": formats.date(after), "days": formats.days((after - before).days)}
    words = _("Moved from %(before)s to %(after)s (%(days)s)") % values
    return Row(later.label, words, "bad" if after > before else "ok")


def _expected(row: Milestone) -> dt.date | None:
    return row.forecast_date or row.baseline_date


def risk_told(then: Any, later: Any) -> Row | None:
    was, stays = (one is not None and one.status in Risk.OPEN for one in (then, later))
    if stays and not was:
        red = later.residual_level >= HIGH_RISK
        return Row(later.label, _("New, level %(level)s") % {"level": later.residual_level}, "bad" if red else "flat")
    if was and not stays:
        return Row((later or then).label, _("Closed"), "ok")
    if not was or then.residual_level == later.residual_level:
        return None
    words = _("Level %(before)s → %(after)s") % {"before": then.residual_level, "after": later.residual_level}
    return Row(later.label, words, "bad" if later.residual_level > then.residual_level else "ok")
