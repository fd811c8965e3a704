"""The same portfolio, however its table was written: the same projects, amounts and dates (security.md §11, exam 46)."""

import random
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from projects.exchange import limits, reading
from projects.exchange.parsers import csv
from projects.exchange.problems import RefusedFile
from projects.exchange.profiles import shipped
from tests.projects.exchange.dialects import ENCODINGS, Dialect, every, table
from tests.projects.exchange.files import TODAY

ROWS: list[list[Any]] = [
    ["Code", "Nom du projet", "Description", "Fin estimée", "Budget révisé", "Consommé", "Sponsor"],
    ["P1", "Réseau d'été, « cœur »", 'Deux\nlignes; une | barre, un "mot"', "31/12/2026", 1_234_567.5, 0.25, "Zoé"],
    ["P2", "Paie", None, "15/03/2027", 12.0, 1_000.0, None],
    ["P3", "Œuvre à 100 %", "tab\tici", None, 999_999.99, None, None],
    ["P4", "Ligne", "x", "01/02/2027", 1_500.75, 3.5, "Éric"],
]
EXPECTED = {
    "P1": (date(2026, 12, 31), Decimal("1234567.50"), Decimal("0.25"), "Zoé"),
    "P2": (date(2027, 3, 15), Decimal("12.00"), Decimal("1000.00"), None),
    "P3": (None, Decimal("999999.99"), None, None),
    "P4": (date(2027, 2, 1), Decimal("1500.75"), Decimal("3.50"), "Éric"),
}


def understood(dialect: Dialect) -> dict[str, Any]:
    """{code: (forecast end, budget, spent, sponsor)} and the names, as the importer reads the file."""
    source = csv.parse(dialect.write(ROWS))
    assert source.delimiter == dialect.delimiter
    read = reading.read(source, shipped()["generic"], today=TODAY, file_name="plan.csv")
    assert [problem for problem in read.problems if not problem.warning] == []
    names = [record.values["name"] for record in read.records.values()]
    assert names == [row[1] for row in ROWS[1:]]
    assert read.records["P1"].values["description"] == ROWS[1][2]
    return {
        ref: (
            record.values.get("forecast_end"),
            record.budget.get((None, "revised", "", "")),
            record.budget.get((None, "actual", "", "")),
            record.values.get("sponsor"),
        )
        for ref, record in read.records.items()
    }


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_dialect_says_the_same(encoding: str) -> None:
    wrong = [dialect for dialect in every() if dialect.encoding == encoding and understood(dialect) != EXPECTED]
    assert wrong == []


def same_in_every_encoding(chance: random.Random) -> None:
    """A random table in a random dialect: what comes out is what went in, whatever the encoding."""
    rows = table(chance)
    dialect = chance.choice(DIALECTS)
    written = [[cell or None for cell in row] for row in rows]
    for encoding in ENCODINGS:
        source = csv.parse(Dialect(encoding, dialect.delimiter, dialect.quoting, dialect.end).write(rows))
        read = source.sheets[0]
        assert (source.delimiter, source.encoding.removesuffix("-sig")) == (
            dialect.delimiter,
            "utf-16" if "16" in encoding else encoding.removesuffix("-sig"),
        )
        assert [[row.at(index) for index in range(len(rows[0]))] for row in read.rows] == written


DIALECTS = [dialect for dialect in every() if dialect.encoding == "utf-8"]


def test_random_tables_are_the_same_in_every_encoding() -> None:
    chance = random.Random(46)
    for _ in range(150):
        same_in_every_encoding(chance)


def hostile(chance: random.Random) -> bytes:
    """A table that something happened to: cut, NUL, a cell of a million letters, a quotation mark that never ends."""
    content = bytearray(chance.choice(DIALECTS).write(table(chance)))
    match chance.randrange(6):
        case 0:
            del content[chance.randrange(len(content)) :]
        case 1:
            content[chance.randrange(len(content))] = 0
        case 2:
            content += b"x" * 1_000_000
        case 3:
            content.insert(chance.randrange(len(content)), ord('"'))
        case 4:
            content[0:0] = chance.choice([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"\xff"])
        case _:
            for _ in range(5):
                content[chance.randrange(len(content))] = chance.randrange(256)
    return bytes(content)


def test_a_table_that_something_happened_to_is_a_table_or_a_refusal() -> None:
    chance = random.Random(47)
    for _ in range(200):
        with suppress(RefusedFile):
            csv.parse(hostile(chance))
    with pytest.raises(RefusedFile) as refused:
        csv.parse(b"a,b\n" + b"x" * 1_000_000 + b",1\n")
    assert refused.value.code == "cell_too_long"
    assert refused.value.params == {"row": 2, "column": "A", "limit": limits.MAX_CELL_CHARS}
