"""The money of a sheet: what was approved, spent and expected, and its curve. Nothing of it for who sees no money."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from pmo_portal.core import formats
from projects.money.models import BudgetLine
from reporting.charts.selectors.money import cumulated
from reporting.exports.selectors import Content
from reporting.exports.sheet import Budget, Curve, Fact

Kind = BudgetLine.Kind
Month = tuple[str | None, str, str]


def budget(content: Content) -> Budget | None:
    """None for who sees no money, and where no amount is known."""
    money, currency = content["money"], content["project"]["currency"]
    if money is None:
        return None
    amounts = {name: _decimal(money[name]) for name in ("budget", "eac", "committed", "actual", "cost_variance")}
    amounts["initial"] = total(money["months"], Kind.INITIAL)
    amounts["etc"] = _left(amounts["eac"], amounts["actual"], _decimal(money.get("etc")))
    if all(value is None for value in amounts.values()):
        return None
    over = (amounts["cost_variance"] or 0) > 0
    lines = [
        Fact(_("Original budget"), _amount(amounts["initial"], currency)),
        Fact(_("Current approved budget"), _amount(amounts["budget"], currency)),
        Fact(_("Committed"), _amount(amounts["committed"], currency)),
        Fact(_("Actuals"), _amount(amounts["actual"], currency)),
        Fact(_("Estimate to complete"), _amount(amounts["etc"], currency)),
        Fact(_("Forecast cost"), _amount(amounts["eac"], currency), "red" if over else "", strong=True),
    ]
    drawn = curve(money["months"], currency)
    return Budget(
        lines=tuple(lines),
        variance=_variance(amounts["cost_variance"], _decimal(money["cost_variance_percent"]), currency),
        variance_state="red" if over else "",
        currency=currency,
        scale=axis(drawn.most) if drawn else "k",
        curve=drawn,
    )


def axis(most: float) -> str:
    """The scale of an axis up to this amount: as few digits as there can be, since its marks are round."""
    return "G" if most >= 10**9 else "M" if most >= 10**6 else "k" if most >= 10**3 else "1"


def total(months: Sequence[Month], kind: str) -> Decimal | None:
    """The whole-life amount of this kind where one was entered, else the sum of its months; None without any."""
    whole = [Decimal(amount) for month, one, amount in months if one == kind and month is None]
    phased = [Decimal(amount) for month, one, amount in months if one == kind and month is not None]
    return sum(whole or phased, Decimal(0)) if whole or phased else None


def _left(eac: Decimal | None, actual: Decimal | None, declared: Decimal | None) -> Decimal | None:
    """What is left to spend: the landing without what is spent, so that the three add up; else as declared."""
    return eac - (actual or Decimal(0)) if eac is not None else declared


def _decimal(value: Any) -> Decimal | None:
    return Decimal(value) if value is not None else None


def _amount(value: Decimal | None, currency: str) -> str:
    return formats.money(value, currency, scale="auto")


def _variance(value: Decimal | None, percent: Decimal | None, currency: str) -> str:
    if value is None:
        return ""
    parts = [formats.money(value, currency, scale="auto", sign=True)]
    parts += [formats.percent(percent, 1, sign=True)] if percent is not None else []
    return " / ".join(parts)


def curve(months: Sequence[Month], currency: str) -> Curve | None:
    """Cumulative plan (approved budget, else the original one), actuals and forecast; None with fewer than two months."""
    sums: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for month, kind, amount in months:
        if month is not None:
            sums[month][kind] += Decimal(amount)
    plan = Kind.REVISED if any(Kind.REVISED in one for one in sums.values()) else Kind.INITIAL
    drawn = cumulated(
        [
            {
                "month": date.fromisoformat(month),
                "plan": sums[month][plan],
                "spent": sums[month][Kind.ACTUAL],
                "left": sums[month][Kind.FORECAST],
            }
            for month in sorted(sums)
        ],
        currency,
    )
    if drawn is None or drawn.is_empty or not any(drawn.plan):
        return None
    end = drawn.forecast[-1] if drawn.forecast else None
    words = _("Cumulative budget %(plan)s by %(month)s") % {
        "plan": _amount(drawn.plan[-1], currency), "month": formats.date(drawn.months[-1], "month"),
    }  # fmt: skip
    told = [words]
    if drawn.actual:
        told.append(_("actuals %(amount)s") % {"amount": _amount(drawn.actual[-1], currency)})
    if end is not None:
        told.append(_("forecast %(amount)s") % {"amount": _amount(end, currency)})
    return Curve(
        months=tuple(drawn.months),
        labels=tuple(formats.date(month, "month") for month in drawn.months),
        plan=tuple(map(float, drawn.plan)),
        actual=tuple(map(float, drawn.actual)),
        forecast=tuple(map(float, drawn.forecast)),
        words=", ".join(told),
    )
