"""Finding the table in a sheet: the header row, sheets whose projects run across the columns, and the joins of a graph."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from projects.exchange import headings
from projects.exchange.columns import folded_headers, header_text
from projects.exchange.parsers.graph import RELATIONS
from projects.exchange.profiles import Link, SheetRule
from projects.exchange.table import Cell, Row, Sheet, Source, is_empty
from projects.exchange.values import text_value
from projects.exchange.words import fold

HEADER_WITHIN = 30
FIELDS_WITHIN = (
    200  # fields written down the side are among the first rows; recognising every row of a long table costs seconds
)
_LONGEST_HEADER = 250
_CORNER = "–"
_CODE = re.compile(r"(?=\S*\d)[^\W_][\w./-]{1,39}")  # one word with a figure in it

Recognise = Callable[[str], str]  # header text → the target it means, "" for none


def _hits(cells: Sequence[Cell], recognise: Recognise) -> int:
    """How many different targets the cells name: prose that happens to start like one header counts once."""
    texts = {header_text(cell) for cell in cells if not is_empty(cell)}
    return len({recognise(text) for text in texts if len(text) <= _LONGEST_HEADER} - {""})


def upright(sheet: Sheet, recognise: Recognise) -> Sheet:
    """The sheet with one record per row, its header first: flipped when its first column names the fields, notes above dropped.

    The header is the row (or column) among the first 30 (3) with the most recognised texts; without any, the first row that
    is as wide as the sheet usually is.
    """
    rows = sheet.rows[:HEADER_WITHIN]
    if not rows:
        return sheet
    by_row = [_hits(row.cells, recognise) for row in rows]
    best_row = max(range(len(rows)), key=lambda position: (by_row[position], -position))
    first_columns = [[row.at(index) for row in sheet.rows[:FIELDS_WITHIN]] for index in range(min(3, sheet.width))]
    by_column = [_hits(column, recognise) for column in first_columns]
    best_column = max(range(len(by_column)), key=lambda index: (by_column[index], -index))
    if by_column[best_column] > max(by_row[best_row], 1):
        return _with_corner(flip(_labelled(sheet, best_column), best_column), recognise)
    if not by_row[best_row]:
        widths = sorted(sum(not is_empty(cell) for cell in row.cells) for row in sheet.rows)
        usual = widths[len(widths) // 2]
        best_row = next(
            i for i, row in enumerate(rows) if sum(not is_empty(c) for c in row.cells) >= min(usual, widths[-1])
        )
    return headings.one_line(sheet, best_row, recognise)


def flip(sheet: Sheet, header_column: int) -> Sheet:
    """Exchange rows and columns from the header column on; rows without a label there (notes) are dropped."""
    kept = [row for row in sheet.rows if not is_empty(row.at(header_column))]
    flipped = []
    for index in range(header_column, sheet.width):
        cells = tuple(row.at(index) for row in kept)
        if any(not is_empty(cell) for cell in cells):
            flipped.append(Row(index + 1, cells))
    return Sheet(sheet.name, tuple(flipped), flipped=True, origins=tuple(row.number for row in kept))


def _labelled(sheet: Sheet, column: int) -> Sheet:
    """The sheet with a label for its first row where only the corner is blank, as above the names of the projects."""
    first = sheet.rows[0]
    if not is_empty(first.at(column)) or sum(isinstance(cell, str) for cell in first.cells[column + 1 :]) < 2:
        return sheet
    cells = (*first.cells[:column], _CORNER, *first.cells[column + 1 :])
    return replace(sheet, rows=(Row(first.number, cells), *sheet.rows[1:]))


def _with_corner(sheet: Sheet, recognise: Recognise) -> Sheet:
    """A flipped sheet whose corner ("Fiche", "Rubrique", nothing) heads what tells projects apart: codes, else names."""
    header = sheet.rows[0].cells
    known = {recognise(header_text(cell)) for cell in header if not is_empty(cell)}
    told = [row.at(0) for row in sheet.rows[1:]]
    texts = [cell.strip() for cell in told if isinstance(cell, str)]
    alike = not texts or len(texts) < len(told) or len(set(texts)) < len(texts)
    if recognise(header_text(header[0])) or alike:
        return sheet
    codes = all(_CODE.fullmatch(text) for text in texts)
    name = "Code" if codes and not known & {"project.code", "project.ref"} else "Nom"
    target = recognise(name)
    if not target or target in known:
        return sheet
    return replace(sheet, rows=(Row(sheet.rows[0].number, (name, *header[1:])), *sheet.rows[1:]))


def choose(source: Source, rules: Sequence[SheetRule]) -> list[tuple[Sheet, SheetRule]]:
    """Which sheet is read by which rule: by name, each sheet once; a file of one nameless sheet goes to the first rule.

    When no sheet bears a project rule's name, the first sheet that no other rule claims is the projects'.
    """
    chosen: list[tuple[Sheet, SheetRule]] = []
    left = [sheet for sheet in source.sheets if sheet.rows and sheet.name != RELATIONS]
    for rule in rules:
        if rule.name is None:
            continue
        for sheet in [sheet for sheet in left if rule.name.search(fold(sheet.name))]:
            chosen.append((sheet, rule))
            left.remove(sheet)
    if not any(rule.entity == "project" for _sheet, rule in chosen) and left:
        nameless = next((rule for rule in rules if rule.entity == "project"), None)
        if nameless and (nameless.name is None or nameless.automatic):
            chosen.insert(0, (left[0], nameless))
    return [(_joined(sheet, rule.links, source), rule) for sheet, rule in chosen]


def _joined(sheet: Sheet, links: Sequence[Link], source: Source) -> Sheet:
    """The sheet of a graph with the columns of its related sheets beside its own."""
    if not links:
        return sheet
    by_name = {other.name: other for other in source.sheets}
    relations = by_name.get(RELATIONS)
    for link in links:
        other = by_name.get(link.sheet)
        if relations is None or other is None:
            continue
        sheet = _join(sheet, link, relations, other)
    return sheet


def _join(sheet: Sheet, link: Link, relations: Sheet, other: Sheet) -> Sheet:
    header = sheet.rows[0].cells
    other_header = [text_value(cell) for cell in other.rows[0].cells]
    node_id = folded_headers(other.rows[0].cells).index("id")
    others = {row.at(node_id): row for row in other.rows[1:]}
    related = {
        (row.at(0) if link.outgoing else row.at(2)): others.get(row.at(2) if link.outgoing else row.at(0))
        for row in relations.rows[1:]
        if row.at(1) == link.relation
    }
    own_id = folded_headers(header).index("id")
    taken = [other_header.index(name) for name in link.take if name in other_header]
    rows = [Row(sheet.rows[0].number, (*header, *link.take.values()))]
    for row in sheet.rows[1:]:
        match = related.get(row.at(own_id))
        padded = (*row.cells, *([None] * (len(header) - len(row.cells))))
        rows.append(Row(row.number, (*padded, *(match.at(index) if match else None for index in taken))))
    return replace(sheet, rows=tuple(rows))
