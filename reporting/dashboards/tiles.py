"""The figures at the top of a portfolio: each says its value, what it was, how it is computed, and opens its own rows."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats
from pmo_portal.core.templatetags.money import variance
from reporting.dashboards.filters import Standing
from reporting.dashboards.selectors.digest import Digest, percent_over
from reporting.health.models import RollupFields
from reporting.health.scope import Scope


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a distribution, with the address of its rows."""

    state: str
    label: str
    count: int
    query: str


@dataclass(frozen=True, slots=True)
class Tile:
    """`query` filters the list below to the projects behind the figure, `foot_query` to those behind the words under it.

    `formula` is what the ⓘ shows.
    """

    key: str
    label: str
    value: str
    of: str = ""
    foot: str = ""
    query: str = ""
    formula: str = ""
    series: Sequence[Any] = ()
    tone: str = ""
    shares: Sequence[Share] = field(default_factory=tuple)
    foot_query: str = ""


def tiles(scope: Scope, sums: RollupFields, digest: Digest) -> list[Tile]:
    """Health, forecast (for who may see money), late projects, declared against computed, age of the data."""
    money = [forecast(scope, sums, digest)] if scope.sees_money else []
    return [health(sums), *money, late(sums, digest), gap(sums), age(sums, digest)]


def shares(sums: RollupFields) -> list[Share]:
    """The distribution of every counted project; its parts add up to `sums.projects`."""
    finished = sums.projects - sums.active - sums.hold
    counts = {
        "green": sums.green,
        "amber": sums.amber,
        "red": sums.red,
        "grey": sums.grey,
        "hold": sums.hold,
        "finished": finished,
    }
    return [
        Share(state, str(Standing(state).label), count, f"health={state}")
        for state, count in counts.items()
        if count
    ]  # fmt: skip


def health(sums: RollupFields) -> Tile:
    return Tile(
        "health",
        _("Computed health"),
        formats.number(sums.green) if sums.grey < sums.active else formats.MISSING,
        of=_("/ %(count)s on track") % {"count": formats.number(sums.active)},
        formula=_(
            "Active projects per computed colour. The colour is the worst of schedule, cost and, where people are asked for, "
            "resources; risks can lower it by one notch; missing data is grey, never green. Rules BR-10 to BR-15."
        ),
        shares=shares(sums),
    )


def forecast(scope: Scope, sums: RollupFields, digest: Digest) -> Tile:
    formula = _(
        "Sum of the forecasts at completion against the sum of the budgets, over the projects where both are known. "
        "Forecast = actuals + estimate to complete (K-E11). Ratio of sums (BR-31)."
    )
    known = _("%(known)s of %(count)s projects known") % {
        "known": formats.number(sums.compared), "count": formats.number(sums.projects),
    }  # fmt: skip
    label = _("Forecast cost")
    if not sums.compared and digest.year_compared:
        return year_forecast(scope, sums, digest)
    if not sums.compared or not scope.currency:
        return Tile("forecast", label, formats.MISSING, foot=known, query="money=missing", formula=formula)
    difference, over = sums.compared_eac - sums.compared_budget, percent_over(sums)
    scale = formats.scale_for(sums.compared_eac)
    words = format_html(
        "{} {} {}",
        variance(over, 1, text=formats.money(difference, scope.currency, scale=scale, sign=True)),
        _("vs budget"),
        formats.money(sums.compared_budget, scope.currency, scale=scale),
    )
    foot = format_html("{}<br>{}", words, known) if sums.compared < sums.projects else words
    tone = "bad" if (over or 0) > 2 else "ok"
    return Tile(
        "forecast",
        label,
        formats.money(sums.compared_eac, scope.currency, scale=scale),
        "",
        foot,
        "money=compared",
        formula,
        digest.overrun,
        tone,
    )


def year_forecast(scope: Scope, sums: RollupFields, digest: Digest) -> Tile:
    """What stands for the forecast where only one published year is known."""
    scale = formats.scale_for(digest.year_forecast)
    difference = digest.year_forecast - digest.year_budget
    over = float(100 * difference / digest.year_budget) if digest.year_budget else None
    foot = format_html(
        "{} {} {}<br>{}",
        variance(over, 1, text=formats.money(difference, scope.currency, scale=scale, sign=True)),
        _("vs budget"),
        formats.money(digest.year_budget, scope.currency, scale=scale),
        _("%(known)s of %(count)s projects known")
        % {"known": formats.number(digest.year_compared), "count": formats.number(sums.projects)},
    )
    formula = _(
        "Forecast of the published year against its budget, over the projects where both are known; no forecast at completion "
        "is published here."
    )
    value = formats.money(digest.year_forecast, scope.currency, scale=scale)
    return Tile("forecast", _("Forecast of the year"), value, foot=foot, formula=formula)


def late(sums: RollupFields, digest: Digest) -> Tile:
    foot: str | SafeString = ""
    if len(digest.late) > 1 and digest.before:
        moved = digest.late[-1] - digest.late[-2]
        css = "d-bad" if moved > 0 else "d-ok" if moved < 0 else "d-flat"
        since = _("since %(day)s") % {"day": formats.date(digest.before)}
        foot = format_html('<span class="delta {}">{}</span> {}', css, formats.number(moved, sign=True), since)
    elif sums.slip_known < sums.active:
        foot = _("%(known)s of %(count)s slippages known") % {
            "known": formats.number(sums.slip_known), "count": formats.number(sums.active),
        }  # fmt: skip
    return Tile(
        "late",
        _("Late projects"),
        formats.number(sums.late) if sums.slip_known else formats.MISSING,
        of=_("/ %(count)s") % {"count": formats.number(sums.active)},
        foot=foot,
        query="slip=late",
        formula=_("Active projects whose forecast end is after their baseline end, in calendar days (K-E21)."),
        series=digest.late,
        tone="warn",
    )


def gap(sums: RollupFields) -> Tile:
    rated = sums.active - sums.declared_grey
    return Tile(
        "gap",
        _("Declared too green"),
        formats.number(sums.optimistic) if rated else formats.MISSING,
        of=_("/ %(count)s declared") % {"count": formats.number(rated)},
        foot=_("declared better than computed"),
        query="gap=optimistic",
        formula=_("Active projects whose declared colour ranks above the computed one (BR-21)."),
    )


def age(sums: RollupFields, digest: Digest) -> Tile:
    stale = digest.ages.get("amber", 0) + digest.ages.get("red", 0)
    unknown = digest.ages.get("grey", 0)
    foot = _("newest %(day)s") % {"day": formats.date(digest.newest)} if digest.newest else _("no dated data")
    if stale:
        old = ngettext("%(count)s ageing", "%(count)s ageing", stale) % {"count": formats.number(stale)}
        foot = f"{old} · {foot}"
    if unknown:
        undated = ngettext("%(count)s undated", "%(count)s undated", unknown) % {"count": formats.number(unknown)}
        foot = f"{undated} · {foot}"
    return Tile(
        "age",
        _("Fresh data"),
        formats.number(digest.ages.get("green", 0)),
        of=_("/ %(count)s") % {"count": formats.number(sums.active)},
        foot=foot,
        query="age=green",
        foot_query="age=amber,red,grey" if stale or unknown else "",
        formula=_("Active projects whose last update is within the amber limit of the data-age threshold (BR-33)."),
    )
