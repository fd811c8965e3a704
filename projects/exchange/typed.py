"""Cells → values, column by column: the style of numbers and dates is settled for a column before its first cell is read."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from pmo_portal.core.cells import from_cell
from projects.exchange import dates, numbers, targets, values
from projects.exchange.columns import Binding
from projects.exchange.dates import DateStyle
from projects.exchange.number_formats import FormattedNumber
from projects.exchange.numbers import NumberStyle
from projects.exchange.profiles import Profile
from projects.exchange.table import Cell, Row, Sheet, is_empty
from projects.exchange.targets import Kind, Target
from projects.exchange.values import Read
from projects.exchange.vocabulary import CHOICES, levels


@dataclass(frozen=True, slots=True)
class Column:
    """A binding ready to read: `undecided` names what the column's cells could not settle."""

    binding: Binding
    target: Target
    number: NumberStyle
    date: DateStyle
    fractions: bool = False
    undecided: str = ""
    words: Mapping[str, str] = field(default_factory=dict)
    seen: dict[str, Read] = field(default_factory=dict, compare=False)  # texts repeat: states, dates, programmes

    @property
    def first(self) -> int:
        """The column problems are reported at."""
        return self.binding.columns[0]


def texts(sheet: Sheet, columns: Iterable[int]) -> list[str]:
    """The text cells of these columns below the header."""
    wanted = list(columns)
    return [cell for row in sheet.rows[1:] for index in wanted if isinstance(cell := row.at(index), str)]


def prepare(sheet: Sheet, bindings: Sequence[Binding], profile: Profile) -> list[Column]:
    """Settle every column's styles; a column that cannot tell follows the others of its sheet."""
    plain = [(binding, targets.of(binding.target)) for binding in bindings]
    numeric = [binding for binding, target in plain if target.kind in (Kind.AMOUNT, Kind.NUMBER, Kind.PERCENT)]
    dated = [binding for binding, target in plain if target.kind is Kind.DATE]
    all_numbers = numbers.decide(texts(sheet, {i for b in numeric for i in b.columns}), default=profile.decimal)
    all_dates = dates.decide(texts(sheet, {i for b in dated for i in b.columns}), default=profile.date_order)
    usual_number = all_numbers.decimal if all_numbers.decided and _has_marks(sheet, numeric) else profile.decimal
    usual_date = all_dates.order if all_dates.decided and dated else profile.date_order
    columns = []
    for binding, target in plain:
        column = Column(binding, target, NumberStyle(), DateStyle())
        told = texts(sheet, binding.columns)
        if binding in numeric:
            style = numbers.decide(told, default=usual_number)
            column = replace(column, number=style, undecided="" if style.decided else "ambiguous_number")
            if target.kind is Kind.PERCENT and _fractions(sheet, binding, style):
                column = replace(column, fractions=True, undecided="read_as_fractions")
        elif target.kind is Kind.RANK:
            undecided = "priorities_as_numbers" if _numbered(sheet, binding) else ""
            column = replace(column, words=CHOICES[target.words], undecided=undecided)
        elif target.kind is Kind.CHOICE:
            words = binding.rule.words or target.words
            scale = profile.portfolio.scale
            column = replace(column, words=levels(told, scale) if words == "levels" else CHOICES[words])
        elif binding in dated:
            order = dates.decide(told, default=usual_date)
            column = replace(column, date=order, undecided="" if order.decided else "ambiguous_date")
        columns.append(column)
    return columns


def _has_marks(sheet: Sheet, bindings: Sequence[Binding]) -> bool:
    return any("." in text or "," in text for text in texts(sheet, {i for b in bindings for i in b.columns}))


def _fractions(sheet: Sheet, binding: Binding, style: NumberStyle) -> bool:
    """Whether a percentage column runs from 0 to 1 and nothing says that these are percentages: neither a sign nor a format."""
    found: list[float] = []
    for row in sheet.rows[1:]:
        cell = row.at(binding.columns[0])
        if isinstance(cell, str):
            number = numbers.parse(cell, style)
            if number is not None and number.percent:
                return False
            found += [float(number.value)] if number is not None else []
        elif isinstance(cell, int | float) and not isinstance(cell, bool) and not _told(cell):
            found.append(cell)
    return bool(found) and all(0 <= cell <= 1 for cell in found) and any(cell not in (0, 1) for cell in found)


def _numbered(sheet: Sheet, binding: Binding) -> bool:
    """Whether some of its ranks are bare numbers: which end is the highest differs from one organisation to the next."""
    cells = (row.at(index) for row in sheet.rows[1:] for index in binding.columns)
    return any(values.text_value(cell).isdecimal() for cell in cells if not is_empty(cell))


def _told(cell: int | float) -> bool:
    """Whether the cell's own format says that it is a percentage."""
    return isinstance(cell, FormattedNumber) and (cell.shown.percent or cell.shown.percent_sign)


def read(column: Column, row: Row, profile: Profile) -> tuple[Read, int, Cell]:
    """(value, the column it came from, its cell). Joined columns give one text; else the first filled column counts."""
    binding = column.binding
    if binding.rule.join is not None:
        parts = [values.text_value(from_cell(values.text_value(row.at(index)))) for index in binding.columns]
        text = binding.rule.join.join(part for part in parts if part)
        return Read(text or None), column.first, text
    index = next((index for index in binding.columns if not is_empty(row.at(index))), column.first)
    cell = row.at(index)
    if not isinstance(cell, str):
        return _typed(column, cell, profile), index, cell
    if cell not in column.seen:
        column.seen[cell] = _typed(column, cell, profile)
    return column.seen[cell], index, cell


def _typed(column: Column, cell: Cell, profile: Profile) -> Read:
    """One cell as its column's kind."""
    if is_empty(cell):
        return Read()
    markers, target, rule = profile.markers, column.target, column.binding.rule
    if rule.after:
        return values.days_after(cell, rule.after, markers)
    match target.kind:
        case Kind.DATE:
            return values.day(cell, column.date, markers, last=target.last)
        case Kind.AMOUNT:
            return values.amount(cell, column.number, markers, scale=column.binding.scale)
        case Kind.NUMBER:
            return values.quantity(cell, column.number, markers, highest=target.most)
        case Kind.PERCENT:
            return values.percent(cell, column.number, markers, fractions=column.fractions)
        case Kind.BOOLEAN:
            return values.boolean(cell)
        case Kind.SCALE5:
            return values.integer(cell, markers, lowest=1, highest=5)
        case Kind.RANK:
            return values.rank(cell, column.words, markers)
        case Kind.CHOICE:
            return values.choice(cell, column.words, markers, missing=rule.missing)
        case _:
            return values.text(cell, most=target.most)
