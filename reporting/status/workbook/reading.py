"""The sheets of an uploaded workbook → the edited cells of each row, as plain data that is kept until it is applied.

Rows are known by their fingerprint and columns by their header in either language, so both may stand in any order. The
database is not asked: what a row may do, and what changed since, is found out when it is compared.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from projects.exchange import invisible
from projects.exchange.problems import Problem, RefusedFile, shorten
from projects.exchange.table import Row, Sheet, Source, is_empty, letter
from projects.exchange.words import fold
from reporting.status.workbook import cells, fingerprint
from reporting.status.workbook.columns import BY_NAME, headers
from reporting.status.workbook.fingerprint import Fingerprint

MOST_REPORTS = 200
MOST_ROWS = 3000  # of all sheets: six milestones and three risks to a report, and some
LOOK_FOR_HEADER = 10
TELLS_OF_FORMULAS = 20  # the reader names as many that have no result, and then may have met more
CODE, PERIOD, FINGERPRINT = "key:code", "key:period", "key:fingerprint"


@dataclass(slots=True)
class Remark:
    """Something about a place of the file: `code` is a key of `remarks.TEXTS`; a row with one that is no notice is left out."""

    code: str
    sheet: str = ""
    row: int = 0
    column: str = ""
    value: str = ""
    notice: bool = False
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Edit:
    """A cell that is not as it was written: the field, its plain text, where it stands, the mark of what it was written with,
    the code of what is wrong with it."""

    name: str
    text: str
    cell: str
    seen: str = ""
    problem: str = ""


@dataclass(slots=True)
class RowRead:
    sheet: str
    row: int
    report: int
    version: int
    code: str
    part: str
    edits: list[Edit]


@dataclass(slots=True)
class Reading:
    rows: list[RowRead] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    columns: dict[str, str] = field(default_factory=dict)  # column name: its letter, for telling where to write

    def as_data(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> "Reading":
        rows = [RowRead(**{**row, "edits": [Edit(**edit) for edit in row["edits"]]}) for row in data["rows"]]
        return cls(rows, [Remark(**one) for one in data["remarks"]], dict(data["columns"]))


def read(source: Source) -> Reading:
    """Raises RefusedFile for a file that is no workbook of reports."""
    found, problems = Reading(), list[Problem]()
    source = invisible.cleaned(source, problems)
    formulas = {(one.sheet, one.value) for one in source.notices if one.code == "formula_without_value"}
    if len(formulas) >= TELLS_OF_FORMULAS:
        raise RefusedFile("too_many_formulas")
    for notice in source.notices:
        if notice.code in ("hidden_sheet", "hidden_columns", "hidden_rows"):
            found.remarks.append(Remark(notice.code, notice.sheet, value=notice.value, notice=True))
    tables = [table for sheet in source.sheets if (table := _Table.of(sheet, formulas))]
    if not any(FINGERPRINT in table.columns for table in tables):
        raise RefusedFile("no_fingerprint_column" if tables else "not_reports")
    if sum(len(table.rows) for table in tables) > MOST_ROWS:
        raise RefusedFile("too_many_reports", limit=MOST_REPORTS)
    for table in tables:
        table.read(found)
    if len({row.report for row in found.rows}) > MOST_REPORTS:
        raise RefusedFile("too_many_reports", limit=MOST_REPORTS)
    _tell_repeated(found)
    return found


@dataclass
class _Table:
    """A sheet with a row of known headers: `columns` are {name: index}, `rows` what stands below."""

    name: str
    columns: dict[str, int]
    rows: tuple[Row, ...]
    unknown: list[str]
    twice: list[tuple[str, int, int]]
    formulas: set[tuple[str, str]]

    @classmethod
    def of(cls, sheet: Sheet, formulas: set[tuple[str, str]]) -> "_Table | None":
        for position, row in enumerate(sheet.rows[:LOOK_FOR_HEADER]):
            columns, unknown, twice = _columns(row)
            if len(columns) > 1 and (CODE in columns or FINGERPRINT in columns):
                return cls(sheet.name, columns, sheet.rows[position + 1 :], unknown, twice, formulas)
        return None

    def read(self, found: Reading) -> None:
        """Add the rows of this sheet, and what there is to say of it."""
        for header, first, second in self.twice:
            raise RefusedFile("header_twice", value=header, sheet=self.name, first=letter(first), second=letter(second))
        if self.unknown:
            found.remarks.append(Remark("unknown_columns", self.name, value=" · ".join(self.unknown), notice=True))
        left_out: set[str] = set()
        for row in self.rows:
            if all(is_empty(cell) for cell in row.cells):
                continue
            told = self._fingerprint(row)
            if isinstance(told, Remark):
                found.remarks.append(told)
                continue
            left_out |= {name for name in told.seen if name not in self.columns}
            found.rows.append(self._row(row, told))
        found.columns |= {name: letter(index) for name, index in self.columns.items() if name in BY_NAME}
        if left_out:
            names = " · ".join(column.header for column in BY_NAME.values() if column.name in left_out)
            found.remarks.append(Remark("columns_missing", self.name, value=names, notice=True))

    def _fingerprint(self, row: Row) -> Fingerprint | Remark:
        """What the row says it is of, if all its keys agree."""
        code = str(self._at(row, CODE) or "").strip()
        signed = str(self._at(row, FINGERPRINT) or "").strip()
        place: dict[str, Any] = {"sheet": self.name, "row": row.number, "value": shorten(code)}
        if not signed:
            return Remark("row_added" if code else "row_without_project", **place)
        told = fingerprint.read(signed)
        if told is None:
            return Remark("fingerprint_changed", **place)
        # A column of keys that was taken out says nothing; one that was changed says another row.
        for name, expected in ((CODE, told.code), (PERIOD, told.period)):
            if name in self.columns and fold(str(self._at(row, name) or "")) != fold(expected):
                return Remark("keys_mixed", **place, params={"expected": expected})
        return told

    def _at(self, row: Row, name: str) -> Any:
        return row.at(self.columns[name]) if name in self.columns else None

    def _row(self, row: Row, told: Fingerprint) -> RowRead:
        edits = list(self._edits(row, told))
        return RowRead(self.name, row.number, told.report, told.version, told.code, told.part, edits)

    def _edits(self, row: Row, told: Fingerprint) -> Iterator[Edit]:
        for name, index in self.columns.items():
            column = BY_NAME.get(name)
            if column is None:
                continue
            cell, place = row.at(index), f"{letter(index)}{row.number}"
            own = name in told.seen
            field_name = column.of(told.part) if own else name
            if (self.name, place) in self.formulas:
                yield Edit(field_name, "", place, problem="formula")
                continue
            got = cells.read(column, cell, told.scale)
            if not own:
                if got.problem or got.value:
                    yield Edit(field_name, shorten(cell), place, problem="not_for_you")
            elif got.problem:
                yield Edit(field_name, shorten(cell), place, problem=got.problem)
            elif fingerprint.mark(got.value) != told.seen[name]:
                yield Edit(field_name, got.value, place, told.seen[name])


def _columns(row: Row) -> tuple[dict[str, int], list[str], list[tuple[str, int, int]]]:
    known = headers()
    columns: dict[str, int] = {}
    unknown, twice = [], []
    for index, cell in enumerate(row.cells):
        if is_empty(cell):
            continue
        name = known.get(fold(str(cell)), "")
        if not name:
            unknown.append(shorten(cell))
        elif name in columns:
            twice.append((shorten(cell), columns[name], index))
        else:
            columns[name] = index
    return columns, unknown, twice


def _tell_repeated(found: Reading) -> None:
    """A report that stands there twice is taken from neither row: nobody knows which one is meant."""
    places: dict[tuple[int, str], list[RowRead]] = {}
    for row in found.rows:
        places.setdefault((row.report, row.part), []).append(row)
    for rows in places.values():
        if len(rows) > 1:
            for row in rows:
                others = ", ".join(str(other.row) for other in rows if other is not row)
                found.remarks.append(Remark("twice", row.sheet, row.row, value=row.code, params={"others": others}))
    found.rows = [row for row in found.rows if len(places[row.report, row.part]) == 1]
