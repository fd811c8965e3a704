"""A seal on every day of the history, outside the database: whoever changes an event there cannot change it here as well.

One line of JSON a day (UTC) in `DATA_DIR/audit/chain.jsonl`: how many events, the SHA-256 of their columns, and the SHA-256
that binds the day to the line before. The last line, also written to the log, seals all earlier days. Days that the retention
rule removed keep their line; what they held can no longer be compared.
"""

import fcntl
import hashlib
import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from pmo_portal.core import audit
from pmo_portal.core.models import AuditEvent

START = "0" * 64

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Link:
    """One day. `columns`: what was hashed of each event, so that a column that comes later breaks no earlier seal."""

    day: str
    events: int
    columns: list[str]
    content: str
    previous: str
    link: str

    @classmethod
    def of(cls, day: date, previous: str, columns: list[str]) -> "Link":
        events, content = digest(day, columns)
        return cls(
            day.isoformat(), events, columns, content, previous, bound(previous, day.isoformat(), events, content)
        )

    @property
    def date(self) -> date:
        return date.fromisoformat(self.day)


@dataclass(frozen=True, slots=True)
class Trouble:
    day: str
    words: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`days` and `events` that are as they were sealed, `forgotten` days that the retention rule removed."""

    days: int
    events: int
    forgotten: int
    troubles: list[Trouble]


def chain_file() -> Path:
    path: Path = settings.DATA_DIR / "audit" / "chain.jsonl"
    return path


def own_columns() -> list[str]:
    return [str(field.column) for field in AuditEvent._meta.concrete_fields]


def bound(previous: str, day: str, events: int, content: str) -> str:
    return hashlib.sha256(f"{previous} {day} {events} {content}".encode()).hexdigest()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def digest(day: date, columns: Sequence[str]) -> tuple[int, str]:
    """(events, SHA-256) of a day: one line of JSON an event, in the order of time. Read as a stream: a day can be large."""
    told = ", ".join(
        "to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')"
        if name == "at"
        else connection.ops.quote_name(name)
        for name in columns
    )
    count, content = 0, hashlib.sha256()
    with transaction.atomic(), connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT json_build_array({told})::text FROM core_auditevent WHERE at >= %s AND at < %s ORDER BY at, id",  # noqa: S608
            [midnight(day), midnight(day + timedelta(days=1))],
        )
        for (line,) in cursor:
            content.update(f"{line}\n".encode())
            count += 1
    return count, content.hexdigest()


def extend(now: datetime, path: Path | None = None) -> int:
    """Seal the days that are over and have no line yet; how many. Two at once write each day once; a torn last line is redone."""
    path = path or chain_file()
    first = AuditEvent.objects.order_by("at").values_list("at", flat=True).first()
    if first is None:
        return 0
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        whole = [line for line in stream.read().splitlines(keepends=True) if line.endswith("\n")]
        stream.seek(sum(len(line.encode()) for line in whole))
        stream.truncate()
        last = Link(**json.loads(whole[-1])) if whole else None
        day = last.date + timedelta(days=1) if last else first.astimezone(UTC).date()
        written = 0
        while day < now.astimezone(UTC).date():
            last = Link.of(day, last.link if last else START, own_columns())
            stream.write(json.dumps(asdict(last)) + "\n")
            stream.flush()
            os.fsync(stream.fileno())
            written, day = written + 1, day + timedelta(days=1)
    if written and last:
        log.info("history sealed up to %s: %s", last.day, last.link)
    return written


def verify(path: Path | None = None) -> Verdict:
    """Read the chain and the events again. Raises FileNotFoundError where no day was ever sealed."""
    lines = (path or chain_file()).read_text(encoding="utf-8").splitlines()
    forgotten = audit.forgotten_until()
    days = events = gone = 0
    troubles: list[Trouble] = []
    previous, expected = START, None
    for line in lines:
        try:
            link = Link(**json.loads(line))
            day = link.date
        except (ValueError, TypeError):
            troubles.append(Trouble(f"after {expected}" if expected else "", "a line of the chain is damaged"))
            continue
        troubles += broken(link, previous, expected)
        previous, expected = link.link, day + timedelta(days=1)
        if forgotten and midnight(day) < forgotten:
            gone += 1
        elif trouble := changed(link):
            troubles.append(trouble)
        else:
            days, events = days + 1, events + link.events
    return Verdict(days, events, gone, [*before_the_chain(lines), *troubles])


def broken(link: Link, previous: str, expected: date | None) -> Iterator[Trouble]:
    """What is wrong with the line itself."""
    if link.previous != previous or (expected and link.date != expected):
        yield Trouble(link.day, "the chain is broken before this day: a line is missing or was changed")
    if link.link != bound(link.previous, link.day, link.events, link.content):
        yield Trouble(link.day, "the line of this day was changed")


def changed(link: Link) -> Trouble | None:
    """What is wrong with the events of the day."""
    if not set(link.columns) <= set(own_columns()):
        return Trouble(link.day, "this day was sealed with columns that are no longer there")
    count, content = digest(link.date, link.columns)
    if count != link.events:
        words = "%(sealed)d events were sealed, there are %(found)d"
        return Trouble(link.day, words % {"sealed": link.events, "found": count})
    return Trouble(link.day, "an event of this day was changed") if content != link.content else None


def before_the_chain(lines: Sequence[str]) -> list[Trouble]:
    """Events of days before the first sealed one: there were none when the chain began."""
    try:
        first = Link(**json.loads(lines[0])).date
    except (IndexError, ValueError, TypeError):
        return []
    at = AuditEvent.objects.filter(at__lt=midnight(first)).order_by("at").values_list("at", flat=True).first()
    return (
        [Trouble(at.astimezone(UTC).date().isoformat(), "events were added before the first sealed day")] if at else []
    )
