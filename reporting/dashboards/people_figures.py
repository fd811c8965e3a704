"""The indicators of people in words: K-R01 to K-R10 with how each is computed, and where its rows are."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import STATES
from reporting.dashboards.selectors.capacity import facts_of_people
from reporting.health.rules import LEAST_GONE
from reporting.kpis.people import KPIS, Facts, Kpi, verdict

WORDS: dict[str, tuple[Promise, Promise]] = {
    "K-R01": (
        gettext_lazy("Capacity of people"),
        gettext_lazy(
            "Working days of people and generic capacity without absences and daily operations, over four quarters."
        ),
    ),
    "K-R02": (
        gettext_lazy("Demand"),
        gettext_lazy("Days asked and granted, hard and tentative, over four quarters."),
    ),
    "K-R03": (
        gettext_lazy("Utilisation"),
        gettext_lazy(
            "Hard load in per cent of capacity. On track between 70 and 90%; off track below 50 and above 100%."
        ),
    ),
    "K-R04": (
        gettext_lazy("Projected utilisation"),
        gettext_lazy("The same with what is tentative. Off track above 100%."),
    ),
    "K-R05": (
        gettext_lazy("Roles asked for too much"),
        gettext_lazy(
            "Roles asked for more than they have in any of four quarters. At risk from one, off track from three."
        ),
    ),
    "K-R06": (
        gettext_lazy("Staffing rate"),
        gettext_lazy(
            "Granted of what is firmly asked for in the next three months, to people who are there then. On track from 95%, "
            "off track below 70%."
        ),
    ),
    "K-R07": (
        gettext_lazy("Actual against planned days"),
        gettext_lazy("What was worked against what was planned. On track within 10%, off track beyond 20%."),
    ),
    "K-R08": (
        gettext_lazy("Projects at a time"),
        gettext_lazy(
            "Mean number of active projects with a tenth of a person's next three months or more. Off track above 3."
        ),
    ),
    "K-R09": (
        gettext_lazy("Missing critical skills"),
        gettext_lazy(
            "Days asked of critical skills beyond what those who have them at the level asked, or above it, can do, over four "
            "quarters."
        ),
    ),
    "K-R10": (
        gettext_lazy("External share"),
        gettext_lazy("Hard days of externals and suppliers in per cent of all; what is right is a policy of yours."),
    ),
}


# Why nobody knows, where that is no matter of missing data: what was spent says money, not days, so nothing is made of it.
UNKNOWN = {"K-R07": gettext_lazy("Unknown: nobody is asked for time sheets, and no file brings days worked")}


@dataclass(frozen=True, slots=True)
class Figure:
    """One indicator as its card shows it; `state` '' where nobody judges it. `query` opens its rows, '' for who may not."""

    key: str
    label: str
    formula: str
    value: str
    state: str
    foot: str
    query: str


def figures(today: date, *, people: bool = True) -> list[Figure]:
    """`people`: whether their reader may look people up, one by one."""
    facts = facts_of_people(today)
    return [_figure(one, facts, people) for one in KPIS.values()]


def _figure(one: Kpi, facts: Facts, people: bool) -> Figure:
    value, state = verdict(one, facts)
    label, formula = WORDS[one.key]
    foot = str(UNKNOWN.get(one.key, _("No data"))) if value is None else _foot(one.key, facts)
    query = f"?by={one.by}&grain=quarter" if one.by != "person" else "?by=person&grain=month" if people else ""
    return Figure(one.key, str(label), str(formula), written(one, value), state, foot, query)


UNITS: dict[str, Promise] = {
    "days": gettext_lazy("days"), "percent": gettext_lazy("%"), "count": pgettext_lazy("unit", "roles"),
    "mean": pgettext_lazy("unit", "projects"),
}  # fmt: skip


def table(today: date) -> list[list[Any]]:
    """The ten as lines of a file, headings first; a value is a number, empty where nobody knows it."""
    facts = facts_of_people(today)
    lines: list[list[Any]] = [
        [_("Key"), _("Indicator"), _("Value"), _("Unit"), _("State"), _("Details"), _("How it is computed"), _("As of")]
    ]
    for one in KPIS.values():
        value, state = verdict(one, facts)
        figure = _figure(one, facts, people=False)
        told = str(STATES[state][1]) if state else ""
        shown = None if value is None else round(value, 3)
        unit = str(UNITS[one.unit])
        lines.append([one.key, figure.label, shown, unit, told, figure.foot, figure.formula, today])
    return lines


def written(one: Kpi, value: float | None) -> str:
    """Short, but never as a figure that would be judged otherwise."""
    if value is None:
        return formats.MISSING
    places = formats.places_kept(value, one.colour, least=1 if one.unit == "mean" else 0)
    if one.unit == "percent":
        return formats.percent(value, places)
    if one.unit in ("mean", "count"):
        return formats.number(value, places)
    return _("%(days)s d") % {"days": formats.number(value, places)}


def _of_days(asked: float, capacity: float) -> str:
    words = ngettext("%(asked)s of %(capacity)s days", "%(asked)s of %(capacity)s days", formats.plural(round(asked)))
    return words % {"asked": formats.number(round(asked)), "capacity": formats.number(round(capacity))}


def _foot(key: str, facts: Facts) -> str:
    if key in ("K-R03", "K-R04"):
        asked = facts.hard + (facts.tentative if key == "K-R04" else 0)
        return _of_days(asked, facts.capacity)
    if key == "K-R02":
        words = ngettext("%(days)s of them tentative", "%(days)s of them tentative", formats.plural(facts.tentative))
        return words % {"days": formats.number(round(facts.tentative))}
    if key == "K-R05":
        count = len(facts.quarters)
        words = ngettext("of %(count)s role that is asked for", "of %(count)s roles that are asked for", count)
        return words % {"count": formats.number(count)}
    if key == "K-R06" and facts.gone >= LEAST_GONE:
        words = ngettext(
            "%(told)s; %(gone)s more is granted to people who are not there then",
            "%(told)s; %(gone)s more are granted to people who are not there then",
            formats.plural(facts.gone, 1),
        )
        return words % {"told": _of_days(facts.staffed, facts.required), "gone": formats.number(facts.gone, 1)}
    if key == "K-R06":
        return _of_days(facts.staffed, facts.required)
    return ""
