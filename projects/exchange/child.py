"""The child process that reads a foreign file: bytes on standard input, JSON lines on standard output.

It limits itself before it reads a byte, writes no file and has no network where the kernel allows that. It imports no
Django: whatever a hostile file does to it, the parent holds the database and the secrets.
"""

import ctypes
import json
import resource
import sys
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from projects.exchange import limits
from projects.exchange.number_formats import FormattedNumber
from projects.exchange.parsers import csv, graph, ics, xlsx
from projects.exchange.parsers.archive import OLE_MAGIC, ZIP_MAGIC
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Cell, Source

_NEW_USER_AND_NETWORK = 0x10000000 | 0x40000000


def confine() -> None:
    """Cap memory, processor time and written files; leave the network when the kernel lets us."""
    resource.setrlimit(resource.RLIMIT_AS, (limits.CHILD_MEMORY_BYTES, limits.CHILD_MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.CHILD_CPU_SECONDS, limits.CHILD_CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    ctypes.CDLL(None).unshare(_NEW_USER_AND_NETWORK)  # refused on many kernels, and then the limits above remain


def read(content: bytes, name: str) -> Source:
    """Choose the parser by the first bytes, then by the name. Raises RefusedFile."""
    if not content.strip():
        raise RefusedFile("empty_file")
    if len(content) > limits.MAX_FILE_BYTES:
        raise RefusedFile("file_too_large", limit=limits.MAX_FILE_BYTES // 1024 // 1024)
    lowered = name.lower()
    if content[:4] in (OLE_MAGIC, ZIP_MAGIC) or lowered.endswith((".xlsx", ".xlsm", ".xls")):
        return xlsx.parse(content)
    if ics.is_calendar(content):
        return ics.parse(content)
    if lowered.endswith(".json") or content.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{":
        return graph.parse(content)
    return csv.parse(content)


def encode(cell: Cell) -> Any:
    """A JSON value; a date travels as [text], a number with its format as [number, format]: text that looks alike stays text."""
    if isinstance(cell, FormattedNumber):
        return [float(cell), cell.format]
    if isinstance(cell, datetime | date):
        return [cell.isoformat()]
    return cell


def emit(line: Any) -> None:
    """One JSON line to the parent."""
    sys.stdout.write(json.dumps(line, ensure_ascii=True) + "\n")


def lines(source: Source) -> Iterator[Any]:
    """What the parent is told of a file: its head, then each sheet and its rows, then the end."""
    notices = [[n.code, n.sheet, n.row, n.column, n.value] for n in source.notices]
    yield {"format": source.format, "encoding": source.encoding, "delimiter": source.delimiter, "notices": notices}
    for sheet in source.sheets:
        yield {"sheet": sheet.name, "uncomputed": sheet.uncomputed}
        for row in sheet.rows:
            yield [row.number, [encode(cell) for cell in row.cells]]
    yield {"end": True}


def main() -> int:
    """0: parsed · 3: refused with a reason on the first line. Anything else means that the file broke the reader."""
    confine()
    try:
        source = read(sys.stdin.buffer.read(limits.MAX_FILE_BYTES + 1), sys.argv[1] if len(sys.argv) > 1 else "")
    except RefusedFile as refusal:
        emit({"refused": refusal.code, "params": refusal.params})
        return 3
    for line in lines(source):
        emit(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())
