"""One row → what it says about its project. Every finding keeps the place where the user sees it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from hashlib import blake2s
from typing import Any

from projects.exchange import asides, dates, numbers, values
from projects.exchange.columns import Binding, Mapped
from projects.exchange.dates import DateStyle
from projects.exchange.problems import Place, Problem, shorten
from projects.exchange.profiles import Derivation, Profile, SheetRule, holds
from projects.exchange.records import Reading
from projects.exchange.table import Cell, Row, Sheet, is_empty
from projects.exchange.typed import Column, prepare, read, texts

UNIT_DAYS = {
    **dict.fromkeys(("an", "ans", "annee", "annees", "year", "years"), 365.25),
    **dict.fromkeys(("mois", "month", "months"), 30.4375),
    **dict.fromkeys(("jour", "jours", "day", "days"), 1.0),
}
LONGEST_REF = 180
_LONGEST_SPAN = 40_000  # days


@dataclass(frozen=True, slots=True)
class Found:
    """One value of a row, the column it came from and the rule that asked for it."""

    target: str
    value: Any
    note: str
    index: int
    binding: Binding | None = None
    how: str = "first"
    bad: bool = False
    raw: str = ""  # the cell as text
    currency: str = ""


class SheetReader:
    """Reads the rows of one sheet; problems go to `reading`."""

    def __init__(self, sheet: Sheet, rule: SheetRule, mapped: Mapped, profile: Profile, reading: Reading) -> None:
        self.sheet, self.rule, self.mapped, self.profile, self.reading = sheet, rule, mapped, profile, reading
        self.columns: list[Column] = prepare(sheet, mapped.bindings, profile)
        derived = [(item, self._inputs(item)) for item in rule.derive if holds(item, mapped.folded)]
        self._derived = [(item, inputs) for item, inputs in derived if _complete(item, inputs)]
        self._styles = {
            index: numbers.decide(texts(sheet, [index]), default=profile.decimal)
            for _item, inputs in self._derived
            for name in ("plus", "minus", "optional")
            for index in inputs[name]
        }
        self.derived_columns = {
            index for _item, inputs in self._derived for found in inputs.values() for index in found
        }
        for column in self.columns:
            if column.undecided:
                self.problem(column.undecided, sheet.rows[0], column.first, warning=True)

    def _inputs(self, item: Derivation) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for name in ("start", "plus", "minus", "optional"):
            indexes = []
            for pattern in getattr(item, name):
                indexes.extend([i for i, text in enumerate(self.mapped.folded) if text and pattern.search(text)][:1])
            found[name] = indexes
        return found

    def header(self, index: int) -> str:
        """The header of a column as written, on one line; its letter when it has none."""
        text = self.mapped.headers[index] if index < len(self.mapped.headers) else ""
        return shorten(text) or self.sheet.place(self.sheet.rows[0], index)[1]

    def place(self, row: Row, index: int) -> Place:
        """Where a cell stands in the file, flipped or not."""
        number, column = self.sheet.place(row, index)
        return Place(number, self.header(index), f"{column}{number}")

    def problem(
        self, code: str, row: Row, index: int, value: Any = "", *, warning: bool = False, **params: Any
    ) -> None:
        """Report a finding at a cell."""
        place = self.place(row, index)
        self.reading.problems.append(
            Problem(
                code,
                row=place.row,
                column=place.column,
                value=shorten(value),
                sheet=self.sheet.name,
                cell=place.cell,
                params=params,
                warning=warning,
                record_row=row.number,
            )
        )

    def data_rows(self) -> Iterator[tuple[Row, list[Found]]]:
        """The rows that say something through a mapped column, with what they say; totals and trailing notes are left out."""
        bound = {index for column in self.columns for index in column.binding.columns}
        below_total = False
        for row in self.sheet.rows[1:]:
            filled = [index for index in sorted(bound) if not is_empty(row.at(index))]
            if not filled or (self.sheet.name, row.number) in self.reading.skip:
                continue
            first = row.at(filled[0])
            if asides.is_total(first):
                self.problem("total_row_left_out", row, filled[0], first, warning=True)
                below_total = True
                continue
            if len(filled) == 1 and len(bound) > 2 and (below_total or self._aside(filled[0], first)):
                self.problem("note_row_left_out", row, filled[0], first, warning=True)
                continue
            below_total = False
            yield row, [*self._read(row), *self._derive(row)]

    def _aside(self, index: int, cell: Cell) -> bool:
        """Whether a row with this cell alone is a note, or a heading in the column of codes of a table that has names."""
        targets = {column.binding.target for column in self.columns if index in column.binding.columns}
        named = any(
            column.binding.target in ("project.name", "milestone.name", "risk.title") for column in self.columns
        )
        coded = named and any(target.endswith((".code", ".ref")) for target in targets)
        return asides.is_note(cell) or (coded and asides.is_heading(cell))

    def _read(self, row: Row) -> Iterator[Found]:
        for column in self.columns:
            result, index, cell = read(column, row, self.profile)
            binding = column.binding
            if result.problem:
                self.problem(result.problem, row, index, cell, most=column.target.most)
            elif result.note:
                self.problem("missing_with_reason", row, index, result.note, warning=True)
            yield Found(
                binding.target,
                result.value,
                result.note,
                index,
                binding,
                binding.rule.aggregate,
                bad=bool(result.problem),
                raw=values.text_value(cell),
                currency=result.currency,
            )

    def _derive(self, row: Row) -> Iterator[Found]:
        for item, inputs in self._derived:
            index = next((i for name in ("plus", "start", "minus") for i in inputs[name]), 0)
            yield Found(item.to, self._compute(item, inputs, row), "", index, None, item.aggregate)

    def _compute(self, item: Derivation, inputs: dict[str, list[int]], row: Row) -> Any:
        """The derived value; None as soon as one of its parts is missing or no number."""
        plus = [self._number(row, index) for index in inputs["plus"]]
        minus = [self._number(row, index) for index in inputs["minus"]]
        optional = [self._number(row, index) or Decimal(0) for index in inputs["optional"]]
        if any(part is None for part in (*plus, *minus)):
            return None
        total = sum((p for p in plus if p is not None), Decimal(0)) + sum(optional, Decimal(0))
        total -= sum((m for m in minus if m is not None), Decimal(0))
        if item.to.startswith(("amount.", "budget.")):
            total *= item.scale
            return total.quantize(Decimal("0.01")) if abs(total) <= numbers.MOST else None
        start = item.origin
        if inputs["start"]:
            start = values.day(
                row.at(inputs["start"][0]), self._day_style(inputs["start"][0]), self.profile.markers
            ).value
        days = round(total * Decimal(str(self._unit_days(item, inputs["plus"]))))
        if start is None or abs(days) > _LONGEST_SPAN:
            return None
        return start + timedelta(days=days)

    def _unit_days(self, item: Derivation, columns: Sequence[int]) -> float:
        """The days of one unit of the durations: what their header says ("en mois"), else what the profile says."""
        words = {word for index in columns for word in self.mapped.folded[index].split()}
        return next((days for unit, days in UNIT_DAYS.items() if unit in words), item.unit_days)

    def _day_style(self, index: int) -> DateStyle:
        column = next((column for column in self.columns if index in column.binding.columns), None)
        return column.date if column else dates.decide(texts(self.sheet, [index]), default=self.profile.date_order)

    def _number(self, row: Row, index: int) -> Decimal | None:
        result = values.quantity(row.at(index), self._styles[index], self.profile.markers).value
        return result if isinstance(result, Decimal) else None


def _complete(item: Derivation, inputs: dict[str, list[int]]) -> bool:
    """Whether the file has every column the value needs: one it cannot have says nothing, instead of emptying what is stored."""
    return all(len(inputs[name]) >= len(getattr(item, name)) for name in ("start", "plus", "minus"))


def short_ref(text: str) -> str:
    """A reference of at most 180 characters: a longer one keeps its beginning and gets a fingerprint of the whole."""
    text = " ".join(text.split())
    if len(text) <= LONGEST_REF:
        return text
    return f"{text[: LONGEST_REF - 13]}~{blake2s(text.encode(), digest_size=6).hexdigest()}"


def merge(how: str, old: Any, new: Any) -> Any:
    """Two rows of one project say something about the same field."""
    if old is None or new is None:
        return new if old is None else old
    match how:
        case "min":
            return min(old, new)
        case "max" | "max_if_all" | "max_if_closed":
            return max(old, new)
        case "sum":
            return old + new
        case _:
            return old


def progress(states: Sequence[str]) -> str:
    """The state of a project from those of its phases: all alike → that one, else it is being executed."""
    different = set(states)
    return different.pop() if len(different) == 1 else "executing"


def named(found: Sequence[Found], target: str) -> Found | None:
    """The finding for a target, if the row has that column."""
    return next((item for item in found if item.target == target), None)


def fiscal_start(on: date | None, month: int) -> date | None:
    """The first day of the last fiscal year that began before the year of `on` (UK: 1 April of the year before)."""
    return date(on.year - 1, month, 1) if on else None
