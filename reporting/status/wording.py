"""What the rules of a report say to the person who writes it: what is odd, and what to do."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from pmo_portal.core import formats
from reporting.status.facts import Finding
from reporting.status.models import StatusReport


def words(one: Finding) -> str:
    """A finding in the reader's language."""
    return str(TEXTS[one.rule]) % {name: _shown(name, value) for name, value in one.params.items()}


def _shown(name: str, value: Any) -> str:
    if name == "dimension":
        return dimension(str(value))
    if name == "end":
        return formats.date(value, "long")
    if name == "days":
        return formats.days(value)
    if name in ("over", "before"):
        return formats.percent(float(value), 1 if name == "over" else 0)
    return str(value)


def changed_meanwhile() -> str:
    """Of a field that somebody else wrote since its writer read it."""
    return str(_("Somebody else changed this since you read it. Compare, then write it again."))


def dimension(name: str) -> str:
    """The name of a dimension: “schedule”; of the whole report for `declared`."""
    return str(StatusReport._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def label_of(row: Mapping[str, Any], name: str = "name") -> str:
    """A name a snapshot keeps, in the language that is active, else as it was written."""
    return str((row.get(f"{name}_en") if formats.language() == "en" else "") or row[name])


TEXTS = {
    "VR-01": _("Choose the delivery confidence."),
    "VR-02": _("Say in one sentence where the project stands."),
    "VR-02b": _("This message was already that of an earlier report. Is it still what matters?"),
    "VR-03": _("Better than computed (%(dimension)s): say why in 15 characters or more, and on what it rests."),
    "VR-04": _("The whole is declared much better than its worst dimension."),
    "VR-05": _("Say in a few words what is wrong (%(dimension)s)."),
    "VR-06": _("“%(name)s” is forecast in the past. Give a day from today on, or say that it was reached."),
    "VR-06b": _("“%(name)s” cannot have been reached in the future. Give a day up to today."),
    "VR-07": _("“%(name)s” is forecast before the milestone that precedes it."),
    "VR-08": _("“%(name)s” moves by %(days)s: say what the cause is."),
    "VR-09": _("Progress was %(before)s: say why it went back."),
    "VR-09b": _("100 %%, and not every milestone is reached."),
    "VR-09c": _("Nearly done for three reports: what is really left to do?"),
    "VR-10": _("An estimate to complete cannot be negative. Enter 0 if nothing remains to be spent."),
    "VR-10b": _("Nothing left to spend, and the project is not at 100 %%: estimate what remains."),
    "VR-11": _("The forecast is %(over)s over the budget, beyond the tolerance: give the cause and the plan."),
    "VR-12": _("More was spent and the estimate to complete did not move: was it estimated again?"),
    "VR-14": _("“%(title)s”: is this risk still true?"),
    "VR-15": _("Describe the risk in 8 characters or more."),
    "VR-15b": _("There is already “%(title)s”, which looks the same."),
    "VR-15c": _("Give the likelihood and the impact of the new risk."),
    "VR-16": _("Say which support or decision you need, or that you ask for none."),
    "VR-16b": _("Write the question to be decided."),
    "VR-16c": _("Say by when it is needed, from today on."),
    "VR-16d": _("Money is at stake: give at least two options."),
    "VR-17": _("Say when the project will be back on track, or that it is not known yet."),
    "VR-17b": _("The project ends on %(end)s: it would be back on track after its end."),
}
# What a milestone that moved far moved for (VR-08), and what is said of a risk that is looked at again (VR-14).
CAUSES = [
    ("scope", _("scope")), ("resources", _("resources")), ("supplier", _("supplier")), ("technical", _("technical")),
    ("decision", _("decision")), ("external", _("external")), ("estimate", _("estimate")),
]  # fmt: skip
STILL = [("kept", _("Still true")), ("closed", _("Close it"))]
# Why “nothing to report” is not offered.
NO_RENEWAL = {
    "not_green": _("the computed health is not green"),
    "alerts": _("an alert is open on the project"),
    "stale": _("nothing was updated in this period"),
    "third": _("the last two reports already said so"),
}
