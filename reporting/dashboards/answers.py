"""The sentence at the top of a page: where do we stand, in words, with the figures that matter in bold."""

from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from pmo_portal.core import formats
from reporting.dashboards.selectors.digest import percent_over
from reporting.health.models import RollupFields
from reporting.health.scope import Scope


def portfolio_answer(scope: Scope, sums: RollupFields) -> SafeString:
    """Health, then money, then dates; what is not known is said."""
    if not sums.projects:
        return SafeString(_("No project here yet."))
    parts = [_health(sums), _money(scope, sums), _dates(sums)]
    return format_html_join(" ", "{}", ((part,) for part in parts if part))


def _health(sums: RollupFields) -> SafeString:
    values = {"count": formats.number(sums.green), "total": formats.number(sums.active)}
    on_track = ngettext(
        "%(count)s project of %(total)s is on track", "%(count)s projects of %(total)s are on track", sums.green
    )
    rest = []
    if sums.red:
        rest.append(
            ngettext("%(count)s is off track", "%(count)s are off track", sums.red)
            % {"count": formats.number(sums.red)}
        )
    if sums.grey:
        words = ngettext(
            "%(count)s cannot be judged for want of data", "%(count)s cannot be judged for want of data", sums.grey
        )
        rest.append(words % {"count": formats.number(sums.grey)})
    if not rest:
        return format_html("<b>{}</b>.", on_track % values)
    return format_html(_("<b>{}</b>; {}."), on_track % values, ", ".join(rest))


def _money(scope: Scope, sums: RollupFields) -> SafeString | str:
    if not scope.currency or not sums.compared:
        return ""
    over = percent_over(sums) or 0.0
    scale = formats.scale_for(sums.compared_eac)
    amount = formats.money(abs(sums.compared_eac - sums.compared_budget), scope.currency, scale=scale)
    total = formats.money(sums.compared_eac, scope.currency, scale=scale)
    if abs(over) < 0.05:
        return format_html(_("The forecast is <b>{}</b>, as budgeted."), total)
    if over > 0:
        return format_html(_("The forecast is <b>{}</b>, <b>{} over budget</b>."), total, amount)
    return format_html(_("The forecast is <b>{}</b>, {} under budget."), total, amount)


def _dates(sums: RollupFields) -> SafeString | str:
    if not sums.slip_known:
        return ""
    words = ngettext("%(count)s project is late", "%(count)s projects are late", sums.late) % {
        "count": formats.number(sums.late)
    }
    return format_html("{}.", words)


def money_finding(scope: Scope, sums: RollupFields) -> str:
    """The title of the cost chart: what it shows, not what it is."""
    over = percent_over(sums)
    if over is None or not scope.currency:
        return _("Cumulative budget, actuals and forecast")
    scale = formats.scale_for(sums.compared_eac)
    values: dict[str, Any] = {
        "total": formats.money(sums.compared_eac, scope.currency, scale=scale),
        "amount": formats.money(abs(sums.compared_eac - sums.compared_budget), scope.currency, scale=scale),
    }
    if over >= 0.05:
        return _("Forecast %(total)s, %(amount)s over budget") % values
    if over <= -0.05:
        return _("Forecast %(total)s, %(amount)s under budget") % values
    return _("Forecast %(total)s, as budgeted") % values
