"""The six figures of the executive page: value, verdict against a target, what it was, how it is computed, the rows behind it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import tone_of
from projects.hierarchy.declared import choices_of, rag_of, word_of
from reporting.dashboards.selectors.digest import digest, percent_over
from reporting.dashboards.selectors.executive import Briefing
from reporting.health.models import RollupFields
from reporting.health.scope import Scope
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
    """`query` lists the projects behind the figure; `position` and `mark` (the target) lie between `low` and `high`."""

    key: str
    label: str
    value: str
    state: str
    foot: str
    target: str
    formula: str
    query: str = ""
    position: float | None = None
    mark: float | None = None
    low: float = 0
    high: float = 100
    series: Sequence[Any] = ()
    levels: Sequence[Level] = field(default_factory=tuple)

    @property
    def tone(self) -> str:
        return tone_of(self.state)


def key_figures(scope: Scope, sums: RollupFields, about: Briefing) -> list[Figure]:
    """Health index, declared status, money, dates, computed health, and how much of it we can judge.

    The index weighs by budgets, so it is a figure of money like the forecast.
    """
    makers = [index, declared, forecast, on_time, on_track, judged]
    if not scope.sees_money:
        makers = [one for one in makers if one not in (index, forecast)]
    return [make(scope, sums, about) for make in makers]


def index(scope: Scope, sums: RollupFields, about: Briefing) -> Figure:
    now, before = about.index, about.before
    moved = now.value - before.value if now.value is not None and before.value is not None else None
    formula = _(
        "K-P02: Σ budget × points ÷ Σ budget over the active projects that declare a level; points 100, 80, 40, 0 from the best "
        "level to the worst. %(rated)s of %(count)s projects weigh in."
    )
    return Figure(
        key="index",
        label=_("Health index"),
        value=formats.number(now.value),
        state=verdict(now.value, 75, 55),
        foot=_since(about, moved) or _known(now.rated, now.projects),
        target=_target("75"),
        formula=formula % {"rated": now.rated, "count": now.projects},
        position=now.value,
        mark=75,
    )


def declared(scope: Scope, sums: RollupFields, about: Briefing) -> Figure:
    rated = sums.active - sums.declared_grey
    value = share(sums.declared_green, rated)
    counts = {"rated": formats.number(rated), "count": formats.number(sums.active)}
    return Figure(
        key="declared",
        label=_("Declared status"),
        value=formats.percent(value),
        state=verdict(value, 75, 55),
        foot=_("%(rated)s of %(count)s declared") % counts,
        target=_("of those declared, green"),
        formula=_(
            "K-P04: active projects per declared level, with their budgets. Not reported is never counted as green."
        ),
        levels=levels(scope, about),
    )


def levels(scope: Scope, about: Briefing) -> list[Level]:
    """The levels of the scale in order, then the others, then nothing declared."""
    scale = scope.node.scale if scope.node else ""
    rows = {row.level: row for row in about.levels}
    order = [level for level, _words in choices_of(scale)] if scale else []
    keys = [*(one for one in order if one in rows), *sorted(one for one in rows if one not in order)]
    known = {key: rows[key].budget if rows[key].budget_known else None for key in keys}
    amounts = {key: formats.money(known[key], scope.currency, scale="auto") for key in keys} if scope.sees_money else {}
    return [Level(rag_of(key), word_of(key, scale), rows[key].projects, amounts.get(key, "")) for key in keys]


def forecast(scope: Scope, sums: RollupFields, about: Briefing) -> Figure:
    over = percent_over(sums)
    foot = _known(sums.compared, sums.projects)
    if over is None and digest(scope).year_compared:
        return year_forecast(scope, sums)
    if over is not None:
        scale = formats.scale_for(sums.compared_budget)
        difference = formats.money(sums.compared_eac - sums.compared_budget, scope.currency, scale=scale, sign=True)
        budget = formats.money(sums.compared_budget, scope.currency, scale=scale)
        foot = _("%(amount)s on %(budget)s") % {"amount": difference, "budget": budget}
    formula = _(
        "Σ forecasts at completion against Σ budgets, over the %(known)s of %(count)s projects where both are known "
        "(K-E13, BR-31)."
    )
    return Figure(
        key="forecast",
        label=_("Forecast against budget"),
        value=formats.percent(over, 1, sign=True),
        state=verdict(over, 3, 10, higher_is_better=False),
        foot=foot,
        target=_("tolerance %(value)s") % {"value": formats.percent(3, sign=True)},
        formula=formula % {"known": sums.compared, "count": sums.projects},
        query="money=compared",
        position=over,
        mark=3,
        high=15,
        series=_series(about, percent_over),
    )


def year_forecast(scope: Scope, sums: RollupFields) -> Figure:
    """What stands for the forecast where only one published year is known."""
    year = digest(scope)
    over = float(100 * (year.year_forecast - year.year_budget) / year.year_budget) if year.year_budget else None
    scale = formats.scale_for(year.year_budget)
    difference = formats.money(year.year_forecast - year.year_budget, scope.currency, scale=scale, sign=True)
    budget = formats.money(year.year_budget, scope.currency, scale=scale)
    formula = _(
        "Forecast of the published year against its budget, over the projects where both are known; no forecast at completion "
        "is published here."
    )
    return Figure(
        key="forecast",
        label=_("Forecast of the year"),
        value=formats.percent(over, 1, sign=True),
        state=verdict(over, 3, 10, higher_is_better=False),
        foot=_("%(amount)s on %(budget)s") % {"amount": difference, "budget": budget},
        target=_known(year.year_compared, sums.projects),
        formula=formula,
        position=over,
        mark=3,
        high=15,
    )


def on_time(scope: Scope, sums: RollupFields, about: Briefing) -> Figure:
    value = punctual(sums)
    foot = _known(sums.slip_known, sums.active)
    if about.closed:
        delivered = {"done": about.delivered, "count": about.closed}
        foot = _("delivered in 12 months: %(done)s of %(count)s on time") % delivered
    return Figure(
        key="on-time",
        label=_("Projects on time"),
        value=formats.percent(value),
        state=verdict(value, 80, 60),
        foot=foot,
        target=_target(formats.percent(80)),
        formula=_(
            "Active projects whose forecast end is not after their baseline end, among those where both are known (K-E21). "
            "Delivered on time: closed within 12 months at or before the baseline end (K-P11)."
        ),
        query="slip=late",
        position=value,
        mark=80,
        series=_series(about, punctual),
    )


def on_track(scope: Scope, sums: RollupFields, about: Briefing) -> Figure:
    value = share(sums.green, sums.active)
    series = _series(about, lambda one: share(one.green, one.active))
    known = [one for one in series[-2:] if one is not None]
    moved = known[1] - known[0] if len(known) == 2 else None
    return Figure(
        key="on-track",
        label=_("Projects on track"),
        value=formats.percent(value),
        state=verdict(value, 75, 55),
        foot=_since(about, moved)
        or ngettext("%(count)s off track", "%(count)s off track", sums.red) % {"count": formats.number(sums.red)},
        target=_target(formats.percent(75)),
        formula=_(
            "Active projects whose computed colour is green, among all active projects; missing data is never green "
            "(BR-10 to BR-15)."
        ),
        query="health=red,amber",
        position=value,
        mark=75,
        series=series,
    )


def judged(scope: Scope, sums: RollupFields, about: Briefing) -> Figure:
    value = share(sums.active - sums.grey, sums.active)
    return Figure(
        key="judged",
        label=_("Projects we can judge"),
        value=formats.percent(value),
        state=verdict(value, 90, 75),
        foot=_("%(count)s without enough data") % {"count": formats.number(sums.grey)},
        target=_target(formats.percent(90)),
        formula=_("Active projects with the dates, budget and fresh data the rules need, among all active projects."),
        query="health=grey",
        position=value,
        mark=90,
        series=_series(about, lambda one: share(one.active - one.grey, one.active)),
    )


def punctual(sums: Any) -> float | None:
    """The share of active projects that are not late, among those whose slippage is known."""
    return share(sums.slip_known - sums.late, sums.slip_known)


def _series(about: Briefing, figure: Callable[[Any], float | None]) -> list[float | None]:
    return [figure(point.sums) for point in about.trend.points]


def _since(about: Briefing, moved: float | None) -> str:
    if moved is None or about.since is None:
        return ""
    values = {"moved": formats.number(moved, sign=True), "day": formats.date(about.since)}
    return ngettext("%(moved)s pt since %(day)s", "%(moved)s pts since %(day)s", abs(round(moved))) % values


def _target(value: str) -> str:
    return _("target %(value)s") % {"value": value}


def _known(known: int, count: int) -> str:
    return _("%(known)s of %(count)s known") % {"known": formats.number(known), "count": formats.number(count)}
