"""What is wrong with a file or a cell, as data: the words are chosen later, in the reader's language (`messages`)."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

SHOWN_CHARS = 60


def shorten(value: Any) -> str:
    """A value as short text for a report: one line, at most 60 characters."""
    text = " ".join(str(value).split())
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"


class RefusedFile(Exception):
    """The file is not read at all. `code` is a key of `messages.TEXTS`; `params` fill its text."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


@dataclass(frozen=True, slots=True)
class Problem:
    """One finding at one place. Warnings inform; errors keep their row from being written."""

    code: str
    row: int | None = None
    column: str = ""  # the header as written in the file, else the column letter
    value: str = ""
    sheet: str = ""
    cell: str = ""  # A1 reference in the file
    params: dict[str, Any] = field(default_factory=dict)
    warning: bool = False
    record_row: int | None = None  # the row of the record it belongs to, where that differs (transposed sheets)


class Place(NamedTuple):
    """Where a cell stands as its reader sees it: row, header of its column, A1 reference."""

    row: int
    column: str
    cell: str


def bad_rows(problems: Iterable[Problem]) -> set[tuple[str, int]]:
    """(sheet, row) of every row with an error, for reading again without them."""
    return {
        (problem.sheet, problem.record_row)
        for problem in problems
        if not problem.warning and problem.record_row is not None
    }
