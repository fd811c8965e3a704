"""Ask every row of the access tables for one identity after the other, each request in a savepoint that is rolled back.

Beside the status, every answer is searched for the marks of what its reader may not see and for the amounts, every letter for
those of who gets it, every line of the log and every job for all of them. A request that was refused (or only read) may not have
changed anything: as soon as one sends a statement that writes, the tables are compared with how they were.
"""

import gzip
import io
import re
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.core import mail
from django.db import connection, transaction

from tests.contracts.access import canaries
from tests.contracts.access.addresses import Ask, address
from tests.contracts.access.bodies import Bodies, sent
from tests.contracts.access.people import Someone
from tests.contracts.access.places import Places
from tests.contracts.access.table import SIGNS

# What a refused request may write: who asked, and how often.
# What a refusal or a look may change: the session; a token's last use;
# what is counted of an actor, refused or not; the confirmed addresses, where
# allauth writes down, at a first look, the one that the account has.
MAY_CHANGE = {"django_session", "core_apitoken", "core_quota", "account_emailaddress"}
SEEN_LAST = 'UPDATE "usersessions_usersession"'  # each request says that its session lives; ending one is a DELETE
# Other ways of asking: a part of the page for the script, the page of a past day, rows for a spreadsheet.
# Keys and signatures: of millions of them, one in a while holds the letters of a mark by chance.
RANDOM = re.compile(r"[A-Za-z0-9_-]{40,}")
WAYS: dict[str, tuple[dict[str, str], str]] = {
    "fragment": ({"HX-Request": "true"}, ""),
    "past": ({}, "as_of=2026-11-22"),
    "csv": ({"Accept": "text/csv"}, ""),
}
# A statement that writes, behind what the portal puts in front: a comment (core/sql_comments.py), who acts (core/sql_trace.py).
WRITES = re.compile(
    r"(?:\s|/\*.*?\*/|SELECT set_config\('[a-z_.]+', '[^']*', true\);)*"
    r"(?:(?:INSERT|UPDATE|DELETE|MERGE|COPY|TRUNCATE)\b|WITH\b.*\b(?:INSERT INTO|UPDATE|DELETE FROM)\b)",
    re.IGNORECASE | re.DOTALL,
)


@dataclass
class Found:
    """What a crawl found."""

    requests: int = 0
    outputs: int = 0
    letters: int = 0
    lines: int = 0
    signs: dict[tuple[Ask, str, str], str] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)


class Crawl:
    """A world and its bodies, asked by anybody."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.bodies = Bodies(places)
        self.found = Found()
        self.before: dict[str, str] = {}

    def start(self) -> None:
        """Remember how everything is, once the identities are there."""
        self.before = checksums()

    def ask(self, asker: Someone, asks: Iterable[Ask], *, way: str = "", idle: bool = False) -> None:
        """Every row for this identity; what is wrong beside the status goes to `found.wrong`. `idle`: nothing may be written."""
        with canaries.listening() as heard:
            for ask in asks:
                self.found.signs[ask, asker.scope, asker.role] = self.one(asker, ask, way, idle)
                self.logged(heard.taken(), f"{asker.name}: {ask}")

    def one(self, asker: Someone, ask: Ask, way: str, idle: bool) -> str:
        path, body = address(ask, self.places, asker), self.bodies.of(ask) if ask.method != "GET" else None
        headers, query = WAYS.get(way, ({}, ""))
        if tag := self.bodies.tag(ask, asker):
            headers = {**headers, "If-Match": tag}
        if ask.is_api:
            headers = {**headers, **asker.signature}
        path += f"{'&' if '?' in path else '?'}{query}" if query else ""
        writes, begun, mail.outbox = Writes(), len(connection.run_on_commit), []
        with transaction.atomic():
            with connection.execute_wrapper(writes):
                answer = sent(asker.browser(), ask, path, body, headers)
            if ask.method != "GET":
                canaries.run_what_waits(begun)
                self.kept(f"{asker.name}: {ask.method} {path}")
            if writes.happened and (idle or answer.status_code >= 400 or ask.method == "GET"):
                self.unchanged(f"{asker.name}: {ask.method} {path} → {answer.status_code}")
            transaction.set_rollback(True)
        self.found.requests += 1
        self.seen(asker, answer, f"{asker.name}: {ask.method} {path}")
        return sign(answer)

    def unchanged(self, what: str) -> None:
        after = checksums()
        if after != self.before:
            changed = [name for name in after if after[name] != self.before[name]]
            self.found.wrong.append(f"{what}: refused or read, and yet it changed {changed}")

    def seen(self, asker: Someone, answer: Any, what: str) -> None:
        """No mark or amount that this reader may not see in the headers, the body, or the parts of a file."""
        told = texts_of(answer)
        self.found.outputs += len(told)
        lower = [RANDOM.sub(" ", text).lower() for text in told]
        for mark in hidden_from(asker, self.places):
            if any(mark in text for text in lower):
                self.found.wrong.append(f"{what}: tells “{mark}”")
        amounts = amounts_hidden_from(asker, self.places)
        self.found.wrong += [
            f"{what}: tells the amount “{amount}”" for text in told for amount in canaries.amounts_told(text, amounts)
        ]

    def kept(self, what: str) -> None:
        """No mark in the letters that were sent, but for who may know, nor in any job."""
        self.found.letters += len(mail.outbox)
        self.found.wrong += [f"{what}: {wrong}" for wrong in canaries.letters_told(mail.outbox, self.places)]
        self.found.wrong += [f"{what}: a job tells “{mark}”" for mark in self.marked(canaries.jobs())]

    def logged(self, lines: list[str], what: str) -> None:
        """No mark in any line of the log, whoever asked: there are ids."""
        self.found.lines += len(lines)
        self.found.wrong += [f"{what}: the log tells “{mark}”" for line in lines for mark in self.marked(line)]

    def marked(self, text: str) -> list[str]:
        return [mark for mark in self.places.marks.values() if mark in text]


class Writes:
    """Notices statements that write, in tables that matter."""

    def __init__(self) -> None:
        self.happened = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if WRITES.match(sql) and SEEN_LAST not in sql and not any(f'"{name}"' in sql for name in MAY_CHANGE):
            self.happened = True
        return execute(sql, params, many, context)


def checksums() -> dict[str, str]:
    """{table: a hash of all its rows}."""
    tables = [m._meta.db_table for m in apps.get_models() if m._meta.managed and m._meta.db_table not in MAY_CHANGE]
    parts = [
        f"SELECT '{name}', md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
        for name in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts))
        return dict(cursor.fetchall())


def sign(answer: Any) -> str:
    """The one sign of an answer."""
    if answer.status_code == 302:
        return SIGNS["sign-in" if "/sign-in/" in answer["Location"] else "redirect"]
    return SIGNS.get(answer.status_code, str(answer.status_code))


def texts_of(answer: Any) -> list[str]:
    """Headers, body, and what is inside a file."""
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    if body[:2] == b"\x1f\x8b":
        body = gzip.decompress(body)
    found = [str(answer.headers), body.decode("utf-8", "replace")]
    if body[:2] == b"PK":
        with zipfile.ZipFile(io.BytesIO(body)) as parts:
            found += [parts.read(name).decode("utf-8", "replace") for name in parts.namelist()]
    return found


def hidden_from(asker: Someone, places: Places) -> list[str]:
    """The marks this identity must never read: of the confidential project, of the foreign one, of the foreign containers."""
    marks, role = places.marks, asker.role
    wide = asker.scope == "everywhere"
    sees = {
        "hidden": (role == "pmo" and asker.scope in ("everywhere", "inside")) or role == "named",
        "foreign": wide,
        "container": wide or role == "administrator",
    }
    return [marks[what] for what, entitled in sees.items() if not entitled]


def amounts_hidden_from(asker: Someone, places: Places) -> tuple[str, ...]:
    """The projects whose amounts this identity must never read: all of them without a role that sees money."""
    if asker.scope == "outside" or not canaries.sees_money(asker.role):
        return ("open", "hidden", "foreign")
    hidden = hidden_from(asker, places)
    unseen = {kind for kind in ("hidden", "foreign") if places.marks[kind] in hidden}
    return tuple(kind for kind in canaries.AMOUNTS if kind in unseen or (kind == "open" and asker.role == "named"))
