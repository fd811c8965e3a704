"""The overview of one project as its template reads it: the answer, each dimension with its why, the past, the money."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import EVERY_DIMENSION, STATES
from projects.hierarchy.declared import word_of
from projects.hierarchy.history import Entry, in_words, told_to
from projects.hierarchy.models import Project
from projects.hierarchy.past import Trail, up_to
from projects.hierarchy.visibility import Access
from projects.planning.models import Milestone
from projects.planning.selectors import schedule, schedule_then
from projects.raid.models import Assessment, Risk
from projects.raid.selectors import register, register_then, review_beside
from reporting.charts.svg import Bar, money_bar
from reporting.dashboards.selectors import project as reads
from reporting.health.changes import Move, moves
from reporting.health.models import HealthFields
from reporting.health.unseen import hidden_unless, without_figures
from reporting.health.wording import sentence, sentences, troubles
from reporting.status.models import Snapshot

LAST_CHANGES = 5


@dataclass(frozen=True, slots=True)
class DimensionLine:
    key: str
    label: str
    state: str
    why: Sequence[str]


@dataclass(frozen=True, slots=True)
class Evolution:
    """One dimension over the last states."""

    label: str
    states: Sequence[str]


@dataclass
class Overview:
    """`photo` is the photograph shown, None while none was taken; `day` the day the page speaks of; `kept` its freeze, if any."""

    project: Project
    user: Any
    day: dt.date
    as_of: dt.date | None
    photo: HealthFields | None
    kept: Snapshot | None = None

    def __post_init__(self) -> None:
        if self.photo is not None and not self.sees_money:
            self.photo = without_figures(self.photo)

    @cached_property
    def sees_money(self) -> bool:
        return Access.of(self.user).sees_money(self.project)

    @cached_property
    def reviewed(self) -> bool:
        """Whether the reader reads what somebody independent thinks of it."""
        return Access.of(self.user).sees("assessments", self.project)

    @cached_property
    def review(self) -> Assessment | None:
        """The independent review in force on the day shown."""
        return review_beside(self.project, self.user)

    @property
    def note(self) -> str:
        """The confidential note, for who may read it; of a past day nothing is kept of it here."""
        known = self.as_of is None and Access.of(self.user).sees("confidential_note", self.project)
        return self.project.confidential_note if known else ""

    @property
    def archived(self) -> bool:
        return self.project.portfolio.status_date is not None

    @cached_property
    def overall(self) -> Sequence[str]:
        """Why the overall colour is what it is."""
        return self._why("overall")

    @cached_property
    def dimensions(self) -> list[DimensionLine]:
        """Each dimension with its reasons in words."""
        found = [
            DimensionLine(key, str(label), getattr(self.photo, key), self._why(key)) for key, label in EVERY_DIMENSION
        ]
        first = self.against_the_first_baseline
        return [replace(line, why=[*line.why, first]) if first and line.key == "schedule" else line for line in found]

    @property
    def against_the_first_baseline(self) -> str:
        """The slippage against the baseline agreed first, kept for ever (BR-14); '' where it is still the one in force."""
        first, photo = self.project.baseline_end_first, self.photo
        if first is None or photo is None or photo.baseline_end in (None, first) or photo.forecast_end is None:
            return ""
        slip = (photo.forecast_end - first).days
        values = {"first": formats.date(first), "slip": formats.days(slip)}
        return _("Against the first baseline (%(first)s): %(slip)s") % values if slip else ""

    def _why(self, dimension: str) -> Sequence[str]:
        photo = self.photo
        if photo is None:
            return ()
        found = sentences(photo.reasons, self.day, photo.currency, dimension=dimension)
        return found or (
            [_("Nothing is firmly asked for in the next three months")] if dimension == "resources" else ()
        )

    @cached_property
    def answer(self) -> SafeString:
        """Declared and computed side by side, then the worst reason."""
        photo = self.photo
        if photo is None:
            return SafeString(_("Its health will be computed in a moment."))
        computed = str(STATES[photo.computed][1]).lower()
        unknown = photo.computed == "grey"  # the reason that follows says so: "not judged: …"
        if photo.declared:
            declared = word_of(photo.declared, self.project.portfolio.scale)
            words = (
                format_html(_("Declared <b>“{}”</b>."), declared)
                if unknown
                else format_html(_("Declared <b>“{}”</b>, computed <b>{}</b>."), declared, computed)
            )
        elif unknown:
            words = SafeString(_("No status declared."))
        else:
            words = format_html(_("No status declared; computed <b>{}</b>."), computed)
        bad = [sentence(reason, self.day, photo.currency) for reason in troubles(photo.reasons)[:2]]
        rest = [one for one in bad if one] or list(self.overall[:1])
        return format_html_join(" ", "{}", ((part,) for part in [words, *(f"{one}." for one in rest)]))

    @cached_property
    def past(self) -> list[Any]:
        until = self.as_of or self.day if self.archived else (self.as_of or dt.date.max - dt.timedelta(days=2))
        return [hidden_unless(self.sees_money, row) for row in reads.past(self.project, until)]

    @cached_property
    def states(self) -> list[reads.State]:
        found = reads.states(self.past, self.as_of or self.day, archived=self.archived)
        if self.kept is None or self.photo is None:
            return found
        return [*(one for one in found if one.day < self.day), reads.State(self.day, self.photo)]

    @cached_property
    def evolution(self) -> list[Evolution]:
        """Declared, computed and each dimension over the last states."""
        named = [
            ("declared_rag", _("Declared")),
            ("computed", _("Computed")),
            *((key, str(label)) for key, label in EVERY_DIMENSION),
        ]
        return [Evolution(label, [getattr(one.photo, key) for one in self.states]) for key, label in named]

    @cached_property
    def compared_day(self) -> dt.date | None:
        """The day the differences start from: the previous dated state of an archived portfolio, else a month before."""
        if self.archived:
            return self.states[-2].day if len(self.states) > 1 else None
        return self.day - dt.timedelta(days=31)

    @cached_property
    def since(self) -> list[Move]:
        """What moved since `compared_day`."""
        before = reads.at(self.past, self.compared_day) if self.compared_day else None
        return moves(before, self.photo, self.project.portfolio.scale) if before and self.photo else []

    @cached_property
    def trail(self) -> Trail | None:
        """What the audit trail says of the past day shown."""
        return Trail.of(self.project, self.as_of, Milestone, Risk) if self.as_of else None

    @cached_property
    def schedule(self) -> list[Milestone]:
        return schedule_then(self.trail) if self.trail else list(schedule(self.project))

    @property
    def milestones(self) -> list[Any]:
        return reads.ahead(self.schedule, self.day)

    @cached_property
    def risks(self) -> list[Risk]:
        """The open threats of the highest level."""
        return reads.highest(register_then(self.trail) if self.trail else register(self.project))

    @cached_property
    def parts(self) -> list[reads.Part]:
        if self.as_of and self.photo:
            return reads.parts_then(self.photo, self.user, self.as_of)
        return reads.parts(self.project, self.user)

    @cached_property
    def journal(self) -> list[Entry]:
        """The last changes in plain words, up to the day shown."""
        events = told_to(self.user, self.project)
        if self.as_of:
            events = up_to(events, self.as_of)
        return in_words(list(events[:LAST_CHANGES]), reader=self.user, then=bool(self.as_of))

    @cached_property
    def money(self) -> list[Bar]:
        """Committed, actuals and forecast against the budget."""
        photo = self.photo
        if photo is None:
            return []
        over = photo.eac is not None and photo.budget is not None and photo.eac > photo.budget
        figures = [
            (_("Budget"), photo.budget, "mb-budget"), (_("Committed"), photo.committed, "mb-committed"),
            (_("Actuals"), photo.actual, "mb-actual"), (_("Forecast cost"), photo.eac, "mb-over" if over else "mb-eac"),
        ]  # fmt: skip
        known = [(label, value, css) for label, value, css in figures if value is not None]
        most = max((value for _label, value, _css in known), default=Decimal(1))
        target = photo.budget
        return [
            Bar(label, value, self.amount(value), money_bar(value, most, css, target)) for label, value, css in known
        ]

    def amount(self, value: Decimal | None) -> str:
        return formats.money(value, self.project.currency, scale="auto")

    @property
    def whole_life(self) -> bool:
        """The variance compares whole-life figures; without a forecast at completion it is that of one published year."""
        return self.photo is not None and self.photo.eac is not None

    @cached_property
    def money_finding(self) -> str:
        """The title of the money card."""
        variance = self.photo.cost_variance if self.photo and self.whole_life else None
        if self.photo is None or variance is None or self.photo.budget is None:
            return _("Budget and forecast")
        if variance > 0:
            return _("Forecast over budget by %(amount)s") % {"amount": self.amount(variance)}
        if variance < 0:
            return _("Forecast under budget by %(amount)s") % {"amount": self.amount(-variance)}
        return _("The forecast equals the budget")

    @cached_property
    def milestone_finding(self) -> str:
        late = self.photo.late_milestones if self.photo else 0
        if not late:
            return _("Next milestones")
        return ngettext("%(count)s milestone is late", "%(count)s milestones are late", late) % {
            "count": formats.number(late)
        }
