"""Where a column can go: every field an import can fill, its type, and the headers that mean it (`headers.toml`)."""

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from projects.exchange.words import fold

_HEADERS = tomllib.loads(Path(__file__).with_name("headers.toml").read_text("utf-8"))


class Kind(StrEnum):
    TEXT = "text"
    DATE = "date"
    AMOUNT = "amount"
    NUMBER = "number"
    PERCENT = "percent"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    SCALE5 = "scale5"
    RANK = "rank"  # 1 to 5, as a number or in words


@dataclass(frozen=True, slots=True)
class Target:
    """One field. `last`: of a month or year the last day is meant. `most`: longest text or largest number.

    `words`: key of vocabulary.CHOICES.
    """

    name: str
    kind: Kind
    synonyms: tuple[str, ...] = ()
    most: int = 0
    words: str = ""
    last: bool = False

    @property
    def entity(self) -> str:
        """What the field belongs to: project, amount, milestone, budget or risk."""
        return self.name.split(".")[0]

    @property
    def field(self) -> str:
        """The model field."""
        return self.name.partition(".")[2]


def _t(name: str, kind: Kind, *, most: int = 0, words: str = "", last: bool = False) -> Target:
    entity, _, field = name.partition(".")
    return Target(name, kind, tuple(fold(word) for word in _HEADERS[entity][field]), most, words, last)


ALL: dict[str, Target] = {
    target.name: target
    for target in (
        _t("project.ref", Kind.TEXT, most=200),
        _t("project.code", Kind.TEXT, most=60),
        _t("project.name", Kind.TEXT, most=300),
        _t("project.name_en", Kind.TEXT, most=300),
        _t("project.short_name", Kind.TEXT, most=60),
        _t("project.description", Kind.TEXT),
        _t("project.programme", Kind.TEXT, most=300),
        _t("project.programme_name", Kind.TEXT, most=300),
        _t("project.parent_ref", Kind.TEXT, most=200),
        _t("project.state", Kind.CHOICE, words="states"),
        _t("project.phase", Kind.TEXT, most=80),
        _t("project.category", Kind.TEXT, most=120),
        _t("project.size", Kind.CHOICE, words="sizes"),
        _t("project.delivery_mode", Kind.CHOICE, words="delivery_modes"),
        _t("project.investment_class", Kind.CHOICE, words="investment_classes"),
        _t("project.must_win", Kind.BOOLEAN),
        _t("project.priority", Kind.RANK, words="priorities"),
        _t("project.confidentiality", Kind.CHOICE, words="confidentiality"),
        _t("project.sponsor", Kind.TEXT, most=200),
        _t("project.business_manager", Kind.TEXT, most=200),
        _t("project.delivery_head", Kind.TEXT, most=200),
        _t("project.project_manager", Kind.TEXT, most=200),
        _t("project.start_date", Kind.DATE),
        _t("project.baseline_start", Kind.DATE),
        _t("project.baseline_end", Kind.DATE, last=True),
        _t("project.forecast_end", Kind.DATE, last=True),
        _t("project.actual_end", Kind.DATE, last=True),
        _t("project.resume_date", Kind.DATE),
        _t("project.percent_complete", Kind.PERCENT),
        _t("project.declared", Kind.CHOICE, words="levels"),
        _t("project.declared_trend", Kind.CHOICE, words="trends"),
        _t("project.key_message", Kind.TEXT, most=140),
        _t("project.back_to_green", Kind.DATE),
        _t("project.currency", Kind.TEXT, most=3),
        _t("amount.initial", Kind.AMOUNT),
        _t("amount.revised", Kind.AMOUNT),
        _t("amount.committed", Kind.AMOUNT),
        _t("amount.actual", Kind.AMOUNT),
        _t("amount.forecast", Kind.AMOUNT),
        _t("milestone.project", Kind.TEXT, most=200),
        _t("milestone.ref", Kind.TEXT, most=200),
        _t("milestone.code", Kind.TEXT, most=60),
        _t("milestone.name", Kind.TEXT, most=300),
        _t("milestone.name_en", Kind.TEXT, most=300),
        _t("milestone.baseline_date", Kind.DATE, last=True),
        _t("milestone.forecast_date", Kind.DATE, last=True),
        _t("milestone.actual_date", Kind.DATE, last=True),
        _t("milestone.is_key", Kind.BOOLEAN),
        _t("milestone.is_fixed", Kind.BOOLEAN),
        _t("milestone.weight", Kind.NUMBER, most=9_999),
        _t("milestone.status", Kind.TEXT),
        _t("budget.project", Kind.TEXT, most=200),
        _t("budget.month", Kind.DATE),
        _t("budget.kind", Kind.CHOICE, words="budget_kinds"),
        _t("budget.cost_type", Kind.CHOICE, words="cost_types"),
        _t("budget.category", Kind.TEXT, most=80),
        _t("budget.amount", Kind.AMOUNT),
        _t("budget.document_ref", Kind.TEXT, most=200),
        _t("risk.project", Kind.TEXT, most=200),
        _t("risk.ref", Kind.TEXT, most=200),
        _t("risk.code", Kind.TEXT, most=30),
        _t("risk.title", Kind.TEXT, most=200),
        _t("risk.title_en", Kind.TEXT, most=200),
        _t("risk.description", Kind.TEXT),
        _t("risk.kind", Kind.CHOICE, words="risk_kinds"),
        _t("risk.status", Kind.CHOICE, words="risk_statuses"),
        _t("risk.probability", Kind.SCALE5),
        _t("risk.impact", Kind.SCALE5),
        _t("risk.residual_probability", Kind.SCALE5),
        _t("risk.residual_impact", Kind.SCALE5),
        _t("risk.owner", Kind.TEXT, most=200),
        _t("risk.response", Kind.CHOICE, words="responses"),
        _t("risk.response_note", Kind.TEXT),
        _t("risk.due_date", Kind.DATE, last=True),
        _t("risk.last_reviewed_on", Kind.DATE, last=True),
    )
}

PEOPLE = ("sponsor", "business_manager", "delivery_head", "project_manager")

_GATE = Target("gate", Kind.DATE, last=True)
_AMOUNT = Target("amount", Kind.AMOUNT)


def of(name: str) -> Target:
    """The target called `name`; `gate.<label>` and `amount.<kind>…` (year, month) are families. Raises KeyError."""
    if name in ALL:
        return ALL[name]
    if name.startswith("gate."):
        return _GATE
    if name.startswith("amount."):
        return _AMOUNT
    raise KeyError(name)
