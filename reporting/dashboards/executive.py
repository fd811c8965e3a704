"""The executive page as its template reads it: the sentence, the tiles with their target, what changed, the must-wins."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import tone_of
from projects.hierarchy.declared import choices_of, rag_of, word_of
from projects.hierarchy.models import Node
from reporting.dashboards.answers import portfolio_answer
from reporting.dashboards.selectors.digest import percent_over
from reporting.dashboards.selectors.executive import Briefing, ChangedProject, briefing, changed_projects
from reporting.health.models import Rollup, RollupFields
from reporting.health.scope import Scope
from reporting.health.sums import sums_by
from reporting.kpis.portfolio import share, verdict


@dataclass(frozen=True, slots=True)
class Level:
    """One declared level in the distribution."""

    state: str
    label: str
    count: int
    money: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A tile: figure, verdict, where it stands between `low` and `high`, what it was, its target and its formula."""

    key: str
    label: str
    value: str
    state: str
    foot: str
    target: str
    query: str
    formula: str
    position: float | None = None
    mark: float | None = None
    low: float = 0
    high: float = 100
    series: Sequence[Any] = ()
    levels: Sequence[Level] = field(default_factory=tuple)

    @property
    def tone(self) -> str:
        return tone_of(self.state)


@dataclass
class Executive:
    """One scope for a reader with five minutes."""

    scope: Scope

    @cached_property
    def sums(self) -> RollupFields:
        return self.scope.sums

    @cached_property
    def about(self) -> Briefing:
        return briefing(self.scope)

    @cached_property
    def answer(self) -> SafeString:
        return portfolio_answer(self.scope, self.sums)

    @cached_property
    def changes(self) -> list[ChangedProject]:
        return changed_projects(self.scope, self.about)

    @cached_property
    def figures(self) -> list[Figure]:
        return [self.index(), self.declared(), self.forecast(), self.on_time(), self.computed(), self.known()]

    def index(self) -> Figure:
        now, before = self.about.index, self.about.before
        moved = now.value - before.value if now.value is not None and before.value is not None else None
        foot = self._since(moved, _("pts")) or self._counted(now.rated, now.projects)
        return Figure(
            "index", _("Health index"), formats.number(now.value) if now.value is not None else formats.MISSING,
            verdict(now.value, 75, 55), foot, _("target %(value)s") % {"value": 75}, "",
            _("K-P02: Σ budget × points ÷ Σ budget over active projects that declare a level; points 100, 80, 40, 0 from the best to the "
              "worst. %(rated)s of %(count)s projects weigh in.") % {"rated": now.rated, "count": now.projects},
            now.value, 75,
        )  # fmt: skip

    def declared(self) -> Figure:
        sums = self.sums
        rated = sums.active - sums.declared_grey
        value = share(sums.declared_green, rated)
        return Figure(
            "declared", _("Declared status"), formats.percent(value), verdict(value, 75, 55),
            _("%(rated)s of %(count)s declared") % {"rated": formats.number(rated), "count": formats.number(sums.active)},
            _("of those declared, green"), "",
            _("K-P04: active projects per declared level, with their budgets. Not reported is never counted as green."),
            levels=self._levels(),
        )  # fmt: skip

    def _levels(self) -> list[Level]:
        """The levels of the scale in order, then the others, then nothing declared."""
        scale = self.scope.node.scale if self.scope.node else ""
        rows = {row.level: row for row in self.about.levels}
        order = [level for level, _words in choices_of(scale)] if scale else []
        keys = [*(one for one in order if one in rows), *(one for one in rows if one not in order)]
        return [
            Level(rag_of(key), word_of(key, scale), rows[key].projects, formats.money(rows[key].budget, self.scope.currency, scale="auto"))
            for key in keys
        ]  # fmt: skip

    def forecast(self) -> Figure:
        sums, over = self.sums, percent_over(self.sums)
        foot = self._counted(sums.compared, sums.projects)
        if over is not None:
            amount = formats.money(
                sums.compared_eac - sums.compared_budget, self.scope.currency, scale="auto", sign=True
            )
            foot = _("%(amount)s on %(budget)s") % {
                "amount": amount, "budget": formats.money(sums.compared_budget, self.scope.currency, scale="auto"),
            }  # fmt: skip
        state = verdict(over, 3, 10, higher_is_better=False)
        return Figure(
            "forecast", _("Forecast against budget"), formats.percent(over, 1, sign=True), state, foot,
            _("tolerance %(value)s") % {"value": formats.percent(3, sign=True)}, "money=compared",
            _("Σ forecasts at completion against Σ budgets, over the %(known)s of %(count)s projects where both are known (K-E13, BR-31).")
            % {"known": sums.compared, "count": sums.projects},
            over, 3, 0, 15, [percent_over(point.sums) for point in self.about.trend.points],
        )  # fmt: skip

    def on_time(self) -> Figure:
        sums, about = self.sums, self.about
        value = share(sums.slip_known - sums.late, sums.slip_known)
        foot = self._counted(sums.slip_known, sums.active)
        if about.closed:
            foot = _("delivered in 12 months: %(done)s of %(count)s on time") % {
                "done": about.delivered,
                "count": about.closed,
            }
        return Figure(
            "on-time", _("Projects on time"), formats.percent(value), verdict(value, 80, 60), foot,
            _("target %(value)s") % {"value": formats.percent(80)}, "slip=late",
            _("Active projects whose forecast end is not after their baseline end, among those where both are known (K-E21). "
              "Delivered on time: closed within 12 months at or before the baseline end (K-P11)."),
            value, 80, 0, 100, [share(point.sums.slip_known - point.sums.late, point.sums.slip_known) for point in about.trend.points],
        )  # fmt: skip

    def computed(self) -> Figure:
        sums = self.sums
        value = share(sums.green, sums.active)
        series = [share(point.sums.green, point.sums.active) for point in self.about.trend.points]
        moved = series[-1] - series[-2] if len(series) > 1 and None not in series[-2:] else None  # type: ignore[operator]
        foot = self._since(moved, _("pts")) or _("%(count)s off track") % {"count": formats.number(sums.red)}
        return Figure(
            "computed", _("Projects on track"), formats.percent(value), verdict(value, 75, 55), foot,
            _("target %(value)s") % {"value": formats.percent(75)}, "health=red,amber",
            _("Active projects whose computed colour is green, among all active projects; missing data is never green (BR-10 to BR-15)."),
            value, 75, 0, 100, series,
        )  # fmt: skip

    def known(self) -> Figure:
        sums = self.sums
        value = share(sums.active - sums.grey, sums.active)
        return Figure(
            "known", _("Projects we can judge"), formats.percent(value), verdict(value, 90, 75),
            _("%(count)s without enough data") % {"count": formats.number(sums.grey)},
            _("target %(value)s") % {"value": formats.percent(90)}, "health=grey",
            _("Active projects with the dates, budget and fresh data the rules need, among all active projects."),
            value, 90, 0, 100, [share(point.sums.active - point.sums.grey, point.sums.active) for point in self.about.trend.points],
        )  # fmt: skip

    def _since(self, moved: float | None, unit: str) -> str:
        if moved is None or self.about.since is None:
            return ""
        return _("%(moved)s %(unit)s since %(day)s") % {
            "moved": formats.number(moved, sign=True), "unit": unit, "day": formats.date(self.about.since),
        }  # fmt: skip

    def _counted(self, known: int, count: int) -> str:
        return _("%(known)s of %(count)s known") % {"known": formats.number(known), "count": formats.number(count)}

    @cached_property
    def rows_below(self) -> list[tuple[Node, RollupFields, float | None]]:
        """The containers right below, with their sums: stored ones, else counted over what the reader sees."""
        node = self.scope.node
        if node is None:
            return []
        children = [one for one in self.scope.below if one.parent_id == node.pk]
        stored = self.scope.stored
        if not stored and children:
            by_node = sums_by(self.scope.rows(), "node_id", self.scope.currency)
            stored = {one.pk: _merged(one, self.scope.below, by_node) for one in children}
        found = [(one, stored[one.pk]) for one in children if one.pk in stored]
        return [(one, sums, percent_over(sums)) for one, sums in found if sums.projects]


def _merged(node: Node, family: Sequence[Node], by_node: dict[Any, Rollup]) -> Rollup:
    """The sums of a container from those of every container at or below it."""
    total = Rollup(node=node)
    for part in (by_node[one.pk] for one in family if one.path.startswith(node.path) and one.pk in by_node):
        for one in RollupFields._meta.get_fields():
            setattr(total, one.name, getattr(total, one.name) + getattr(part, one.name))
    return total
