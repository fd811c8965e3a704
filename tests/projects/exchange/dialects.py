"""One table in every way a spreadsheet may write it: encoding, delimiter, quoting, ends of lines, decimals, ragged rows."""

import csv
import random
from collections.abc import Iterator
from dataclasses import dataclass
from io import StringIO
from itertools import product
from typing import Any

ENCODINGS = ("utf-8", "utf-8-sig", "utf-16-le-bom", "utf-16-be-bom", "cp1252")
MARKS = {"utf-16-le-bom": b"\xff\xfe", "utf-16-be-bom": b"\xfe\xff"}


@dataclass(frozen=True, slots=True)
class Dialect:
    """`decimal` and `thousands` for numbers; `ragged`: "as is", "cut" (empty cells at the end of a row are not written) or
    "more" (each row ends with empty cells beyond the header)."""

    encoding: str = "utf-8"
    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    end: str = "\r\n"
    decimal: str = "."
    thousands: str = ""
    ragged: str = "as is"

    def number(self, value: float) -> str:
        """A number as this dialect writes it: 1 234,50 or 1,234.50."""
        whole, fraction = f"{value:,.2f}".split(".")
        return f"{whole.replace(',', self.thousands)}{self.decimal}{fraction}"

    def write(self, rows: list[list[Any]]) -> bytes:
        """The file."""
        out = StringIO(newline="")
        writer = csv.writer(out, delimiter=self.delimiter, quoting=self.quoting, lineterminator=self.end)
        for row in rows:
            cells = ["" if cell is None else self.number(cell) if isinstance(cell, float) else cell for cell in row]
            if self.ragged == "cut":
                while cells and not cells[-1]:
                    cells.pop()
            elif self.ragged == "more":
                cells += ["", ""]
            writer.writerow(cells)
        return MARKS.get(self.encoding, b"") + out.getvalue().encode(self.encoding.removesuffix("-bom"))


def every() -> Iterator[Dialect]:
    """All combinations that a file can have."""
    for encoding, delimiter, quoting, end, (decimal, thousands), ragged in product(
        ENCODINGS,
        (",", ";", "\t", "|"),
        (csv.QUOTE_MINIMAL, csv.QUOTE_ALL),
        ("\r\n", "\n", "\r"),
        ((".", ""), (".", ","), (",", ""), (",", "."), (",", " "), (",", "\xa0"), (",", "\u202f")),
        ("as is", "cut", "more"),
    ):
        if encoding == "cp1252" and thousands == "\u202f":  # Windows-1252 has no narrow no-break space
            continue
        if end == "\r" and quoting == csv.QUOTE_MINIMAL:  # Python's writer would leave a line feed in a cell bare
            continue
        yield Dialect(encoding, delimiter, quoting, end, decimal, thousands, ragged)


def table(chance: random.Random) -> list[list[str]]:
    """A header of words and rows of what may stand in cells: delimiters, quotes, line breaks, accents."""
    width = chance.randrange(2, 9)
    letters = "abc ,;|\t\"'\n=0123456789.éèêàç€œ«»-_/()"
    rows = [[f"colonne {number}" for number in range(width)]]
    for number in range(chance.randrange(6, 14)):
        cells = ["".join(chance.choice(letters) for _ in range(chance.randrange(12))).strip() for _ in range(width - 1)]
        rows.append([f"P{number}", *cells])
    return rows
