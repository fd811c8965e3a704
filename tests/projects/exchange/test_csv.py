"""One table, every encoding and delimiter: the same cells (security.md §7.3, exam 46)."""

import csv as standard
from contextlib import suppress
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from projects.exchange import limits
from projects.exchange.parsers import csv
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Source
from tests.projects.exchange.files import csv_bytes

TABLE = [
    ["Nom du projet", "Budget (k€)", "Description"],
    ["Réseau d'été", "1 234,5", "deux\nlignes, avec « guillemets »"],
    ["Ligne 2", "12", 'un "mot"; une | barre'],
    ["Œuvre", "", "fin"],
]


def cells(source: Source) -> list[list[object]]:
    width = source.sheets[0].width
    return [[row.at(index) for index in range(width)] for row in source.sheets[0].rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16-le-bom", "utf-16-be-bom", "cp1252"])
def test_the_same_table_in_every_encoding_and_with_every_delimiter(encoding: str, delimiter: str) -> None:
    source = csv.parse(csv_bytes(TABLE, encoding=encoding, delimiter=delimiter))
    assert cells(source) == [[cell or None for cell in row] for row in TABLE]
    assert source.delimiter == delimiter


def test_windows_text_is_read_and_said_to_be_assumed() -> None:
    source = csv.parse(csv_bytes(TABLE, encoding="cp1252"))
    assert source.encoding == "cp1252"
    assert source.notices[0].code == "assumed_cp1252"
    assert "été" in source.notices[0].value


def test_an_undefined_byte_is_replaced_and_reported_where_it_stands() -> None:
    content = b"name,note\nA,ok\nB,caf\xe9 \x9d prison\n"
    source = csv.parse(content)
    assert source.sheets[0].rows[2].at(1) == "café \ufffd prison"
    notice = next(notice for notice in source.notices if notice.code == "undefined_byte")
    assert (notice.row, notice.column) == (3, "B")


def test_blank_lines_keep_the_numbers_of_the_rows_below() -> None:
    source = csv.parse(b"a,b\n\n1,2\n,\n3,4\n")
    assert [row.number for row in source.sheets[0].rows] == [1, 3, 5]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"a,b\n1,\x002\n", "nul_in_text"),
        (b"\xff\xfea\x00,\x00b", "damaged_text"),
        (b"a,b\n" + b"x" * (limits.MAX_CELL_CHARS + 1) + b",1\n", "cell_too_long"),
        (b'a,b\n"' + b"never closed\n" * 5000, "cell_too_long"),
        (b"a\n" + b"1\n" * (limits.MAX_ROWS + 1), "too_many_rows"),
        (",".join("x" for _ in range(limits.MAX_COLUMNS + 1)).encode(), "too_many_columns"),
    ],
)
def test_what_is_refused(content: bytes, code: str) -> None:
    with pytest.raises(RefusedFile) as refused:
        csv.parse(content)
    assert refused.value.code == code


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=2000))
def test_any_bytes_are_a_table_or_a_refusal(content: bytes) -> None:
    with suppress(RefusedFile):
        csv.parse(content)


TEXT = st.text(alphabet=st.characters(codec="cp1252", exclude_characters="\x00\r\n\ufeff"), max_size=20).map(str.strip)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(TEXT, min_size=3, max_size=3), min_size=2, max_size=8), st.sampled_from(csv.DELIMITERS))
def test_what_a_spreadsheet_writes_is_what_is_read(rows: list[list[str]], delimiter: str) -> None:
    rows = [["alpha", "beta", "gamma"], *rows]
    tables = []
    for encoding in ("utf-8", "utf-8-sig", "utf-16-le-bom", "cp1252"):
        content = csv_bytes(rows, encoding=encoding, delimiter=delimiter)
        if csv.decode(content)[0].lstrip("\ufeff") != next(_text(rows, delimiter)):
            continue  # a cp1252 text that is also valid UTF-8 is read as UTF-8
        if csv.find_delimiter(csv.decode(content)[0]) == delimiter:
            tables.append([[cell for cell in row.cells if cell] for row in csv.parse(content).sheets[0].rows])
    assert all(table == tables[0] for table in tables)


def _text(rows: list[list[str]], delimiter: str):
    out = StringIO(newline="")
    standard.writer(out, delimiter=delimiter).writerows(rows)
    yield out.getvalue()
