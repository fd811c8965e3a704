"""The rows an import left out, as a file with the same columns and what is wrong with each, to correct and import again."""

from collections import defaultdict
from collections.abc import Iterable, Set

from django.utils.translation import gettext as _

from pmo_portal.core.cells import from_cell
from projects.exchange import messages, shape, workbooks
from projects.exchange.problems import Problem
from projects.exchange.table import Sheet, Source


def as_file(source: Source, skipped: Set[tuple[str, int]], problems: Iterable[Problem]) -> bytes:
    """CSV for a CSV file, XLSX for anything else. Of a sheet whose projects run across, the projects come back as rows."""
    reasons: dict[tuple[str, int], list[str]] = defaultdict(list)
    for problem in problems:
        place = f"{problem.column}: " if problem.column else ""
        reasons[problem.sheet, problem.record_row or 0].append(f"{place}{messages.text(problem)}")
    sheets = [(sheet.name, _rows(sheet, skipped, reasons)) for sheet in source.sheets]
    filled = [(name, rows) for name, rows in sheets if len(rows) > 1]
    if source.format == "csv":
        return workbooks.csv_file(filled[0][1] if filled else [], source.delimiter or ";")
    return workbooks.xlsx(filled or [("1", [])])


def _rows(sheet: Sheet, skipped: Set[tuple[str, int]], reasons: dict[tuple[str, int], list[str]]) -> list[list[object]]:
    """The header as it was, a column for the problem, and the rows left out: texts as they were meant, armed again on writing."""
    numbers = {number for name, number in skipped if name == sheet.name}
    if not numbers or not sheet.rows:
        return []
    table = (
        sheet
        if any(row.number in numbers for row in sheet.rows[1:]) and not _across(sheet, numbers)
        else shape.flip(sheet, 0)
    )
    rows: list[list[object]] = [[*table.rows[0].cells, _("Problem")]]
    width = len(table.rows[0].cells)
    for row in table.rows[1:]:
        if row.number in numbers:
            meant = [from_cell(cell) if isinstance(cell, str) else cell for cell in row.cells]
            cells = [*meant, *([None] * (width - len(row.cells)))]
            rows.append([*cells, " · ".join(reasons[sheet.name, row.number])])
    return rows


def _across(sheet: Sheet, numbers: Set[int]) -> bool:
    """Whether the numbers are columns: they reach beyond the last row of the sheet."""
    return max(numbers) > sheet.rows[-1].number
