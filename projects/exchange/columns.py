"""Which column goes where: by the patterns of a profile, or by itself from French and English headers, with a score."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from difflib import SequenceMatcher
from functools import lru_cache

from projects.exchange import dates, targets
from projects.exchange.numbers import unit_of_header
from projects.exchange.profiles import ColumnRule, SheetRule, holds
from projects.exchange.table import Cell, letter
from projects.exchange.values import text_value
from projects.exchange.vocabulary import BUDGET_KINDS
from projects.exchange.words import fold

SURE = 1.0
LIKELY = 0.8
_FISCAL = re.compile(r"(?:fy|financial year|fiscal year|exercice|annee|year)? ?(20\d\d|19\d\d)(?: (?:20)?(\d\d))?$")
_SHORT_FISCAL = re.compile(r"(?:fy|financial year|fiscal year|exercice) ?(\d\d) (?:20)?(\d\d)$")
_GENERAL = frozenset(
    {"budget", "current", "approved"}
)  # words that give way to what stands beside them: "Budget consommé"
_RATIO = re.compile(r"%|\b(?:pourcentage|percent|percentage|taux|ratio|ecart|variance|part|tranche|delta)\b")
_FIRST = re.compile(r"\b(?:initial|initiale|initiaux|initiales|origine|original|first)\b")
_AS_NOW = frozenset(
    {"project.forecast_end", "project.actual_end", "amount.revised", "amount.forecast", "amount.actual"}
)
_LEFT_OUT = ""


@dataclass(frozen=True, slots=True)
class Binding:
    """One target and the columns that feed it: the first that is not empty counts, or all of them joined."""

    target: str
    columns: tuple[int, ...]
    rule: ColumnRule
    scale: int = 1
    currency: str = ""
    period: date | None = None  # of a wide budget column, or of the published year in a header


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What one column was taken for, for the user to correct; target "" means left out."""

    index: int
    header: str
    target: str
    score: float

    @property
    def letter(self) -> str:
        """The spreadsheet letter of the column."""
        return letter(self.index)


@dataclass(frozen=True, slots=True)
class Mapped:
    """A header row understood."""

    bindings: tuple[Binding, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    headers: tuple[str, ...] = ()
    folded: tuple[str, ...] = field(default=())


def header_text(cell: Cell) -> str:
    """A header as text; a date in a header is a month of a wide budget."""
    if isinstance(cell, datetime | date):
        return f"{cell:%Y-%m}"
    return text_value(cell)


def folded_headers(cells: Sequence[Cell]) -> tuple[str, ...]:
    """The folded headers; a repeated one gets its count ("id", "id 2"), so that each can be named."""
    seen: dict[str, int] = {}
    folded: list[str] = []
    for cell in cells:
        text = fold(header_text(cell))
        seen[text] = seen.get(text, 0) + 1
        folded.append(f"{text} {seen[text]}" if text and seen[text] > 1 else text)
    return tuple(folded)


def period_of(header: str) -> tuple[date, str] | None:
    """(first day, remaining words) of a header that names a month or a year: "Budget janv. 2026" → (2026-01-01, "budget")."""
    text = fold(re.sub(r"[(\[][^)\]]*[)\]]", " ", header.split("\n")[0]).replace("£", " ").replace("€", " "))
    words = text.split()
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            part = " ".join(words[start:end])
            rest = " ".join(words[:start] + words[end:])
            if (short := _SHORT_FISCAL.match(part)) and int(short[2]) == (int(short[1]) + 1) % 100:
                return date(2000 + int(short[1]), 4, 1), rest
            if found := _FISCAL.match(part):
                year = int(found[1])
                if found[2] is None or int(found[2]) == (year + 1) % 100:
                    return date(year, 4 if found[2] else 1, 1), rest
                if 1 <= int(found[2]) <= 12:
                    return date(year, int(found[2]), 1), rest
            joined = part.replace(" ", "-") if re.fullmatch(r"[\d ]+", part) else part
            day = dates.parse(joined, dates.DateStyle())
            if day and day.first != day.last and end - start <= 2:
                return day.first, rest
    return None


@lru_cache(maxsize=4096)
def _score(header: str, synonyms: tuple[str, ...]) -> float:
    """How surely a folded header means one of the synonyms, 0–1; earlier synonyms win ties by a hair."""
    best = 0.0
    for rank, synonym in enumerate(synonyms):
        if header == synonym:
            return SURE - rank * 1e-4
        if len(synonym) >= 4 and re.search(rf"(^| ){re.escape(synonym)}( |$)", header):
            best = max(best, 0.6 + 0.35 * len(synonym) / len(header))
        elif len(header) >= 5 and abs(len(header) - len(synonym)) <= 3:
            ratio = SequenceMatcher(None, header, synonym).ratio()
            best = max(best, ratio * 0.95 if ratio >= 0.86 else 0.0)
    return best


def kind_of(text: str) -> str:
    """The kind of amount that folded words name, the most telling word first; "" for none."""
    words = [word for word in text.split() if word in BUDGET_KINDS]
    telling = next((word for word in words if word not in _GENERAL), next(iter(words), ""))
    return BUDGET_KINDS.get(text) or BUDGET_KINDS.get(telling, "")


def _fits(header: str, target: str) -> bool:
    """Whether a header's words allow the target: a ratio is no amount, and what was planned first is not what is planned now."""
    words = fold(header)
    if target.startswith("amount.") and (("%" in header) or _RATIO.search(words)):
        return False
    return target not in _AS_NOW or not _FIRST.search(words)


def without_unit(header: str) -> str:
    """The folded header without its brackets and its unit: "Budget révisé (k€)" → "budget revise"."""
    bare = re.sub(r"[(\[][^)\]]*[)\]]", " ", header)
    bare = re.sub(r"\b(?:en )?(?:[kKM]|Md)?[€£$](?:[kmM]\b)?|\b[kKM]?(?:EUR|GBP|USD)\b", " ", bare)
    return fold(bare) or fold(header)


@lru_cache(maxsize=8192)
def recognised(header: str, entity: str) -> str:
    """The target a text surely names as a header of this entity; "" for none."""
    bare = without_unit(header)
    if not bare:
        return ""
    best = max(
        (
            (_score(bare, target.synonyms), target.name)
            for target in targets.ALL.values()
            if target.entity in _entities(entity) and _fits(header, target.name)
        ),
        default=(0.0, ""),
    )
    return best[1] if best[0] >= LIKELY else ""


def map_columns(cells: Sequence[Cell], rule: SheetRule, corrections: Mapping[str, str]) -> Mapped:
    """Bind the columns of a header row by the sheet's rule; the user's corrections (folded header → target) come first."""
    headers = tuple(header_text(cell) for cell in cells)
    folded = folded_headers(cells)
    corrected = {index: corrections[text] for index, text in enumerate(folded) if text in corrections}
    taken = {target for target in corrected.values() if target}
    bindings: list[Binding] = [_bind(target, (index,), headers) for index, target in corrected.items() if target]
    found: dict[int, tuple[str, float]] = {index: (target, SURE) for index, target in corrected.items()}
    for column_rule in rule.columns:
        columns = _matching(column_rule, folded, set(corrected)) if holds(column_rule, folded) else ()
        if columns and column_rule.to not in taken:
            bindings.append(_bind(column_rule.to, columns, headers, column_rule))
            for index in columns:
                found.setdefault(index, (column_rule.to, SURE))
    if rule.automatic:
        for index, (target, score) in _automatic(headers, rule.entity, set(corrected), taken).items():
            bindings.append(_bind(target, (index,), headers))
            found[index] = (target, score)
    suggestions = tuple(
        Suggestion(index, header, *found.get(index, (_LEFT_OUT, 0.0))) for index, header in enumerate(headers) if header
    )
    return Mapped(tuple(bindings), suggestions, headers, folded)


def _matching(rule: ColumnRule, folded: Sequence[str], skip: set[int]) -> tuple[int, ...]:
    columns: list[int] = []
    for pattern in rule.header:
        for index, text in enumerate(folded):
            if text and index not in skip and index not in columns and pattern.search(text):
                columns.append(index)
                break
    return tuple(columns)


def _bind(target: str, columns: tuple[int, ...], headers: Sequence[str], rule: ColumnRule | None = None) -> Binding:
    """A binding with the unit and the period its header announces."""
    scale, currency = unit_of_header(headers[columns[0]])
    base, _, month = target.partition("@")
    period = date.fromisoformat(month) if month else None
    if base.endswith(".year") and (named := period_of(headers[columns[0]])):
        period = named[0]
    rule = rule or ColumnRule(to=target, header=(), label=target.partition("gate.")[2])
    if scale is None:  # a header that names a currency without a scale is in units, whatever the profile expects
        scale = 1 if currency else rule.scale
    return Binding(base, columns, rule, scale, currency, period)


def _automatic(headers: Sequence[str], entity: str, skip: set[int], taken: set[str]) -> dict[int, tuple[str, float]]:
    """{column: (target, score)}: the best pairs first, each target and each column once; then the wide budget columns."""
    usable = [
        target for target in targets.ALL.values() if target.entity in _entities(entity) and target.name not in taken
    ]
    wide = {
        index: period
        for index, header in enumerate(headers)
        if header and index not in skip and (period := period_of(header))
    }
    pairs = [
        (score, -index, target.name)
        for index, header in enumerate(headers)
        if header and index not in skip and index not in wide
        for target in usable
        if _fits(header, target.name) and (score := _score(without_unit(header), target.synonyms)) >= LIKELY
    ]
    chosen: dict[int, tuple[str, float]] = {}
    used: set[str] = set()
    for score, negative, name in sorted(pairs, reverse=True):
        if -negative not in chosen and name not in used:
            chosen[-negative] = (name, round(score, 2))
            used.add(name)
    for index, (month, rest) in wide.items():
        if kind := kind_of(rest) or ("" if rest else "revised"):
            chosen[index] = (f"amount.{kind}@{month:%Y-%m-%d}", LIKELY)
    return chosen


def _entities(entity: str) -> tuple[str, ...]:
    return ("project", "amount") if entity == "project" else (entity,)
