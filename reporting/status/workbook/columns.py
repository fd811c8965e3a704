"""The columns of the workbook: what each holds, and how it is headed in the reader's language (domain.md §7.3).

A column stands for a field of a report. Those of milestones and risks stand for a part of each (`milestones.forecast` of the
row of milestone 7 is the field `milestones.7.forecast`), on a sheet of their own with one row for each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import override, pgettext_lazy

from projects.exchange.vocabulary import word
from projects.exchange.words import fold
from projects.hierarchy.declared import WORDS, Level, choices_of
from projects.hierarchy.models import Project
from reporting.status.models import DIMENSIONS, JUDGED, Evidence, StatusReport
from reporting.status.services.drafts import GUARDED
from reporting.status.wording import CAUSES, STILL

TEXT, LINES, CHOICE, PERCENT, MONEY, SMALL, DAY = "text", "lines", "choice", "percent", "money", "small", "day"
Choices = Sequence[tuple[str, str | Promise]]
MOST_TEXT = 1000
MOST_LINES = 700  # five lines of 120 characters, and room for what is too long to be told so
SHEETS = ("reports", "milestones", "risks")


@dataclass(frozen=True, slots=True)
class Column:
    """`name` is the field; `group` heads those that belong together; `most` characters; `choices` with their words."""

    name: str
    kind: str
    label: str | Promise
    group: str | Promise = ""
    most: int = 0
    width: int = 16
    choices: tuple[tuple[str, str | Promise], ...] = ()

    @property
    def header(self) -> str:
        """Its header in the reader's language."""
        own = str(self.label)
        return f"{capfirst(str(self.group))} – {own}" if self.group else capfirst(own)

    @property
    def guard(self) -> str:
        """The group of fields a reader must see to have this column; '' for everybody's."""
        return GUARDED.get(self.name, "costs" if self.name.startswith("exception_") else "")

    def of(self, part: str) -> str:
        """The field this column stands for on the row of a part (`milestones.7`), or of the report itself ('')."""
        base, _dot, rest = self.name.partition(".")
        return ".".join(one for one in (part, rest) if one) if part else base

    @property
    def sheet(self) -> str:
        base = self.name.partition(".")[0]
        return base if base in SHEETS else "reports"


# What every row is known by, and what is only shown: {name: header}.
KEYS: dict[str, str | Promise] = {
    "code": _("Project code"),
    "project": _("Project"),
    "period": _("Period"),
    "fingerprint": _("Fingerprint (do not change)"),
    "state": _("State of the report"),
    "computed": _("Computed health"),
    "open": _("What is still asked for"),
    "currency": _("Currency"),
    "milestone": _("Milestone"),
    "baseline": _("Baseline date"),
    "risk": _("Risk"),
    "level": _("Level of the risk (1–25)"),
}
TITLES: dict[str, str | Promise] = {
    "reports": _("Reports"),
    "milestones": _("Milestones"),
    "risks": _("Risks"),
    "help": _("How to fill it"),
}


def _field(name: str, kind: str = TEXT, *, width: int = 16, group: str | Promise = "", **how: Any) -> Column:
    """A column of a field of the report, headed as the field is called."""
    field: Any = StatusReport._meta.get_field(name)
    if kind == CHOICE:
        how.setdefault("choices", tuple(one for one in field.choices if one[0]))
    most = (field.max_length or MOST_TEXT) if kind == TEXT else MOST_LINES if kind == LINES else 0
    return Column(name, kind, how.pop("label", field.verbose_name), group, most, width, **how)


def _judgement(name: str) -> Iterator[Column]:
    """A dimension with its comment, and the reason of one that is better than computed."""
    yield _field(name, CHOICE, choices=tuple(JUDGED), width=13)
    yield _field(f"{name}_comment", width=32)
    yield from _better(name)


def _better(name: str) -> Iterator[Column]:
    group = StatusReport._meta.get_field(name).verbose_name  # type: ignore[union-attr]
    yield _field(f"{name}_reason", width=30, group=group, label=_("why better than computed"))
    yield _field(f"{name}_evidence", CHOICE, choices=tuple(Evidence.choices), group=group, label=_("it rests on"))


def _all() -> Iterator[Column]:
    """In the order of the form."""
    yield _field("declared", CHOICE, width=22, choices=())
    yield from _better("declared")
    yield _field("trend", CHOICE, choices=tuple(Project.Trend.choices), width=13)
    yield _field("key_message", width=44)
    yield _field("summary", width=44)
    for name in DIMENSIONS:
        yield from _judgement(name)
    yield _field("percent_complete", PERCENT)
    yield _field("percent_reason", width=28)
    yield _field("etc", MONEY)
    yield _field("exception_cause", width=28)
    yield _field("exception_plan", width=28)
    yield _field("highlights", LINES, width=40)
    yield _field("next_steps", LINES, width=40)
    risk, ask = _("new risk"), _("ask")
    yield _field("new_risk_title", width=28, group=risk, label=_("title"))
    yield _field("new_risk_kind", CHOICE, width=13, group=risk)
    yield _field("new_risk_probability", SMALL, width=13, group=risk)
    yield _field("new_risk_impact", SMALL, width=13, group=risk)
    yield _field("ask", CHOICE, width=18)
    yield _field("ask_question", width=36, group=ask)
    yield _field("ask_options", LINES, width=30, group=ask)
    yield _field("ask_recommendation", width=28, group=ask)
    yield _field("ask_needed_by", DAY, group=ask)
    yield _field("ask_committee", group=ask)
    yield _field("ask_amount", MONEY, group=ask)
    yield _field("back_to_green", DAY)
    yield _field("confidential_note", width=36)
    yield Column("milestones.forecast", DAY, pgettext_lazy("milestone", "Forecast date"))
    yield Column("milestones.reached", DAY, pgettext_lazy("milestone", "Reached on"))
    yield Column("milestones.cause", CHOICE, _("Cause of the move"), choices=tuple(CAUSES), width=22)
    yield Column("risks", CHOICE, _("Still true?"), choices=tuple(STILL), width=18)


COLUMNS = tuple(_all())
BY_NAME = {column.name: column for column in COLUMNS}


def base_of(name: str) -> str:
    """The column of a field: of `milestones.7.forecast` it is `milestones.forecast`."""
    base, _dot, rest = name.partition(".")
    part = rest.partition(".")[2]
    return f"{base}.{part}" if part else base


def label_of(name: str) -> str:
    return BY_NAME[base_of(name)].header if base_of(name) in BY_NAME else name


def choices_for(column: Column, scale: str) -> Choices:
    """What may be chosen; the delivery confidence in the words of the portfolio's scale."""
    return choices_of(scale) if column.name == "declared" and scale in WORDS else column.choices


def told_in(column: Column, value: str, scale: str) -> str:
    """A stored choice in the reader's words, one that is no longer offered too."""
    offered: Mapping[str, Any] = dict(choices_for(column, scale))
    if value in offered:
        return str(offered[value])
    return str(Level(value).label) if column.name == "declared" and value in Level.values else value


@cache
def headers() -> dict[str, str]:
    """{folded header in any language of the portal: the column or key it names}."""
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            found |= {fold(str(label)): f"key:{name}" for name, label in KEYS.items()}
            found |= {fold(column.header): column.name for column in COLUMNS}
    return found


@cache
def vocabulary(name: str, scale: str) -> dict[str, str]:
    """{folded words in any language of the portal: value} of a choice, those of this scale alone."""
    column = BY_NAME[name]
    found: dict[str, str] = {}
    for language, _name in settings.LANGUAGES:
        with override(language):
            for value, label in choices_for(column, scale):
                found |= {word(value): value, word(str(label)): value}
    return found
