"""What a sheet holds and an import does not take: no column is left out without a remark. Pure."""

from collections.abc import Iterator

from projects.exchange.problems import shorten
from projects.exchange.rows import SheetReader
from projects.exchange.table import is_empty

_SHOWN = 8


def report(reader: SheetReader) -> None:
    """Say which columns with cells go nowhere: those whose header stands there twice one by one, the others in one remark."""
    headers = reader.mapped.headers
    first: dict[str, int] = {}
    for index, header in enumerate(headers):
        if header:
            first.setdefault(" ".join(header.split()).casefold(), index)
    others = []
    for index in _left_out(reader):
        header = headers[index] if index < len(headers) else ""
        before = first.get(" ".join(header.split()).casefold(), index)
        if before < index:
            cell = reader.place(reader.sheet.rows[0], before).cell
            reader.problem("header_twice", reader.sheet.rows[0], index, header, warning=True, first=cell)
        else:
            others.append(index)
    if others:
        names = [shorten(reader.header(index)) for index in others[:_SHOWN]]
        names += ["…"] if len(others) > _SHOWN else []
        reader.problem(
            "columns_left_out",
            reader.sheet.rows[0],
            others[0],
            warning=True,
            count=len(others),
            names=" · ".join(names),
        )


def _left_out(reader: SheetReader) -> Iterator[int]:
    """The columns with something in them that feed no field, that the profile uses for nothing else, and that nobody left out."""
    used = {index for column in reader.columns for index in column.binding.columns} | reader.derived_columns
    rows = reader.sheet.rows
    for index in range(reader.sheet.width):
        folded = reader.mapped.folded[index] if index < len(reader.mapped.folded) else ""
        dated = any(pattern.search(folded) for pattern in reader.profile.dated.column) if folded else False
        if index in used or dated or folded in reader.profile.columns:
            continue
        if any(not is_empty(row.at(index)) for row in rows[1:]):
            yield index
