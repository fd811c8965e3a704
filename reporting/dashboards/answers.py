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
        return SafeString(_("No project here that you may see.") if scope.is_partial else _("No project here yet."))
    parts = [_health(scope, sums), _money(scope, sums), _dates(sums)]
    return format_html_join(" ", "{}", ((part,) for part in parts if part))


def _health(scope: Scope, sums: RollupFields) -> SafeString:
    """The share on track; where most cannot be judged, that comes first, with what was declared instead."""
    if 2 * sums.grey > sums.active:
        return _mostly_unknown(scope, sums)
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


def _mostly_unknown(scope: Scope, sums: RollupFields) -> SafeString:
    """ "0 of 815 on track" would blame projects nobody can judge: how many can be, why not the others, what is declared."""
    judged = sums.active - sums.grey
    values = {"count": formats.number(judged), "total": formats.number(sums.active)}
    if judged:
        words = ngettext(
            "%(count)s project of %(total)s can be judged", "%(count)s projects of %(total)s can be judged", judged
        )
        lead = format_html(_("<b>{}</b>: {}."), words % values, _colours(sums.green, sums.amber, sums.red))
    else:
        words = ngettext(
            "The only active project cannot be judged",
            "None of the %(total)s active projects can be judged",
            sums.active,
        )
        lead = format_html("<b>{}</b>.", words % values)
    parts = [lead]
    if scope.sees_money or sums.slip_known < sums.active:
        parts.append(format_html("{}.", _missing_facts(sums) if scope.sees_money else _missing_dates(sums)))
    if rated := sums.active - sums.declared_grey:
        words = ngettext("%(count)s is declared", "%(count)s are declared", rated) % {"count": formats.number(rated)}
        shares = _colours(sums.declared_green, sums.declared_amber, sums.declared_red)
        parts.append(format_html(_("{}: {}."), words, shares))
    return format_html_join(" ", "{}", ((part,) for part in parts))


def _colours(green: int, amber: int, red: int) -> str:
    """ "60 on track, 18 at risk, 3 off track", without the zeros."""
    named = [
        (green, ngettext("%(count)s on track", "%(count)s on track", green)),
        (amber, ngettext("%(count)s at risk", "%(count)s at risk", amber)),
        (red, ngettext("%(count)s off track", "%(count)s off track", red)),
    ]
    return ", ".join(words % {"count": formats.number(count)} for count, words in named if count)


def _missing_facts(sums: RollupFields) -> str:
    """Which of the two facts a judgement needs are there: an end to compare, a forecast cost to compare (BR-10)."""
    values = {
        "dates": formats.number(sums.slip_known),
        "active": formats.number(sums.active),
        "costs": formats.number(sums.compared),
        "projects": formats.number(sums.projects),
    }
    if not sums.slip_known and not sums.compared:
        return _("Neither an end date nor a forecast cost to compare is known")
    if not sums.compared:
        return _("No forecast cost is known; the slippage is known for %(dates)s of %(active)s") % values
    if not sums.slip_known:
        return _("No slippage is known; budget and forecast are known for %(costs)s of %(projects)s") % values
    words = _("The slippage is known for %(dates)s of %(active)s, budget and forecast for %(costs)s of %(projects)s")
    return words % values


def _missing_dates(sums: RollupFields) -> str:
    """The same for who may not know about money."""
    values = {"dates": formats.number(sums.slip_known), "active": formats.number(sums.active)}
    return _("The slippage is known for %(dates)s of %(active)s") % values


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
    if not sums.late:
        return SafeString(
            _("No project is late.")
            if sums.slip_known == sums.active
            else _("None of those whose slippage is known is late.")
        )
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
