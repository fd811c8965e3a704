"""What a family of files means, as data: `profiles/*.toml` ship with the portal, `ImportProfile` rows have the same shape.

Header patterns are regular expressions searched in the folded header (`words.fold`), so accents, case, punctuation and
line breaks do not matter, and next year's edition is read without a change as long as its words mean the same.
"""

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from projects.exchange.values import Markers

FOLDER = Path(__file__).parent / "profiles"
GENERIC = "generic"


@dataclass(frozen=True, slots=True)
class PortfolioSettings:
    """The portfolio a file fills, created when it does not exist."""

    code: str = ""
    name: str = ""
    name_en: str = ""
    currency: str = "EUR"
    scale: str = "pilote"
    origin: str = "own"
    description: str = ""
    source_note: str = ""


@dataclass(frozen=True, slots=True)
class ColumnRule:
    """Which columns go to a target. The first pattern that some header matches wins; with `join`, every pattern takes part.

    With `beside` the rule holds only where some header matches that too, with `without` only where none does.
    """

    to: str
    header: tuple[re.Pattern[str], ...]
    scale: int = 1
    words: str = ""
    missing: str | None = None  # what a choice becomes when the cell says that there is no value
    aggregate: str = "first"  # over the rows of one project: first, min, max, max_if_all, max_if_closed, sum, progress
    join: str | None = None
    after: date | None = None  # the column counts days from this day
    label: str = ""
    label_en: str = ""
    beside: tuple[re.Pattern[str], ...] = ()
    without: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Derivation:
    """A value computed from other columns of the row: a day plus durations, or a sum of amounts.

    A duration counts in `unit_days`, unless the header of its column names another unit.
    """

    to: str
    start: tuple[re.Pattern[str], ...] = ()
    origin: date | None = None
    plus: tuple[re.Pattern[str], ...] = ()
    minus: tuple[re.Pattern[str], ...] = ()
    optional: tuple[re.Pattern[str], ...] = ()  # durations that count as 0 when missing
    unit_days: float = 1.0
    scale: int = 1
    aggregate: str = "max"
    beside: tuple[re.Pattern[str], ...] = ()
    without: tuple[re.Pattern[str], ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """In a graph: bring columns of a related sheet beside this one's (`take`: column there → column here)."""

    relation: str
    sheet: str
    take: Mapping[str, str]
    outgoing: bool = False


@dataclass(frozen=True, slots=True)
class Gates:
    """Which stage gate starts a project, ends it, and makes it executing once passed."""

    start: str = ""
    end: str = ""
    executing: str = ""


@dataclass(frozen=True, slots=True)
class SheetRule:
    """How the rows of one kind of sheet are read."""

    entity: str = "project"
    name: re.Pattern[str] | None = None
    automatic: bool = False
    columns: tuple[ColumnRule, ...] = ()
    derive: tuple[Derivation, ...] = ()
    links: tuple[Link, ...] = ()
    constants: Mapping[str, str | bool] = field(default_factory=dict)
    gates: Gates = field(default_factory=Gates)
    grouped: bool = False  # several rows describe one project

    def given(self, entity: str) -> dict[str, str | bool]:
        """The constant fields of this entity, by name: what the publisher means and writes in no column."""
        return {
            field: value
            for key, value in self.constants.items()
            for owner, field in [key.split(".")]
            if owner == entity
        }


@dataclass(frozen=True, slots=True)
class DateRule:
    """Where the day of the facts is found, tried in order: a column, a header, the file's name, the latest value, a fixed day."""

    column: tuple[re.Pattern[str], ...] = ()
    header: tuple[re.Pattern[str], ...] = ()
    file_name: tuple[re.Pattern[str], ...] = ()
    latest: tuple[str, ...] = ()
    fixed: date | None = None
    month: int = 12
    day: int = 31


@dataclass(frozen=True, slots=True)
class RollUp:
    """A figure (`to`) that a project takes from its parts or milestones (`source`) when every one of them has it.

    `how` is min, max, sum, or closed (the state of a project whose milestones are all passed). `own` names a field of the
    project itself that says the same better, where it is filled. A figure that the file gives is kept, unless `replaces`.
    """

    to: str
    source: str
    how: str
    own: str = ""
    replaces: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """One family of files."""

    key: str
    title: str
    title_fr: str
    source: str = ""
    licence: str = ""
    portfolio: PortfolioSettings = field(default_factory=PortfolioSettings)
    sheets: tuple[SheetRule, ...] = ()
    roll_up: tuple[RollUp, ...] = ()
    dated: DateRule = field(default_factory=DateRule)
    markers: Markers = field(default_factory=Markers)
    absent: str = "keep"  # "left": a complete publication, so projects it no longer names left the portfolio
    blank: str = "keep"  # "clear": an empty cell empties the stored value
    names: bool = False  # projects are recognised by their names where no number is published
    lenient: bool = False  # contradictory dates are a warning: the publication is as it is
    first_dates_are_baseline: bool = False  # the dates published first, once a later edition arrives
    first_costs_are_budget: bool = (
        False  # the cost published first; what later editions say is the estimate at completion
    )
    fiscal_month: int = 1
    decimal: str | None = None
    date_order: str | None = None
    programme_aliases: Mapping[str, str] = field(default_factory=dict)
    programme_names: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(
        default_factory=dict
    )  # corrections by a user: folded header → target, "" = leave out


def _patterns(value: Any) -> tuple[re.Pattern[str], ...]:
    texts = [value] if isinstance(value, str) else list(value or ())
    return tuple(re.compile(text) for text in texts)


def holds(rule: ColumnRule | Derivation, folded: Sequence[str]) -> bool:
    """Whether a rule applies to a table with these folded headers."""
    beside = any(pattern.search(text) for pattern in rule.beside for text in folded if text)
    without = any(pattern.search(text) for pattern in rule.without for text in folded if text)
    return (beside or not rule.beside) and not without


def _column(data: dict[str, Any]) -> ColumnRule:
    patterns = {key: _patterns(data.get(key)) for key in ("header", "beside", "without")}
    return ColumnRule(**{**data, **patterns})


def _derivation(data: dict[str, Any]) -> Derivation:
    patterns = {key: _patterns(data.get(key)) for key in ("start", "plus", "minus", "optional", "beside", "without")}
    return Derivation(**{**data, **patterns})


def _sheet(data: dict[str, Any]) -> SheetRule:
    return SheetRule(
        entity=data.get("entity", "project"),
        name=re.compile(data["name"]) if data.get("name") else None,
        automatic=data.get("automatic", False),
        columns=tuple(_column(item) for item in data.get("column", ())),
        derive=tuple(_derivation(item) for item in data.get("derive", ())),
        links=tuple(Link(**item) for item in data.get("link", ())),
        constants=data.get("constants", {}),
        gates=Gates(**data.get("gates", {})),
        grouped=data.get("grouped", False),
    )


def from_data(key: str, data: Mapping[str, Any]) -> Profile:
    """A profile from parsed TOML or JSON. Raises TypeError, KeyError or re.error on a malformed one."""
    dated = dict(data.get("dated", {}))
    for name in ("column", "header", "file_name"):
        dated[name] = _patterns(dated.get(name))
    dated["latest"] = tuple(dated.get("latest", ()))
    pattern = data.get("missing")
    plain = {
        name: data[name]
        for name in (
            "source", "licence", "absent", "blank", "names", "lenient", "first_dates_are_baseline", "first_costs_are_budget",
            "fiscal_month", "decimal", "date_order", "programme_aliases", "programme_names", "columns",
        )
        if name in data
    }  # fmt: skip
    return Profile(
        key=key,
        title=data.get("title", key),
        title_fr=data.get("title_fr", data.get("title", key)),
        portfolio=PortfolioSettings(**data.get("portfolio", {})),
        sheets=tuple(_sheet(item) for item in data.get("sheet", ())),
        roll_up=tuple(RollUp(**item) for item in data.get("roll_up", ())),
        dated=DateRule(**dated),
        markers=Markers(re.compile(pattern) if pattern else None, bool(data.get("prose"))),
        **plain,
    )


@cache
def shipped() -> dict[str, Profile]:
    """The profiles that come with the portal, by key, the generic one first."""
    files = sorted(FOLDER.glob("*.toml"), key=lambda path: (path.stem != GENERIC, path.stem))
    return {path.stem: from_data(path.stem, tomllib.loads(path.read_text("utf-8"))) for path in files}
