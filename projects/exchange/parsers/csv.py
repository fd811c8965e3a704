"""CSV → one sheet: encoding by its byte order mark or by strict trial, delimiter by consistency over 50 records."""

import codecs
import csv
from collections import Counter
from io import StringIO
from itertools import islice

from projects.exchange import limits
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Notice, Row, Sheet, Source, letter

DELIMITERS = (",", ";", "\t", "|")
SAMPLE_RECORDS = 50
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(content: bytes) -> tuple[str, str]:
    """(text, encoding). Bytes that cp1252 leaves undefined become U+FFFD. Raises RefusedFile on NUL and cut UTF-16."""
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            try:
                text = content.decode(encoding)
            except UnicodeDecodeError as error:
                raise RefusedFile("damaged_text", encoding=encoding.upper()) from error
            break
    else:
        try:
            text, encoding = content.decode("utf-8"), "utf-8"
        except UnicodeDecodeError:
            text, encoding = content.decode("cp1252", errors="replace"), "cp1252"
    if "\x00" in text:
        raise RefusedFile("nul_in_text")
    return text, encoding


def find_delimiter(text: str) -> str:
    """The delimiter that cuts the first 50 records most evenly into most columns; a comma when none does.

    Rows may end early, since some programs do not write empty cells at the end; decimal and thousands commas cut more
    rows alike than such a file's own delimiter does, but not the header, and into fewer columns.
    """
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        widths = Counter(len(record) for record in _records(text, delimiter, SAMPLE_RECORDS) if record)
        usual = max((width for width in widths if width > 1), key=lambda width: (widths[width], width), default=1)
        even = sum(count * _evenness(width, usual) for width, count in widths.items())
        score = even / max(widths.total(), 1) * (1 - 1 / usual)
        if score > best_score:
            best, best_score = delimiter, score
    return best


def _evenness(width: int, usual: int) -> float:
    if width in (1, usual):
        return float(width > 1)
    return 0.9 if width < usual else 0.5


def _records(text: str, delimiter: str, most: int | None = None) -> list[list[str]]:
    """The records of `text`; a quoted field may hold newlines and delimiters."""
    csv.field_size_limit(limits.MAX_FILE_BYTES)  # the module's own limit is for all who use it, so it is never lowered
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter)
    try:
        return list(islice(reader, most))
    except csv.Error as error:
        raise RefusedFile("damaged_text", encoding="CSV") from error


def parse(content: bytes) -> Source:
    """The table of a CSV file. Raises RefusedFile."""
    text, encoding = decode(content)
    delimiter = find_delimiter(text)
    rows: list[Row] = []
    notices: list[Notice] = []
    cells = 0
    for number, record in enumerate(_records(text, delimiter, limits.MAX_ROWS + 2), start=1):
        while record and not record[-1].strip():
            record.pop()
        if not record:
            continue
        cells += len(record)
        _check_record(number, record, cells)
        rows.append(Row(number, tuple(value if value.strip() else None for value in record)))
        notices.extend(
            Notice("undefined_byte", row=number, column=letter(index), value=_around(value))
            for index, value in enumerate(record)
            if encoding == "cp1252" and "\ufffd" in value
        )
    if encoding == "cp1252":
        notices.insert(0, Notice("assumed_cp1252", value=_sample(rows)))
    return Source("csv", (Sheet("", tuple(rows)),), encoding=encoding, delimiter=delimiter, notices=tuple(notices))


def _check_record(number: int, record: list[str], cells: int) -> None:
    if number > limits.MAX_ROWS + 1:
        raise RefusedFile("too_many_rows", limit=limits.MAX_ROWS)
    if len(record) > limits.MAX_COLUMNS:
        raise RefusedFile("too_many_columns", limit=limits.MAX_COLUMNS)
    if cells > limits.MAX_CELLS:
        raise RefusedFile("too_many_cells", limit=limits.MAX_CELLS)
    for index, value in enumerate(record):
        if len(value) > limits.MAX_CELL_CHARS:
            raise RefusedFile("cell_too_long", row=number, column=letter(index), limit=limits.MAX_CELL_CHARS)


def _around(value: str) -> str:
    at = value.index("\ufffd")
    return value[max(0, at - 20) : at + 20]


def _sample(rows: list[Row]) -> str:
    """The first words with an accent or another non-ASCII letter, for the user to see whether they read well."""
    words: list[str] = []
    for row in rows[:2000]:
        for cell in row.cells:
            if isinstance(cell, str) and not cell.isascii():
                words.extend(word for word in cell.split() if not word.isascii() and word not in words)
        if len(words) >= 5:
            break
    return " · ".join(words[:5])
