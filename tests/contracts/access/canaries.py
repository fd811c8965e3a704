"""What an identity must never be told, wherever it is told: marks of hidden rows in answers, mails, logs and jobs; amounts.

Amounts of what is hidden are so much larger than those of what is not that every sum with one of them begins as it does: a
reader who may not see it gets no such sum either, in whatever way it is written.
"""

import base64
import logging
import re
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

from django.db import connection

from pmo_portal.core.log_lines import JsonLines
from pmo_portal.core.models import User
from projects.hierarchy.models import Node, Project
from projects.hierarchy.visibility import FIELD_GROUPS, MONEY_GROUPS

# By project: (budget, spent). Sums with the hidden one are 976 to 989 millions, those with the foreign one 97 to 99 billions.
AMOUNTS = {
    "open": (Decimal("1239567.89"), Decimal("1122334.55")),
    "hidden": (Decimal("987123654.12"), Decimal("976321450.98")),
    "foreign": (Decimal("98712365409.34"), Decimal("97632145098.76")),
}
GAP = r"(?:[\s,.'’]|&nbsp;|\\u202f|\\u00a0|&#\d+;)"  # between groups of three; \s has both no-break spaces
S = f"{GAP}?"
THREE = rf"{S}\d{{3}}"
# Every way of writing them, in lower case: whole, in thousands, millions or billions, with a unit or under a heading with one.
WRITTEN = {
    "open": rf"1{S}239{S}56[78](?!\w)|1{S}122{S}33[45](?!\w)|1{S}(?:239|240|122)\s?k|1{GAP}(?:239|240|122)(?![\d.,])"
    r"|1[.,](?:239|122)\d+(?!\w)|1[.,](?:2|24|239\d*|1|12|122\d*)\s?m\b",
    "hidden": rf"(?!987654321)(?:97[6-9]|98[0-9])(?:{THREE}{THREE}(?!\w)|{THREE}\s?k|{GAP}\d{{3}}(?![\d.,])|[.,]\d+\s?m\b)",
    "foreign": rf"9[7-9](?:{THREE}{THREE}{THREE}(?!\w)|{THREE}{THREE}\s?k|{GAP}\d{{3}}{GAP}\d{{3}}(?![\d.,])"
    rf"|{THREE}(?:[.,]\d+)?\s?m\b|[.,]\d+\s?(?:md|bn|g)\b)",
}
TYPED = re.compile(r'"dtype":"(f8|i4|i8)","bdata":"([^"]+)"|"bdata":"([^"]+)","dtype":"(f8|i4|i8)"')
KINDS = {"f8": "d", "i4": "i", "i8": "q"}


def sees_money(role: str) -> bool:
    return any(role in FIELD_GROUPS[group] for group in MONEY_GROUPS) or role == "named"


def amounts_told(text: str, kinds: tuple[str, ...]) -> list[str]:
    """The renderings of amounts of these projects that stand in the text, and of sums with them."""
    searched = f" {text} {plain_numbers(text)}".lower()
    found = PATTERNS[kinds].finditer(searched) if kinds else ()
    return [one[0] for one in found if not (searched[one.start() - 1].isalnum() or searched[one.start() - 1] in "._,")]


def plain_numbers(text: str) -> str:
    """The numbers of charts that are packed as bytes."""
    found = []
    for one in TYPED.finditer(text):
        kind, packed = KINDS[one[1] or one[4]], base64.b64decode((one[2] or one[3]).replace("\\u002f", "/"))
        found += [f"{value:.2f}" for value in struct.unpack(f"<{len(packed) // struct.calcsize(kind)}{kind}", packed)]
    return " ".join(found)


PATTERNS = {
    kinds: re.compile("|".join(WRITTEN[kind] for kind in kinds))
    for kinds in (
        ("open", "hidden", "foreign"),
        ("hidden", "foreign"),
        ("open", "foreign"),
        ("foreign",),
        ("hidden",),
        ("open",),
    )
}


def marks_hidden_from(user: User, places: Any) -> list[str]:
    """The marks that somebody who is no column of the tables may not read: by what they see."""
    sees = {
        "hidden": Project.objects.visible_to(user).filter(pk=places.hidden.pk).exists(),
        "foreign": Project.objects.visible_to(user).filter(pk=places.foreign.pk).exists(),
        "container": Node.objects.visible_to(user).filter(pk=places.south.pk).exists(),
    }
    return [places.marks[what] for what, entitled in sees.items() if not entitled]


def letters_told(letters: list[Any], places: Any) -> Iterator[str]:
    """What letters tell people who may not know it."""
    for letter in letters:
        text = f"{letter.subject} {letter.body} {[one.content for one in letter.alternatives]}".lower()
        for user in User.objects.filter(email__in=letter.recipients()):
            yield from (
                f"a letter to {user.username} tells “{mark}”"
                for mark in marks_hidden_from(user, places)
                if mark in text
            )


def run_what_waits(begun: int) -> None:
    """Do what was to happen once it is certain: letters. The robust ones only wake a worker."""
    waiting, connection.run_on_commit[begun:] = connection.run_on_commit[begun:], []
    for _savepoints, function, robust in waiting:
        if not robust:
            function()


def jobs() -> str:
    """Every row of the list of jobs, as text."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(string_agg(one::text, ' '), '') FROM core_work AS one")
        return str(cursor.fetchone()[0]).lower()


class Lines(logging.Handler):
    """The lines that production would have written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record).lower())

    def taken(self) -> list[str]:
        told, self.told = self.told, []
        return told


@contextmanager
def listening() -> Iterator[Lines]:
    """Hear every line of the log from here on, as verbose as in production."""
    root, heard = logging.getLogger(), Lines()
    before, handlers = root.level, root.handlers
    root.handlers = [heard]
    root.setLevel(logging.INFO)
    try:
        yield heard
    finally:
        root.handlers = handlers
        root.setLevel(before)
