"""A parsed file, whatever its format: sheets of rows of plain cells that remember where they stood."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime

Cell = str | int | float | bool | date | datetime | None


def letter(index: int) -> str:
    """The spreadsheet letter of a column counted from 0: 0 → A, 26 → AA."""
    text = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        text = chr(65 + rest) + text
    return text


def is_empty(cell: Cell) -> bool:
    """True for None and for text of blanks only (no-break spaces included)."""
    return cell is None or (isinstance(cell, str) and not cell.strip("\u200b\ufeff \t\r\n\xa0\u202f"))


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `number` is the row the user sees in a spreadsheet, counted from 1."""

    number: int
    cells: tuple[Cell, ...]

    def at(self, index: int) -> Cell:
        """The cell of a column counted from 0; None past the end of a short row."""
        return self.cells[index] if 0 <= index < len(self.cells) else None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the reader must know about the file itself; `code` is a key of `messages.TEXTS`."""

    code: str
    sheet: str = ""
    row: int | None = None
    column: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows without the wholly empty ones. `flipped` means that rows and columns were exchanged after reading."""

    name: str
    rows: tuple[Row, ...]
    flipped: bool = False
    origins: tuple[int, ...] = ()  # when flipped: the original row number of each column
    uncomputed: tuple[str, ...] = ()  # the cells whose formula has no stored result, as A1

    @property
    def width(self) -> int:
        """The number of columns of the widest row."""
        return max((len(row.cells) for row in self.rows), default=0)

    def place(self, row: Row, index: int) -> tuple[int, str]:
        """(row number, column letter) of a cell as the user sees it in the file, flipped or not."""
        if self.flipped:
            return self.origins[index] if index < len(self.origins) else index + 1, letter(row.number - 1)
        return row.number, letter(index)

    def since(self, position: int) -> "Sheet":
        """The same sheet from the row at `position` on."""
        return replace(self, rows=self.rows[position:])


@dataclass(frozen=True, slots=True)
class Source:
    """A whole file as parsed by the child process."""

    format: str
    sheets: tuple[Sheet, ...]
    encoding: str = ""
    delimiter: str = ""
    notices: tuple[Notice, ...] = field(default=())
