"""Workbooks made to exhaust or to spy, measured from outside (security.md §11, exams 43 and 44).

Each goes through the importer's own door in a process of its own, so that the peak memory is that of its reader alone.
Refused within two seconds of processor time and 256 MB; the next file is read as if nothing had been.
"""

import json
import random
import socket
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import psutil
import pytest

from projects.exchange import child, sandbox
from projects.exchange.problems import RefusedFile
from tests.core.processes import eventually
from tests.projects.exchange.files import xlsx_bytes

BASE_DIR = Path(__file__).resolve().parents[3]
BOOK = {"Projects": [["Project name", "Budget"], ["A", 1]]}
SHEET, WORKBOOK, STYLES = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"
STRINGS, TYPES, RELATIONS = "xl/sharedStrings.xml", "[Content_Types].xml", "xl/_rels/workbook.xml.rels"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
MEASURED = """
import json, resource, sys
from projects.exchange import sandbox
from projects.exchange.problems import RefusedFile
content = sys.stdin.buffer.read()
try:
    source, code = sandbox.parse(content, "plan.xlsx"), "read"
    rows = [row.cells for sheet in source.sheets for row in sheet.rows]
except RefusedFile as refused:
    code, rows = refused.code, []
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([code, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, rows[:5]]))
"""
chance = random.Random(43)


def measured(content: bytes) -> tuple[str, float, float, Any]:
    """(refusal or "read", seconds of processor time, peak MB of the child, first rows)"""
    done = subprocess.run(
        [sys.executable, "-c", MEASURED], input=content, capture_output=True, cwd=BASE_DIR, timeout=120
    )
    assert done.returncode == 0, done.stderr.decode()
    code, seconds, megabytes, rows = json.loads(done.stdout)
    return code, seconds, megabytes, rows


def packed(changes: dict[str, Callable[[str], str] | bytes], more: dict[str, bytes] | None = None) -> bytes:
    """A good workbook with parts changed or added."""
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(xlsx_bytes(BOOK))) as good,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bad,
    ):
        for name in good.namelist():
            change = changes.get(name)
            content = good.read(name)
            if change is not None:
                content = change if isinstance(change, bytes) else change(content.decode()).encode()
            bad.writestr(name, content)
        for name, content in (more or {}).items():
            bad.writestr(name, content)
    return out.getvalue()


def before(mark: str, pieces: Iterator[str]) -> Callable[[str], str]:
    return lambda text: text.replace(mark, "".join(pieces) + mark, 1)


def sheet(body: str) -> bytes:
    return packed({SHEET: f"<worksheet {NAMESPACE}><sheetData>{body}</sheetData></worksheet>".encode()})


def number() -> int:
    return chance.randrange(10**6)  # parts that differ, so that no ratio gives the bomb away


def blanks(count: int, **more: bytes) -> bytes:
    """A sheet of so many blanks, never held in memory here."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as bad:
        for name, content in more.items():
            bad.writestr(name, content)
        with bad.open(SHEET, "w", force_zip64=True) as part:
            for _ in range(count // 1_000_000):
                part.write(b" " * 1_000_000)
    return out.getvalue()


def lying(offset: int) -> bytes:
    """A part of 60 MB whose directory entry claims 1,000 bytes, in the field at this offset of it."""
    content = bytearray(packed({SHEET: lambda text: text.replace("<sheetData>", f"{' ' * 60_000_000}<sheetData>")}))
    at = content.rindex(b"PK\x01\x02", 0, content.rindex(SHEET.encode()))
    content[at + offset : at + offset + 4] = (1_000).to_bytes(4, "little")
    return bytes(content)


def zipped(content: bytes, times: int) -> bytes:
    for _ in range(times):
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for copy in range(4):
                archive.writestr(f"{copy}.zip", content)
        content = out.getvalue()
    return content


def attributes(count: int) -> str:
    return " ".join(f'a{n}="{number()}"' for n in range(count))


BOMBS: dict[str, tuple[Callable[[], bytes], str]] = {
    "512 MB sheet": (lambda: blanks(512_000_000), "too_large_unpacked"),
    "200 MB sheet": (lambda: blanks(200_000_000), "ratio_too_high"),
    "lies about the unpacked size": (lambda: lying(24), "damaged_archive"),
    "lies about the packed size": (lambda: lying(20), "ratio_too_high"),
    "zip in zip in zip": (lambda: zipped(b"\0" * 50_000_000, 3), "not_a_workbook"),
    "huge style sheet": (
        lambda: packed({STYLES: before("</cellXfs>", (f'<xf numFmtId="{number()}"/>' for _ in range(250_000)))}),
        "part_too_large",
    ),
    "endless style sheet": (
        lambda: packed({STYLES: before("</cellXfs>", (f'<xf numFmtId="{number()}"/>' for _ in range(500_000)))}),
        "part_too_large",
    ),
    "names": (
        lambda: packed({WORKBOOK: before("<definedNames", (f'<x a="{number()}"/>' for _ in range(250_000)))}),
        "part_too_large",
    ),
    "relations": (
        lambda: packed({RELATIONS: before("</Rel", (f'<Relationship Id="{number()}"/>' for _ in range(200_000)))}),
        "part_too_large",
    ),
    "types": (
        lambda: packed({TYPES: before("</Types>", (f'<Override PartName="/{number()}"/>' for _ in range(200_000)))}),
        "part_too_large",
    ),
    "10,000 sheets of one part": (
        lambda: packed(
            {
                WORKBOOK: before(
                    "</sheets>", (f'<sheet name="{n}" sheetId="{n}" r:id="rId1"/>' for n in range(2, 10_002))
                )
            }
        ),
        "part_too_large",
    ),
    "2 million shared texts": (
        lambda: packed(
            {},
            {
                STRINGS: f"<sst {NAMESPACE}>{''.join(f'<si><t>{number()}</t></si>' for _ in range(1_010_000))}</sst>".encode()
            },
        ),
        "part_too_large",
    ),
    "one text in a million pieces": (
        lambda: sheet(
            f'<row><c t="inlineStr"><is>{"".join(f"<r><t>{number()}</t></r>" for _ in range(500_000))}</is></c></row>'
        ),
        "part_too_large",
    ),
    "one row of a million cells": (
        lambda: sheet(f"<row>{''.join(f'<c><v>{number()}</v></c>' for _ in range(500_000))}</row>"),
        "too_many_columns",
    ),
    "a last column in every row": (
        lambda: sheet("".join(f'<row r="{n}"><c r="GR{n}"><v>{number()}</v></c></row>' for n in range(1, 30_000))),
        "too_many_cells",
    ),
    "a last cell of all": (lambda: sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'), "too_many_rows"),
    "elements that mean nothing": (
        lambda: sheet("".join(f'<x a="{number()}"/>' for _ in range(1_000_000))),
        "part_too_large",
    ),
    "a million attributes": (
        lambda: packed({SHEET: f"<worksheet {attributes(1_000_000)}/>".encode()}),
        "part_too_large",
    ),
    "200,000 levels": (lambda: sheet("".join(f"<a{number()}>" for _ in range(200_000))), "xml_too_deep"),
    "a text of 20 million letters": (
        lambda: sheet(f'<row><c t="inlineStr"><is><t>{chance.randbytes(10_000_000).hex()}</t></is></c></row>'),
        "cell_too_long",
    ),
}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_is_refused_in_two_seconds_and_256_megabytes(name: str) -> None:
    build, expected = BOMBS[name]
    code, seconds, megabytes, _rows = measured(build())
    assert code == expected
    assert seconds < 2
    assert megabytes < 256


def test_nested_archives_are_never_opened_and_a_lying_dimension_is_not_believed() -> None:
    """Pictures and other parts may be anything: they are not read. What a sheet says of its own size is not either."""
    inner = zipped(b"\0" * 50_000_000, 3)
    code, seconds, megabytes, rows = measured(packed({}, {"xl/media/image1.zip": inner}))
    assert (code, rows) == ("read", [["Project name", "Budget"], ["A", 1]])
    assert seconds < 2
    assert megabytes < 64
    code, *_rest, rows = measured(packed({SHEET: lambda text: text.replace('ref="A1:B2"', 'ref="A1:XFD1048576"')}))
    assert (code, rows) == ("read", [["Project name", "Budget"], ["A", 1]])


def test_a_reader_that_is_killed_is_an_answer_and_the_next_file_is_read() -> None:
    """As the kernel does when memory runs out: kill -9 of the child in the middle of a large file."""
    large = xlsx_bytes({"Projects": [["Project name", *range(50)], *([f"P{n}", *range(50)] for n in range(2000))]})
    answers: list[str] = []

    def read() -> None:
        with pytest.raises(RefusedFile) as refused:
            sandbox.parse(large, "plan.xlsx")
        answers.append(refused.value.code)

    reading = threading.Thread(target=read)
    reading.start()
    assert eventually(lambda: bool(children()), 10)
    children()[0].kill()
    reading.join(30)
    assert answers == ["reader_died"]
    assert len(sandbox.parse(large, "plan.xlsx").sheets[0].rows) == 2001
    assert not children()


def children() -> list[psutil.Process]:
    """The readers that this process has started."""
    return [child for child in psutil.Process().children() if "projects.exchange.child" in child.cmdline()]


@pytest.mark.parametrize(
    ("attempt", "stopped_by"),
    [
        ("bytearray(1100 * 1024 * 1024)", "MemoryError"),
        ("os.write(os.memfd_create('x'), b'x')", "File too large"),
        ("sum(range(1000))", ""),
    ],
)
def test_the_reader_is_confined(attempt: str, stopped_by: str) -> None:
    script = f"from projects.exchange import child; import os; child.confine(); {attempt}"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, cwd=BASE_DIR, text=True, timeout=60)
    assert stopped_by in done.stderr
    assert (done.returncode != 0) == bool(stopped_by)


def test_the_reader_knows_neither_the_database_nor_the_secrets() -> None:
    script = "import sys; from projects.exchange import child; sys.exit('django' in sys.modules or 'psycopg2' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], cwd=BASE_DIR, timeout=60).returncode == 0
    large = xlsx_bytes({"Projects": [["Project name", *range(50)], *([f"P{n}", *range(50)] for n in range(2000))]})
    reading = threading.Thread(target=sandbox.parse, args=(large, "plan.xlsx"))
    reading.start()
    assert eventually(lambda: bool(children()), 10)
    assert set(children()[0].environ()) <= {"LANG", "PATH", "OMP_NUM_THREADS", "LC_CTYPE"}
    reading.join(30)


@pytest.fixture
def trap() -> Iterator[socket.socket]:
    """A server that nobody may call."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.02)  # who called has called by then
        yield server


def evil_parts(address: str) -> dict[str, str]:
    """XML that expands, fetches or includes, by the name of the trick. The secret stands in a file and on a server."""
    root = (
        f"<worksheet {NAMESPACE}><sheetData><row><c t='inlineStr'><is><t>%s</t></is></c></row></sheetData></worksheet>"
    )
    quadratic = f'<!DOCTYPE x [<!ENTITY a "{"x" * 60_000}">]>' + root % ("&a;" * 5_000)
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
    utf16 = f'<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE x [<!ENTITY a "boo">]>{root % "&a;"}'
    return {
        "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{laughs}]>' + root % "&l11;",
        "quadratic": quadratic,
        "entity in an attribute": f'<!DOCTYPE x [<!ENTITY a "boo">]><worksheet {NAMESPACE} a="&a;"/>',
        "file": '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>' + root % "&a;",
        "http": f'<!DOCTYPE x [<!ENTITY a SYSTEM "http://{address}/">]>' + root % "&a;",
        "parameter": f'<!DOCTYPE x [<!ENTITY % p SYSTEM "http://{address}/p"> %p;]>' + root.replace("%s", "1"),
        "public": f'<!DOCTYPE x PUBLIC "-//x//EN" "http://{address}/x.dtd">' + root.replace("%s", "1"),
        "dtd without entities": "<!DOCTYPE worksheet>" + root % "1",
        "utf-16": utf16,
        "utf-7": '<?xml version="1.0" encoding="UTF-7"?>+ADwAIQ-DOCTYPE x [+ADwAIQ-ENTITY a "boo"+AD4AXQA+-'
        + root % "1",
        "undeclared": root % "&a;",
    }


@pytest.mark.parametrize("part", [SHEET, WORKBOOK, STYLES, STRINGS, TYPES, RELATIONS, "docProps/core.xml"])
@pytest.mark.parametrize("trick", list(evil_parts("")))
def test_xml_that_expands_or_fetches_is_refused_in_every_part(trick: str, part: str, trap: socket.socket) -> None:
    host, port = trap.getsockname()
    text = evil_parts(f"{host}:{port}")[trick]
    content = text.encode("utf-16" if trick == "utf-16" else "utf-8")
    bad = packed({part: content}) if part != STRINGS else packed({}, {STRINGS: content})
    begun = time.process_time()
    with pytest.raises(RefusedFile) as refused:
        child.read(bad, "plan.xlsx")  # what the child does, here, so that a hundred traps take seconds
    assert refused.value.code == ("damaged_archive" if trick in ("utf-7", "undeclared") else "xml_dtd")
    assert "root:" not in str(refused.value.params)
    assert time.process_time() - begun < 2
    with pytest.raises(TimeoutError):
        trap.accept()


def test_nothing_is_included(trap: socket.socket) -> None:
    """XInclude is an element like any other: what it points to is neither fetched nor read."""
    host, port = trap.getsockname()
    include = '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" parse="text" href="{}"/>'
    cells = "".join(
        f'<row r="{row}"><c r="A{row}" t="inlineStr"><is><t>a{include.format(target)}b</t></is></c></row>'
        for row, target in enumerate(("file:///etc/passwd", f"http://{host}:{port}/", "../../../etc/passwd"), start=1)
    )
    _code, seconds, _megabytes, rows = measured(sheet(cells))
    assert "root" not in json.dumps(rows)
    assert seconds < 2
    with pytest.raises(TimeoutError):
        trap.accept()
