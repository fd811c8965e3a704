"""The chart card of a portfolio: which charts it offers, and the finding in its title."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats
from reporting.dashboards.answers import money_finding
from reporting.dashboards.selectors.digest import Digest
from reporting.health.scope import Scope


@dataclass(frozen=True, slots=True)
class Choice:
    key: str
    label: str
    current: bool
    url: str
    fragment: str


@dataclass(frozen=True, slots=True)
class ChartCard:
    """`src` answers the figure, `data` its table; `choices` are the other charts of the same card."""

    key: str
    title: str
    sub: str
    src: str
    data: str
    choices: Sequence[Choice]


def chart_card(request: HttpRequest, scope: Scope, digest: Digest) -> ChartCard | None:
    """The chart the address asks for, else the first that has data; None when none has."""
    offered = _offered(scope, digest)
    if scope.node is None or not offered:
        return None
    asked = request.GET.get("chart", "")
    key = asked if asked in offered else next(iter(offered))
    fragment = reverse("reporting:portfolio-chart", args=[scope.node.code])
    kept, choices = request.GET.copy(), []
    for one, (label, _title, _sub) in offered.items():
        kept["chart"] = one
        query = urlencode({"chart": one, **_day(scope)})
        choices.append(Choice(one, label, one == key, f"?{kept.urlencode(safe=',')}", f"{fragment}?{query}"))
    return _card(scope, key, offered[key], choices if len(choices) > 1 else ())


def chart_cards(scope: Scope, digest: Digest, most: int = 2) -> list[ChartCard]:
    """The first charts that have data, each in a card of its own; at most two interactive charts a page (ux.md §1.6)."""
    offered = _offered(scope, digest)
    order = [key for key in ("trend", "cost-curve", "overruns") if key in offered]
    return [_card(scope, key, offered[key], ()) for key in order[:most]]


def _card(scope: Scope, key: str, words: tuple[str, str, str], choices: Sequence[Choice]) -> ChartCard:
    _label, title, sub = words
    query = urlencode({"node": scope.node.code if scope.node else "", **_day(scope)})
    src, data = (reverse(name, args=[key]) + f"?{query}" for name in ("reporting:chart", "reporting:chart-data"))
    return ChartCard(key, title, sub, src, data, choices)


def _day(scope: Scope) -> dict[str, str]:
    return {"as_of": scope.as_of.isoformat()} if scope.as_of else {}


def _offered(scope: Scope, digest: Digest) -> dict[str, tuple[str, str, str]]:
    """{chart: (short label, finding, what is drawn)} for the charts that have something to draw."""
    offered = {}
    if digest.phased:
        sub = _("Cumulative budget, actuals and forecast of %(known)s of %(count)s projects") % {
            "known": formats.number(scope.sums.compared or scope.sums.budget_known), "count": formats.number(scope.sums.projects),
        }  # fmt: skip
        offered["cost-curve"] = (_("Cost"), money_finding(scope, scope.sums), sub)
    if len(digest.critical) > 1:
        offered["trend"] = (
            _("Health"),
            _trend_finding(digest),
            _("Active projects per colour at the end of each period"),
        )
    if digest.plotted > 1:
        offered["overruns"] = (
            _("Overruns"),
            _("Where are the delays and the overruns?"),
            _("Slippage and cost variance; size is the budget"),
        )
    return offered


def _trend_finding(digest: Digest) -> str:
    now, then = digest.critical[-1], digest.critical[0]
    values = {"now": formats.number(now), "then": formats.number(then)}
    if now > then:
        words = ngettext(
            "%(now)s project off track, up from %(then)s", "%(now)s projects off track, up from %(then)s", now
        )
    elif now < then:
        words = ngettext(
            "%(now)s project off track, down from %(then)s", "%(now)s projects off track, down from %(then)s", now
        )
    else:
        words = ngettext(
            "%(now)s project off track, as at the start", "%(now)s projects off track, as at the start", now
        )
    return words % values
