"""Reading a file without touching it: a confined child parses, this process only reads the child's JSON lines."""

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from threading import Timer
from typing import IO, Any

from projects.exchange import limits
from projects.exchange.number_formats import FormattedNumber
from projects.exchange.problems import RefusedFile
from projects.exchange.table import Cell, Notice, Row, Sheet, Source

_ROOT = Path(__file__).resolve().parents[2]
_REFUSED = 3


def parse(content: bytes, name: str) -> Source:
    """The sheets of a file, parsed in a child process. Raises RefusedFile with a reason for every kind of failure."""
    if len(content) > limits.MAX_FILE_BYTES:
        raise RefusedFile("file_too_large", limit=limits.MAX_FILE_BYTES // 1024 // 1024)
    with tempfile.TemporaryFile() as uploaded:
        uploaded.write(content)
        uploaded.seek(0)
        child = subprocess.Popen(  # noqa: S603 (fixed command; the file name is data, and only its ending is read)
            [sys.executable, "-E", "-s", "-m", "projects.exchange.child", Path(name).name[-80:]],
            stdin=uploaded,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=_ROOT,
            env={"LANG": "C.UTF-8", "PATH": "/usr/bin:/bin", "OMP_NUM_THREADS": "1"},
            start_new_session=True,
        )
        watchdog = Timer(limits.CHILD_WALL_SECONDS, child.kill)
        watchdog.start()
        try:
            assert child.stdout is not None
            source = source_of(_lines(child.stdout))
        finally:
            watchdog.cancel()
            child.kill()
            child.wait()
            if child.stdout is not None:
                child.stdout.close()
    return source


def _lines(pipe: IO[bytes]) -> Iterator[Any]:
    """The child's lines; a line cut short by its death ends the stream."""
    for line in pipe:
        if not line.endswith(b"\n"):
            return
        yield json.loads(line)


def _cell(value: Any) -> Cell:
    if isinstance(value, list) and len(value) == 2:
        return FormattedNumber(*value)
    if isinstance(value, list):
        text = value[0]
        return datetime.fromisoformat(text) if "T" in text else date.fromisoformat(text)
    return value


def source_of(lines: Iterator[Any]) -> Source:
    """Build the source from the child's lines; without the closing line the child died on the file."""
    head = next(lines, None)
    if head is None:
        raise RefusedFile("reader_died")
    if "refused" in head:
        raise RefusedFile(head["refused"], **head["params"])
    sheets: list[tuple[str, list[str], list[Row]]] = []
    for line in lines:
        if isinstance(line, list):
            number, cells = line
            sheets[-1][2].append(Row(number, tuple(_cell(cell) for cell in cells)))
        elif "sheet" in line:
            sheets.append((line["sheet"], line["uncomputed"], []))
        elif "end" in line:
            return Source(
                format=head["format"],
                sheets=tuple(Sheet(name, tuple(rows), uncomputed=tuple(places)) for name, places, rows in sheets),
                encoding=head["encoding"],
                delimiter=head["delimiter"],
                notices=tuple(Notice(*notice) for notice in head["notices"]),
            )
    raise RefusedFile("reader_died")
