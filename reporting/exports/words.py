"""The words of the flash report: titles, column heads and the judgements of a weather scale, in the language that is active."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from pmo_portal.core import formats
from pmo_portal.core.templatetags.health import STATES
from projects.hierarchy.declared import Level, Scale, rag_of, word_of
from reporting.exports.sheet import Mark
from reporting.status.models import ReportingCalendar
from reporting.status.periods_models import in_words

Cadence = ReportingCalendar.Cadence

# The icons of the two weather scales, best first (domain.md §2.8.1); the other scales are colours, not weather.
WEATHER: dict[str, dict[str, str]] = {
    Scale.PILOTE: {
        Level.GREEN: "sun", Level.AMBER_GREEN: "cloud-sun", Level.AMBER: "cloud", Level.AMBER_RED: "cloud-rain",
        Level.RED: "cloud-lightning",
    },
    Scale.ENTREPRISE: {
        Level.GREEN: "sun", Level.AMBER_GREEN: "cloud", Level.AMBER: "cloud-rain", Level.AMBER_RED: "cloud-rain",
        Level.RED: "cloud-lightning",
    },
}  # fmt: skip
INDICATORS = {
    "schedule": gettext_lazy("Schedule"),
    "cost": gettext_lazy("Cost"),
    "scope": gettext_lazy("Scope"),
    "resources": gettext_lazy("Resources"),
    "risk": gettext_lazy("Risks"),
}


def day_of(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def declared(level: str, scale: str) -> Mark:
    """A declared level in the words, the colour and the icon of its scale."""
    return Mark(rag_of(level).value, word_of(level, scale), WEATHER.get(scale, {}).get(level, ""))


def rag(state: str) -> Mark:
    """A colour with its word; nothing for ''."""
    return Mark(state, str(STATES[state][1])) if state in STATES else Mark()


def headings() -> dict[str, str]:
    """Titles of the blocks and heads of the columns by the key the templates use."""
    return {
        "report": _("Flash report"),
        "confidence": _("Delivery confidence"),
        "previous": _("Previous"),
        "computed": _("Computed"),
        "review": _("Independent review"),
        "review_far": _("Exception"),
        "message": _("Key message"),
        "indicators": _("Indicators"),
        "progress": _("Progress"),
        "actual": pgettext("progress", "Actual"),
        "planned": pgettext("progress", "Planned"),
        "planned_how": _("Planned: share of the baseline duration that has passed"),
        "budget": _("Budget"),
        "variance": _("Variance at completion"),
        "plan_line": _("Cumulative budget"),
        "actual_line": _("Cumulative actuals"),
        "forecast_line": _("Forecast cost"),
        "month": _("Month"),
        "milestones": _("Milestones"),
        "milestone": _("Milestone"),
        "key": _("Key milestone"),
        "baseline": _("Baseline"),
        "forecast": _("Forecast"),
        "slip": _("Slippage"),
        "state": _("State"),
        "highlights": _("Key achievements"),
        "next_steps": _("Next steps"),
        "risks": _("Main risks and issues"),
        "risk": _("Risk"),
        "issue": _("Issue"),
        "level": _("Level"),
        "response": _("Response"),
        "owner": _("Owner"),
        "due": _("Due"),
        "asks": _("Decisions required"),
        "options": _("Options"),
        "recommendation": _("Recommendation"),
        "needed_by": _("Needed by"),
        "amount": _("Amount at stake"),
        "changes": _("Since the previous report"),
        "strip": _("Last periods"),
        "note": _("Confidential note"),
        "none": _("Nothing entered."),
        "draft": _("Not frozen"),
        "as_of": _("As of"),
        "manager": _("Project manager"),
    }


def short_period(starts_on: date, cadence: str) -> str:
    """The label of a period under an icon: `nov.`, `Q4`, `16/11`."""
    if cadence == Cadence.MONTHLY:
        return formats.MONTHS[formats.language()][starts_on.month - 1]
    return in_words(starts_on, cadence).split()[0] if cadence == Cadence.QUARTERLY else f"{starts_on:%d/%m}"


def stamp(starts_on: date, cadence: str) -> str:
    """The period in the name of a file: `2026-11`, `2026-Q4`, `2026-W47`."""
    if cadence == Cadence.MONTHLY:
        return f"{starts_on:%Y-%m}"
    return f"{starts_on.year}-Q{(starts_on.month + 2) // 3}" if cadence == Cadence.QUARTERLY else f"{starts_on:%G-W%V}"
