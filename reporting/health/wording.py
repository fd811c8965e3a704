"""The reasons of a colour in plain words, French or English: the rules keep codes and facts, never sentences.

Ages are computed at the day the page shows, so that a stored reason never grows old (HealthFields.reasons).
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import get_language, gettext, ngettext
from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from projects.hierarchy.models import Project

Params = Mapping[str, Any]
Words = Callable[[Params, date, str], str]

DIMENSION_WORDS: dict[str, Promise] = {
    "overall": _("Overall"),
    "schedule": _("Schedule"),
    "cost": _("Cost"),
    "risk": _("Risks"),
    "freshness": _("Data age"),
    "resources": _("Resources"),
}
INSIDE_A_SENTENCE: dict[str, Promise] = {
    "schedule": _("schedule"),
    "cost": _("cost"),
    "risk": _("risks"),
    "freshness": _("data age"),
    "resources": _("resources"),
}


def sentence(reason: Mapping[str, Any], on: date, currency: str) -> str:
    """One reason as a sentence without its final full stop; '' for a code this version does not know."""
    words = WORDS.get((reason["dimension"], reason["code"]))
    return words(reason["params"], on, currency) if words else ""


def sentences(reasons: Iterable[Mapping[str, Any]], on: date, currency: str, *, dimension: str = "") -> list[str]:
    """The sentences of these reasons, or of one dimension of them, in the order of the rules."""
    kept = [reason for reason in reasons if not dimension or reason["dimension"] == dimension]
    return [words for words in (sentence(reason, on, currency) for reason in kept) if words]


def troubles(reasons: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The amber and red reasons of the dimensions, red first: why a project needs attention."""
    found = [reason for reason in reasons if reason["colour"] in {"red", "amber"} and reason["dimension"] != "overall"]
    return sorted(found, key=lambda reason: reason["colour"] != "red")


def _day(text: str | None) -> str:
    return formats.date(date.fromisoformat(text)) if text else formats.MISSING


def _slip(params: Params, on: date, currency: str) -> str:
    days, percent = params["days"], params["percent"]
    if days == 0:
        return gettext("The forecast end is the baseline end")
    if days < 0:
        ahead = ngettext("Ends %(count)s day before the baseline", "Ends %(count)s days before the baseline", -days)
        return ahead % {"count": formats.number(-days)}
    late = ngettext("Ends %(count)s day after the baseline", "Ends %(count)s days after the baseline", days)
    late %= {"count": formats.number(days)}
    if percent is None:
        return late
    return gettext("%(late)s, %(percent)s of the planned duration") % {
        "late": late,
        "percent": formats.percent(percent),
    }


def _overdue(params: Params, on: date, currency: str) -> str:
    days = (on - date.fromisoformat(params["since"])).days
    words = ngettext(
        "The announced end (%(day)s) passed %(count)s day ago and the project is not finished",
        "The announced end (%(day)s) passed %(count)s days ago and the project is not finished",
        days,
    )
    return words % {"day": _day(params["since"]), "count": formats.number(days)}


def _key_milestone_late(params: Params, on: date, currency: str) -> str:
    name, baseline = _named(params, "name"), _day(params["baseline"])
    if params["expected"] is None:
        words = gettext("Key milestone “%(name)s” was due on %(baseline)s and nobody forecasts it")
        return words % {"name": name, "baseline": baseline}
    words = gettext("Key milestone “%(name)s” moves from %(baseline)s to %(expected)s")
    return words % {"name": name, "baseline": baseline, "expected": _day(params["expected"])}


def _variance(params: Params, on: date, currency: str) -> str:
    amount = Decimal(str(params["amount"]))
    values = {
        "amount": formats.money(abs(amount), currency, scale="auto"),
        "percent": formats.percent(params["percent"], 1, sign=True),
    }
    if params["basis"] == "year":
        if amount > 0:
            return gettext("This year's forecast is over its budget by %(amount)s (%(percent)s)") % values
        if amount < 0:
            return gettext("This year's forecast is under its budget by %(amount)s (%(percent)s)") % values
        return gettext("This year's forecast equals its budget")
    if amount > 0:
        return gettext("Forecast over budget by %(amount)s (%(percent)s)") % values
    if amount < 0:
        return gettext("Forecast under budget by %(amount)s (%(percent)s)") % values
    return gettext("The forecast equals the budget")


def _nothing_budgeted(params: Params, on: date, currency: str) -> str:
    if Decimal(str(params.get("amount") or 0)) > 0:
        return gettext("Money is forecast but the budget is zero")
    return gettext("The budget is zero: nothing to compare")


def _highest(params: Params, on: date, currency: str) -> str:
    opened = ngettext("%(count)s open risk", "%(count)s open risks", params["open"]) % {
        "count": formats.number(params["open"])
    }
    words = gettext("%(open)s, the highest at level %(level)s: “%(title)s”")
    return words % {"open": opened, "level": params["level"], "title": _named(params, "title")}


def _dated(params: Params, on: date, currency: str) -> str:
    days = (on - date.fromisoformat(params["date"])).days
    values = {"day": _day(params["date"]), "count": formats.number(days)}
    if days <= 0:
        return gettext("Data of %(day)s") % values
    return ngettext("Data of %(day)s, %(count)s day old", "Data of %(day)s, %(count)s days old", days) % values


def _staffing(params: Params, on: date, currency: str) -> str:
    percent, gone = params["percent"], params.get("gone", 0)
    if percent >= 100:
        return gettext("Everybody firmly asked for in the next three months is there")
    shown = formats.percent(percent, 0 if percent == round(percent) else 1)  # “95%” would stand beside a limit of 95
    words = ngettext(
        "%(percent)s of what is firmly asked for in the next three months is granted: %(missing)s day is missing",
        "%(percent)s of what is firmly asked for in the next three months is granted: %(missing)s days are missing",
        formats.plural(params["missing"], 1),
    ) % {"percent": shown, "missing": formats.number(params["missing"], 1)}
    if not gone:
        return words
    return ngettext(
        "%(told)s, of which %(gone)s is granted to people who are not there then",
        "%(told)s, of which %(gone)s are granted to people who are not there then",
        formats.plural(gone, 1),
    ) % {"told": words, "gone": formats.number(gone, 1)}


def _crowded(params: Params, on: date, currency: str) -> str:
    people = params["people"]
    words = ngettext(
        "%(count)s person has too much in the next three months: %(percent)s of their time",
        "%(count)s people have too much in the next three months, the worst %(percent)s of their time",
        people,
    )
    return words % {"count": formats.number(people), "percent": formats.percent(params["percent"])}


def _stale(params: Params, on: date, currency: str) -> str:
    return gettext("Not judged: the data is too old (%(day)s)") % {"day": _day(params["date"])}


def _state(params: Params, on: date, currency: str) -> str:
    return gettext("Not judged in this state: %(state)s") % {"state": str(Project.State(params["state"]).label).lower()}


def _listed(params: Params) -> str:
    return ", ".join(str(INSIDE_A_SENTENCE.get(name, name)) for name in params["dimensions"])


def _missing(params: Params, on: date, currency: str) -> str:
    return gettext("Not judged: nothing is known about %(dimensions)s") % {"dimensions": _listed(params)}


def _worst(params: Params, on: date, currency: str) -> str:
    return gettext("The worst of schedule, cost and resources decides: %(dimensions)s") % {
        "dimensions": _listed(params)
    }


def _amber_too_long(params: Params, on: date, currency: str) -> str:
    words = gettext("Amber in %(count)s reports in a row while the plan stayed as it was: counted as red")
    return words % {"count": formats.number(params["reports"])}


def _named(params: Params, key: str) -> str:
    english = params.get(f"{key}_en") or ""
    return str(english if english and get_language() == "en" else params[key])


def _plain(text: Promise) -> Words:
    return lambda params, on, currency: str(text)


WORDS: dict[tuple[str, str], Words] = {
    ("schedule", "no_baseline"): _plain(_("No baseline end date: slippage cannot be computed")),
    ("schedule", "no_forecast"): _plain(_("No forecast end date: slippage cannot be computed")),
    ("schedule", "slip"): _slip,
    ("schedule", "overdue"): _overdue,
    ("schedule", "key_milestone_late"): _key_milestone_late,
    ("cost", "no_budget"): _plain(_("No approved budget is known")),
    ("cost", "no_forecast"): _plain(_("No cost forecast is known")),
    ("cost", "before_execution"): _plain(_("Cost is judged from execution on")),
    ("cost", "variance"): _variance,
    ("cost", "nothing_budgeted"): _nothing_budgeted,
    ("cost", "hidden"): _plain(_("Judged from figures your role does not show")),
    ("risk", "none_recorded"): _plain(_("No risk has been recorded")),
    ("risk", "none_open"): _plain(_("No open threat")),
    ("risk", "highest"): _highest,
    ("freshness", "unknown"): _plain(_("The date of the data is unknown")),
    ("freshness", "dated"): _dated,
    ("resources", "nobody_asked"): _plain(_("Nobody is firmly asked for in the next three months")),
    ("resources", "staffing"): _staffing,
    ("resources", "crowded"): _crowded,
    ("overall", "state"): _state,
    ("overall", "stale"): _stale,
    ("overall", "missing"): _missing,
    ("overall", "worst"): _worst,
    ("overall", "amber_too_long"): _amber_too_long,
    ("overall", "lowered_by_risk"): _plain(_("Lowered by one notch because of the risks")),
    ("overall", "lowered_by_resources"): _plain(_("Lowered by one notch because people are missing or have too much")),
}
