"""Traps in workbooks, made here: refused within two seconds, with the reason. The bombs proper: test_bombs.py."""

import os
import struct
import zipfile
from contextlib import suppress
from io import BytesIO

import pytest

from projects.exchange import limits, sandbox
from projects.exchange.parsers import xlsx
from projects.exchange.problems import RefusedFile
from tests.projects.exchange.files import xlsx_bytes

SMALL = {"Projects": [["Project name", "Budget"], ["A", 1]]}
SHEET = "xl/worksheets/sheet1.xml"
HEAD = '<?xml version="1.0"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
TAIL = "</sheetData></worksheet>"


def repacked(changes: dict[str, bytes | None], *, more: int = 0) -> bytes:
    """A good workbook with parts replaced, added or (None) removed."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(xlsx_bytes(SMALL))) as good, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            if name not in changes:
                bad.writestr(name, good.read(name))
        for name, content in changes.items():
            if content is not None:
                bad.writestr(name, content)
        for index in range(more):
            bad.writestr(f"xl/media/{index}.txt", b"x")
    return out.getvalue()


def overlapping() -> bytes:
    """Two directory entries that point at the same bytes (Fifield)."""
    content = bytearray(repacked({}))
    at, offsets = 0, []
    while (at := content.find(b"PK\x01\x02", at)) >= 0:
        offsets.append(at + 42)
        at += 4
    content[offsets[1] : offsets[1] + 4] = content[offsets[0] : offsets[0] + 4]
    return bytes(content)


def locked_by_excel() -> bytes:
    """A compound file with the streams of a workbook that has a password: its header, then a sector of its directory."""
    names = ("Root Entry", "EncryptionInfo", "EncryptedPackage")
    entries = b"".join(name.encode("utf-16-le").ljust(64, b"\0") + b"\0" * 64 for name in names)
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0") + entries


def encrypted() -> bytes:
    content = bytearray(repacked({}))
    at = content.find(b"PK\x01\x02")
    content[at + 8 : at + 10] = struct.pack("<H", struct.unpack("<H", content[at + 8 : at + 10])[0] | 1)
    return bytes(content)


def sheet(body: str) -> bytes:
    return repacked({SHEET: (HEAD + body + TAIL).encode()})


LAUGHS = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;">]><worksheet>&b;</worksheet>'
EXTERNAL = b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet>&a;</worksheet>'


@pytest.mark.parametrize(
    ("content", "code"),
    [
        pytest.param(lambda: repacked({SHEET: b" " * 50_000_000}), "ratio_too_high", id="ratio"),
        pytest.param(lambda: repacked({}, more=limits.MAX_ENTRIES), "too_many_entries", id="entries"),
        pytest.param(overlapping, "damaged_archive", id="overlapping"),
        pytest.param(encrypted, "encrypted_archive", id="encrypted"),
        pytest.param(lambda: repacked({"../../etc/passwd": b"x"}), "unsafe_entry_name", id="dot-dot"),
        pytest.param(lambda: repacked({"/etc/passwd": b"x"}), "unsafe_entry_name", id="absolute"),
        pytest.param(lambda: repacked({"xl/vbaProject.bin": b"x"}), "active_content", id="macros"),
        pytest.param(lambda: repacked({"xl/externalLinks/externalLink1.xml": b"<x/>"}), "active_content", id="links"),
        pytest.param(lambda: repacked({"xl/embeddings/oleObject1.bin": b"x"}), "active_content", id="embedded"),
        pytest.param(lambda: repacked({"[Content_Types].xml": None}), "not_a_workbook", id="no-types"),
        pytest.param(lambda: repacked({SHEET: LAUGHS}), "xml_dtd", id="laughs"),
        pytest.param(lambda: repacked({SHEET: EXTERNAL}), "xml_dtd", id="external-entity"),
        pytest.param(lambda: repacked({"xl/styles.xml": LAUGHS}), "xml_dtd", id="laughs-in-styles"),
        pytest.param(lambda: sheet("<row>" * 200 + "</row>" * 200), "xml_too_deep", id="deep"),
        pytest.param(lambda: sheet('<row r="1"><c r="XFD1"><v>1</v></c></row>'), "too_many_columns", id="xfd"),
        pytest.param(
            lambda: sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'), "too_many_rows", id="last-row"
        ),
        pytest.param(lambda: b"\xd0\xcf\x11\xe0" + b"\0" * 600, "old_excel", id="xls"),
        pytest.param(locked_by_excel, "encrypted_archive", id="password"),
        pytest.param(lambda: xlsx_bytes(SMALL)[:-60], "damaged_archive", id="cut"),
        pytest.param(lambda: b"PK\x03\x04 and nothing else", "damaged_archive", id="no-archive"),
        pytest.param(lambda: b"x" * (limits.MAX_FILE_BYTES + 1), "file_too_large", id="large"),
        pytest.param(lambda: b"", "empty_file", id="empty"),
    ],
)
def test_a_trap_is_refused_quickly_with_its_reason(content, code: str) -> None:
    trap = content()
    before = work()
    with pytest.raises(RefusedFile) as refused:
        sandbox.parse(trap, "plan.xlsx")
    assert refused.value.code == code
    assert work() - before < 2


def work() -> float:
    """Seconds of the processor spent here and by the children that ended: a busy machine adds none."""
    return sum(os.times()[:4])


def test_the_parent_survives_a_child_that_dies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "CHILD_WALL_SECONDS", 0.01)
    with pytest.raises(RefusedFile) as refused:
        sandbox.parse(xlsx_bytes(SMALL), "plan.xlsx")
    assert refused.value.code == "reader_died"


def test_a_formula_without_its_result_is_reported() -> None:
    content = xlsx_bytes({"Projects": [["Project name", "Budget"], ["A", "=1+1"]]})
    notices = sandbox.parse(content, "plan.xlsx").notices
    assert [(notice.code, notice.value) for notice in notices] == [("formula_without_value", "B2")]


def test_damaged_workbooks_are_a_table_or_a_refusal() -> None:
    """Every 37th byte of a good workbook, changed one at a time."""
    good = xlsx_bytes(SMALL)
    for at in range(0, len(good), 37):
        bad = bytearray(good)
        bad[at] ^= 0xFF
        with suppress(RefusedFile):
            xlsx.parse(bytes(bad))
